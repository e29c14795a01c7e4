"""Foreign: a network from elsewhere between its two ends, as tasks and explainers take it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category
from dlviz.datasets.data import Encoder, Fields
from dlviz.foreign import export_file, export_graph, onnx_convert, onnx_file
from dlviz.foreign.answers import Logits, Number, flat, places
from dlviz.foreign.black_box import BlackBox
from dlviz.foreign.card import FOLDER, Card, digest
from dlviz.foreign.entrance import entrance
from dlviz.foreign.onnx_file import Port
from dlviz.foreign.recognize import recognized
from dlviz.foreign.runner import Runner
from dlviz.foreign.weighted import Unsupported


class Foreign(nn.Module):
    """x as the data give it → logits (N, classes), or the number (N, 1).

    `differentiable`: whether gradients pass and layers can be hooked; else `why_not_gradient` says why not. `batch`:
    how many examples the body takes at a time, 0: any number.
    """

    def __init__(self, enters: nn.Module, body: nn.Module, answers: nn.Module, batch: int, why_not: str) -> None:
        super().__init__()
        self.enters, self.body, self.answers = enters, body, answers
        self.batch = batch
        self.differentiable, self.why_not_gradient = not why_not, why_not

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.answers(self.outputs(x))
        return found

    def outputs(self, x: Tensor) -> Tensor:
        """What the body says, (N, numbers), before it is turned into what the task needs."""
        return flat(passed(self.body, self.enters(x), self.batch).float(), len(x))


def passed(body: nn.Module, x: Tensor, batch: int) -> Tensor:
    """The body's answers to x (N, …), `batch` examples at a time. Raises `WrongInput` where it cannot take them."""
    try:
        if not batch:
            found: Tensor = body(x)
            return found
        pieces = []
        for start in range(0, len(x), batch):
            piece = x[start : start + batch]
            whole = torch.cat([piece, piece[-1:].expand(batch - len(piece), *piece.shape[1:])])
            pieces.append(body(whole)[: len(piece)])
        return torch.cat(pieces)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, IndexError, TypeError, KeyError, ZeroDivisionError, OverflowError) as error:
        first = (str(error).strip().splitlines() or [""])[0][:200]
        if "allocate memory" in first:
            raise MemoryError from None
        raise WrongInput(
            f"The network cannot take inputs of {' × '.join(map(str, x.shape[1:]))} ({first}). Give the data the sizes "
            "it was trained on."
        ) from None


def ports(path: Path, card: Card) -> tuple[Port, Port]:
    """What goes into a model and what comes out."""
    if card.format == "onnx":
        file = onnx_file.read(path, card.reading.output, card.name)
        return file.entry, file.answer
    program = export_file.read(path, card.name)
    return export_graph.entry(program), export_graph.answer(program, card.reading.output)


def body(path: Path, card: Card) -> nn.Module:
    """The network itself, in evaluation mode: modules, or what asks onnxruntime. Raises `WrongInput`; `Unsupported`
    where an ONNX file that was to become modules cannot."""
    if card.format == "export":
        program = export_file.read(path, card.name)
        steps = export_graph.build(program, export_graph.answer(program, card.reading.output))
        if card.freed:
            steps.free_batch(_declared(export_graph.entry(program)))
        return steps.eval()
    file = onnx_file.read(path, card.reading.output, card.name)
    if card.way == "answers":
        return BlackBox(Runner(path, file.answer.name), file.entry.type)
    steps = onnx_convert.convert(file)
    if card.freed:
        steps.free_batch(_declared(file.entry))
    return steps.eval()


def network(run: Path, card: Card, fields: Fields, encoders: dict[str, Encoder]) -> Foreign:
    """The network in a run's folder, in evaluation mode. Raises `WrongInput` where it cannot be read (any more)."""
    path = run / FOLDER / card.file
    if not path.is_file() or digest(path) != card.digest or recognized(path, card.name) != card.format:
        raise WrongInput(f"The run {run.name} cannot be read: its model file is damaged. Bring the model again.")
    try:
        return assembled(path, card, body(path, card), fields, encoders)
    except Unsupported as error:
        raise WrongInput(f"The run {run.name} cannot be read by this dlviz: {error}. Bring the model again.") from None


def assembled(path: Path, card: Card, inner: nn.Module, fields: Fields, encoders: dict[str, Encoder]) -> Foreign:
    """A body between its ends."""
    ((name, kind),) = fields.inputs.items()
    (target,) = fields.targets.values()
    enters = entrance(card.reading, card.order, ports(path, card)[0], kind, encoders.get(name))
    answers: nn.Module = Number(card.mean, card.std)
    if isinstance(target, Category):
        answers = Logits(card.meaning, places(card.reading, target))
    made = Foreign(enters, inner, answers, 0 if card.freed else card.batch, card.why_not_gradient)
    return made.eval().requires_grad_(False)


def _declared(entry: Port) -> int:
    """For how many examples a model was exported; 0: for any number."""
    return int(entry.sizes[0] or 0) if entry.sizes else 0
