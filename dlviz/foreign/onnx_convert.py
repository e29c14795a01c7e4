"""Convert: an ONNX graph as torch modules, one for each operation, so that gradients pass through it."""

from __future__ import annotations

from typing import Any

from dlviz.foreign import (
    onnx_elementwise,
    onnx_layers,
    onnx_padding,
    onnx_places,
    onnx_recurrent,
    onnx_reductions,
    onnx_shaping,
)
from dlviz.foreign.onnx_file import OnnxFile, operation
from dlviz.foreign.onnx_turn import CONVERTERS, Turn, tensor
from dlviz.foreign.steps import Steps
from dlviz.foreign.weighted import Unsupported

#: Imported for what they enter into the table.
TABLES = (onnx_elementwise, onnx_layers, onnx_padding, onnx_places, onnx_recurrent, onnx_reductions, onnx_shaping)
#: ONNX's operations mean what they mean today from this version on.
_FIRST_OPSET = 7


def convert(file: OnnxFile) -> Steps:
    """The graph as modules that give its answer. Raises `Unsupported` where an operation has none here, `WrongInput`
    where the graph is damaged."""
    if file.opset < _FIRST_OPSET:
        raise Unsupported(f"it is written for ONNX's opset {file.opset}, and gradients need at least {_FIRST_OPSET}")
    nodes = _needed(file)
    unknown = sorted({operation(node) for node in nodes} - set(CONVERTERS))
    if unknown:
        raise Unsupported(f"it has the operation {' and '.join(unknown[:3])}")
    steps = Steps(file.entry.name)
    for weight in file.graph.initializer:
        if weight.name != file.entry.name:
            held = tensor(weight)
            steps.know(weight.name, held, held.numel() > 1)  # a single number is one of the graph's own, such as √64
    for node in nodes:
        turn = Turn(
            steps, str(node.op_type), _left_out(node.input), tuple(node.output), _attributes(node), file.opset
        )  # fmt: skip
        try:
            CONVERTERS[turn.kind](turn)
        except (RuntimeError, IndexError, TypeError, ValueError, KeyError, OverflowError) as error:
            from dlviz.core.problems import WrongInput

            if isinstance(error, WrongInput):
                raise
            first = (str(error).strip().splitlines() or [""])[0][:120]
            raise Unsupported(f"its {turn.kind} cannot be rebuilt ({first})") from None
    steps.finish(file.answer.name)
    return steps


def _needed(file: OnnxFile) -> list[Any]:
    """The nodes on which the answer hangs, in their order."""
    wanted, kept = {file.answer.name}, []
    for node in reversed(file.graph.node):
        if wanted.isdisjoint(node.output):
            continue
        kept.append(node)
        wanted.update(node.input)
    return kept[::-1]


def _left_out(names: Any) -> tuple[str, ...]:
    """Names of inputs without the empty ones at the end, which stand for what is left out."""
    found = list(names)
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _attributes(node: Any) -> dict[str, Any]:
    from onnx import helper

    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
