"""ONNX's operations along axes: means, sums, the largest and where it stands, growing sums, products by letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.foreign.onnx_turn import Apply, Turn, converts
from dlviz.foreign.weighted import Unsupported

_REDUCED: dict[str, Callable[[Tensor, Any, bool], Tensor]] = {
    "ReduceMean": lambda x, axes, keep: x.mean(axes, keepdim=keep),
    "ReduceSum": lambda x, axes, keep: x.sum(axes, keepdim=keep),
    "ReduceMax": lambda x, axes, keep: x.amax(axes, keepdim=keep),
    "ReduceMin": lambda x, axes, keep: x.amin(axes, keepdim=keep),
    "ReduceL2": lambda x, axes, keep: x.square().sum(axes, keepdim=keep).sqrt(),
    "ReduceL1": lambda x, axes, keep: x.abs().sum(axes, keepdim=keep),
    "ReduceSumSquare": lambda x, axes, keep: x.square().sum(axes, keepdim=keep),
    "ReduceLogSumExp": lambda x, axes, keep: x.logsumexp(axes, keepdim=keep),
}


@converts(*_REDUCED)
def _reduced(turn: Turn) -> None:
    keep, function = bool(turn.whole("keepdims", 1)), _REDUCED[turn.kind]
    nothing = bool(turn.whole("noop_with_empty_axes", 0))
    if turn.has(1):
        axes = [int(axis) for axis in turn.weight(1, "axes").reshape(-1).tolist()]
    else:
        axes = turn.wholes("axes", [])
    if not axes and nothing:
        turn.add(nn.Identity(), turn.takes[:1])
        return
    turn.add(Apply(lambda x: function(x, tuple(axes or range(x.dim())), keep)), turn.takes[:1])


@converts("ArgMax", "ArgMin")
def _arg(turn: Turn) -> None:
    axis, keep = turn.whole("axis", 0), bool(turn.whole("keepdims", 1))
    function = torch.argmax if turn.kind == "ArgMax" else torch.argmin
    turn.add(Apply(lambda x: function(x, axis, keep)))


@converts("CumSum")
def _cumulated(turn: Turn) -> None:
    if turn.whole("exclusive", 0) or turn.whole("reverse", 0):
        raise Unsupported("its CumSum leaves out or begins at the end")
    turn.add(Apply(lambda x, axis: torch.cumsum(x, int(axis)).to(x.dtype)))


@converts("Einsum")
def _einsum(turn: Turn) -> None:
    equation = turn.word("equation", "")
    turn.add(Apply(lambda *values: torch.einsum(equation, *values)))
