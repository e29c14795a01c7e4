"""ONNX's ways of padding, and its pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.foreign.onnx_turn import Apply, Turn, converts
from dlviz.foreign.weighted import Unsupported, alike

_MAX: tuple[Any, ...] = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_MEAN: tuple[Any, ...] = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


class Rim(nn.Module):
    """Puts `value` around, so many places on each side: (before, after) for each dimension, the first one first."""

    def __init__(self, sides: Sequence[tuple[int, int]], value: float) -> None:
        super().__init__()
        self.sides, self.value = [size for before, after in reversed(sides) for size in (before, after)], value

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, self.sides, value=self.value)


class SameRim(nn.Module):
    """Puts `value` around, so that a window moved by `stride` gives ⌈size / stride⌉ places; what is odd goes behind
    (`upper`) or before."""

    def __init__(self, window: Sequence[int], stride: Sequence[int], value: float, upper: bool) -> None:
        super().__init__()
        self.window, self.stride, self.value, self.upper = list(window), list(stride), value, upper

    def forward(self, x: Tensor) -> Tensor:
        sides: list[int] = []
        for size, window, stride in reversed(list(zip(x.shape[2:], self.window, self.stride, strict=True))):
            missing = max(0, (-(-size // stride) - 1) * stride + window - size)
            less, more = missing // 2, missing - missing // 2
            sides += [less, more] if self.upper else [more, less]
        return F.pad(x, sides, value=self.value)


def padded(
    turn: Turn, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int], value: float
) -> tuple[str, list[int]]:
    """The name of what a window slides over, padded by a module of its own where both sides differ, and how much a
    layer itself is to pad on both sides alike."""
    dims, how = len(kernel), turn.word("auto_pad", "NOTSET")
    pads = turn.wholes("pads", [0] * 2 * dims)
    if len(pads) != 2 * dims or any(size < 0 for size in pads):
        raise Unsupported(f"its {turn.kind} pads in a way that does not fit it")
    if how in ("SAME_UPPER", "SAME_LOWER"):
        window = [(size - 1) * step + 1 for size, step in zip(kernel, dilation, strict=True)]
        return turn.between(SameRim(window, stride, value, how == "SAME_UPPER"), "Pad"), [0] * dims
    if how == "VALID":
        pads = [0] * 2 * dims
    if pads[:dims] == pads[dims:]:
        return turn.takes[0], pads[:dims]
    sides = list(zip(pads[:dims], pads[dims:], strict=True))
    return turn.between(Rim(sides, value), "Pad"), [0] * dims


@converts("MaxPool")
def _max_pool(turn: Turn) -> None:
    kernel = turn.wholes("kernel_shape", [])
    dims = len(kernel)
    if not 1 <= dims <= 3 or any(turn.gives[1:]):
        raise Unsupported("its MaxPool tells where the largest stood, or is over more than three dimensions")
    stride, dilation = turn.wholes("strides", [1] * dims), turn.wholes("dilations", [1] * dims)
    entry, padding = padded(turn, kernel, stride, dilation, float("-inf"))
    if any(2 * size > window for size, window in zip(padding, kernel, strict=True)):
        raise Unsupported("its MaxPool pads more than half of its window")
    layer = _MAX[dims - 1](
        alike(kernel), alike(stride), alike(padding), alike(dilation), ceil_mode=bool(turn.whole("ceil_mode", 0))
    )
    turn.add(layer, [entry], turn.gives[:1])


@converts("AveragePool")
def _average_pool(turn: Turn) -> None:
    kernel = turn.wholes("kernel_shape", [])
    dims, ones = len(kernel), [1] * len(kernel)
    stride, counted = turn.wholes("strides", ones), bool(turn.whole("count_include_pad", 0))
    if not 1 <= dims <= 3 or turn.wholes("dilations", ones) != ones:
        raise Unsupported("its AveragePool is over more than three dimensions or leaves out places")
    entry, padding = padded(turn, kernel, stride, ones, 0.0)
    if (entry != turn.takes[0] and not counted) or any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise Unsupported("its AveragePool pads one side more than the other")
    ceil = bool(turn.whole("ceil_mode", 0))
    turn.add(_MEAN[dims - 1](alike(kernel), alike(stride), alike(padding), ceil, counted), [entry])


@converts("GlobalAveragePool")
def _global_average(turn: Turn) -> None:
    turn.add(Apply(lambda x: x.mean(tuple(range(2, x.dim())), keepdim=True)))


@converts("GlobalMaxPool")
def _global_max(turn: Turn) -> None:
    turn.add(Apply(lambda x: x.amax(tuple(range(2, x.dim())), keepdim=True)))


@converts("Pad")
def _pad(turn: Turn) -> None:
    mode = _MODES.get(turn.word("mode", "constant"))
    if mode is None or turn.has(3):
        raise Unsupported("its Pad is of a way, or along axes, that are not known here")
    if turn.opset < 11:
        pads, value = turn.wholes("pads", []), turn.number("value", 0.0)
    else:
        pads = [int(size) for size in turn.weight(1, "sizes").tolist()]
        value = float(turn.weight(2, "values")) if turn.has(2) else 0.0
    dims = len(pads) // 2
    sides = [size for before, after in reversed(list(zip(pads[:dims], pads[dims:], strict=False)))
             for size in (before, after)]  # fmt: skip
    while len(sides) > 2 and sides[-2:] == [0, 0]:
        sides = sides[:-2]
    if mode == "constant":
        turn.add(Apply(lambda x: F.pad(x, sides, value=value)), turn.takes[:1])
    else:
        turn.add(Apply(lambda x: F.pad(x, sides, mode=mode)), turn.takes[:1])
