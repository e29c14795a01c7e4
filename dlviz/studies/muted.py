"""Muted: units of a network that are made to say nothing: neurons, filters, heads, whole layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from dlviz.core.problems import WrongInput, nearest
from dlviz.tasks.task import Networks

#: How many units of one layer are listed.
MOST = 4096


@dataclass(frozen=True)
class Unit:
    """One unit of a layer: a neuron of a Linear layer, a filter of a convolution, a head of attention; `number` None:
    the whole layer."""

    layer: str
    number: int | None = None

    @classmethod
    def parse(cls, document: object) -> Unit:
        """From `[layer, number]` or `[layer]`."""
        if isinstance(document, list | tuple) and 1 <= len(document) <= 2 and isinstance(document[0], str):
            number = document[1] if len(document) == 2 else None
            if number is None or (isinstance(number, int) and not isinstance(number, bool) and number >= 0):
                return cls(document[0], number)
        raise WrongInput(f"A muted unit is [layer, number] or [layer]. Received: {str(document)[:80]}.")


def parse_units(text: str) -> list[Unit]:
    """From `conv1:3, conv1:5, linear`: single units of layers, or whole ones. Raises `WrongInput`."""
    found = []
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        layer, sign, number = piece.partition(":")
        if sign and not number.strip().isdigit():
            raise WrongInput(f"A unit is written layer:number, conv1:3 for instance. Received: {piece[:60]}.")
        found.append(Unit(layer.strip(), int(number) if sign else None))
    return found


def units(network: nn.Module) -> dict[str, int]:
    """How many units each layer has that can be muted, by its name: those with weights of their own, and attention by
    heads. The last layer gives the answer itself and is left out."""
    found: dict[str, int] = {}
    for name, module in network.named_modules():
        if _heads(module) is not None:
            found[name] = int(_heads(module) or 0)
        elif not list(module.children()) and not _inside_attention(network, name):
            many = _many(module)
            if many:
                found[name] = many
    return dict(list(found.items())[:-1]) if len(found) > 1 else {}


def mute(networks: Networks, muted: Sequence[Unit]) -> None:
    """Let these units of the networks say 0, for good: the networks are copies. Raises `WrongInput` where there is no
    such unit."""
    by_layer: dict[str, list[int | None]] = {}
    for unit in muted:
        by_layer.setdefault(unit.layer, []).append(unit.number)
    for layer, numbers in by_layer.items():
        network = next((network for network in networks.values() if layer in units(network)), None)
        if network is None:
            known = [name for network in networks.values() for name in units(network)]
            raise WrongInput(f"There is no layer `{layer}` that can be muted. {nearest(layer, known)}".strip())
        many, module = units(network)[layer], network.get_submodule(layer)
        wrong = [number for number in numbers if number is not None and number >= many]
        if wrong:
            raise WrongInput(f"`{layer}` has {many} units, 0 to {many - 1}. Received: {wrong[0]}.")
        which = list(range(many)) if None in numbers else [number for number in numbers if number is not None]
        if _heads(module) is not None:
            _without_heads(module, which, many)
        else:
            module.register_forward_hook(_silencing(module, which))


def _heads(module: nn.Module) -> int | None:
    """How many heads an attention has; None: it is none."""
    heads = getattr(module, "num_heads", None)
    return heads if isinstance(heads, int) and hasattr(module, "out_proj") else None


def _inside_attention(network: nn.Module, name: str) -> bool:
    parts = name.split(".")
    return any(_heads(network.get_submodule(".".join(parts[:end]))) is not None for end in range(1, len(parts)))


def _many(module: nn.Module) -> int:
    for name in ("out_features", "out_channels", "hidden_size", "embedding_dim"):
        many = getattr(module, name, None)
        if isinstance(many, int):
            return min(many, MOST)
    return 0


def _silencing(module: nn.Module, which: list[int]) -> Any:
    """A hook that sets channels to 0: of a convolution the second side, of all else the last."""
    side = 1 if hasattr(module, "out_channels") else -1
    at = torch.tensor(which)

    def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
        if isinstance(output, tuple):  # a recurrent layer gives its states, too
            return (_without(output[0], side, at), *output[1:])
        return _without(output, side, at)

    return hook


def _without(output: Tensor | PackedSequence, side: int, at: Tensor) -> Tensor | PackedSequence:
    if isinstance(output, PackedSequence):
        return output._replace(data=output.data.index_fill(-1, at.to(output.data.device), 0.0))
    return output.index_fill(side, at.to(output.device), 0.0)


def _without_heads(module: nn.Module, which: list[int], many: int) -> None:
    """What a head gathered lies in its own stretch of what `out_proj` takes."""
    projection = module.get_submodule("out_proj")

    def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        gathered = inputs[0].unflatten(-1, (many, -1))
        silent = gathered.index_fill(-2, torch.tensor(which), 0.0)
        return (silent.flatten(-2), *inputs[1:])

    projection.register_forward_pre_hook(hook)
