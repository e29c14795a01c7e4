"""Examine: ask a network from elsewhere about some training examples, and write its card."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category
from dlviz.datasets.data import Encoder, Examples, Fields
from dlviz.foreign.answers import meaning
from dlviz.foreign.black_box import BlackBox
from dlviz.foreign.card import Card, digest
from dlviz.foreign.entrance import order
from dlviz.foreign.network import assembled, body, passed, ports
from dlviz.foreign.onnx_file import INSTALL
from dlviz.foreign.reading import Reading
from dlviz.foreign.recognize import Format
from dlviz.foreign.runner import Runner
from dlviz.foreign.weighted import Unsupported

#: How many training examples it is asked about, and how many of them where the ways of asking it are compared.
_ASKED, _COMPARED = 64, 5
#: How far two ways may differ, relative to the largest answer (at least 1): float32 keeps seven digits.
_SAME = 1e-4
_OPEN_BATCH = "Export it for any number of examples (dynamic_shapes, or dynamic_axes)."


def examined(
    path: Path, format: Format, name: str, reading: Reading, fields: Fields, encoders: dict[str, Encoder],
    train: Examples,
) -> tuple[Card, nn.Module, list[str]]:  # fmt: skip
    """The card of a model, its network between its ends, and sentences about what was found. Raises `WrongInput` where
    it does not serve the data."""
    ((entry_name, kind),) = fields.inputs.items()
    ((target_name, target),) = fields.targets.items()
    if not len(train):
        raise WrongInput("The data must have training examples, to see how the network answers. It has none.")
    card = Card(format, path.name, name, digest(path), reading)
    entry, answer = ports(path, card)
    card = replace(card, order=order(reading, kind, entry), batch=int(entry.sizes[0] or 0) if entry.sizes else 0)
    x = train.columns[entry_name][:_ASKED].cpu()
    enters = assembled(path, card, nn.Identity(), fields, encoders).enters
    with torch.no_grad():
        card, inner = _bodied(path, card, enters(x), answer.name)
        made = assembled(path, card, inner, fields, encoders)
        outputs = made.outputs(x)
    numbers = train.columns[target_name].double()
    if isinstance(target, Category):
        card = replace(card, meaning=meaning(reading, target, outputs))
    else:
        spread = float(numbers.std(correction=0)) or 1.0
        card = replace(card, meaning=meaning(reading, target, outputs), mean=float(numbers.mean()), std=spread)
    return card, assembled(path, card, inner, fields, encoders), notes(card)


def notes(card: Card) -> list[str]:
    """What a person should know of how a network is asked, in sentences."""
    found = [f"Read from {card.name}."]
    told = {
        "probabilities": "Its outputs are taken for probabilities: they sum to 1.",
        "one probability": "Its output is taken for the probability of the second class.",
        "one logit": "Its output is taken for the logit of the second class.",
    }
    found += [told[card.meaning]] if card.meaning in told else []
    found += [card.why_not_gradient] if card.why_not_gradient else []
    if card.difference is not None and not card.why_not_gradient:
        found.append(f"Rebuilt in torch; onnxruntime's answers differ by {card.difference:.1g} at most.")
    return found


def _bodied(path: Path, card: Card, x: Tensor, output: str) -> tuple[Card, nn.Module]:
    """The network's body, as modules where they answer as the file does, and what is to be said of it."""
    if card.format == "export":
        return _freed(path, card, body(path, card), x)
    some, installed = x[:_COMPARED], find_spec("onnxruntime") is not None
    try:
        found, inner = _freed(path, card, body(path, card), x)
        said = passed(inner, some, 0 if found.freed else found.batch).float()
    except Unsupported as error:
        return _closed(path, card, f"{error}.", installed)
    except WrongInput as error:
        if not installed:
            raise
        return _closed(path, card, f"rebuilt in torch it fails. {error}", installed)
    if not installed:
        return found, inner
    asked = BlackBox(Runner(path, output), ports(path, card)[0].type)
    try:
        apart = difference(said, passed(asked, some, card.batch))
    finally:
        asked.runner.close()
    if apart > _SAME:
        off = f"rebuilt in torch, its answers differ by {apart:.2g}."
        return _closed(path, replace(card, difference=apart), off, installed)
    return replace(found, difference=apart), inner


def _closed(path: Path, card: Card, because: str, installed: bool) -> tuple[Card, nn.Module]:
    """The network as a box of which only answers can be had."""
    why = f"Gradients do not pass through this network: {because}"
    if not installed:
        raise WrongInput(f"{why} It can be run by onnxruntime, which is not installed. {INSTALL}")
    card = replace(card, way="answers", why_not_gradient=f"{why} Methods that need its answers alone can explain it.")
    return card, body(path, card)


def _freed(path: Path, card: Card, inner: nn.Module, x: Tensor) -> tuple[Card, nn.Module]:
    """The same for any number of examples, where it was exported for a fixed one and says the same of more."""
    if not card.batch:
        return card, inner
    some = x[: min(len(x), max(_COMPARED, card.batch + 1))]
    told = passed(inner, some, card.batch)
    free = replace(card, freed=True)
    opened = body(path, free)
    try:
        found = passed(opened, some, 0)
    except WrongInput:
        found = told[:0]
    if found.shape == told.shape and difference(found, told) <= _SAME:
        return free, opened
    many = f"{card.batch} example{'s' if card.batch > 1 else ''} at a time"
    why = f"Its layers cannot be followed: it was exported for {many}. {_OPEN_BATCH}"
    return replace(card, why_not_gradient=why), inner


def difference(one: Tensor, other: Tensor) -> float:
    """How far two answers are apart, relative to the largest of them, at least 1; infinite where sizes differ."""
    if one.shape != other.shape:
        return float("inf")
    apart = float((one.double() - other.double()).abs().max()) if one.numel() else 0.0
    return apart / max(1.0, float(other.double().abs().max())) if apart == apart else float("inf")
