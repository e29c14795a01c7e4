"""ONNX's operations that choose numbers or put them in another place: transpose, concat, split, slices, resize."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.foreign.limits import numbers
from dlviz.foreign.onnx_turn import Apply, Turn, converts
from dlviz.foreign.weighted import Unsupported


@converts("Transpose")
def _transpose(turn: Turn) -> None:
    order = turn.wholes("perm", [])
    turn.add(Apply(lambda x: x.permute(order or list(range(x.dim()))[::-1])))


@converts("Concat")
def _concat(turn: Turn) -> None:
    axis = turn.whole("axis", 0)
    turn.add(Apply(lambda *values: torch.cat(values, axis)))


@converts("Split")
def _split(turn: Turn) -> None:
    axis, many = turn.whole("axis", 0), len(turn.gives)
    if turn.has(1):
        given = [int(size) for size in turn.weight(1, "sizes").tolist()]
    else:
        given = turn.wholes("split", [])

    def parted(x: Tensor) -> tuple[Tensor, ...]:
        each = -(-x.shape[axis] // many)
        sizes = given or [*[each] * (many - 1), x.shape[axis] - each * (many - 1)]
        return tuple(torch.split(x, sizes, axis))

    turn.add(Apply(parted), turn.takes[:1])


@converts("Slice")
def _slice(turn: Turn) -> None:
    if turn.opset < 10:
        starts, ends = turn.wholes("starts", []), turn.wholes("ends", [])
        axes = turn.wholes("axes", range(len(starts)))
        turn.add(Apply(lambda x: _sliced(x, starts, ends, axes, [1] * len(starts))))
        return

    def cut(x: Tensor, starts: Tensor, ends: Tensor, axes: Any = None, steps: Any = None) -> Tensor:
        begin = starts.tolist()
        along = axes.tolist() if axes is not None else list(range(len(begin)))
        return _sliced(x, begin, ends.tolist(), along, steps.tolist() if steps is not None else [1] * len(begin))

    turn.add(Apply(cut))


def _sliced(x: Tensor, starts: list[int], ends: list[int], axes: list[int], steps: list[int]) -> Tensor:
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        places = range(x.shape[axis])[start:end:step]
        if step == 1:
            x = x.narrow(axis, places.start if places else 0, len(places))
        else:
            x = x.index_select(axis, torch.tensor(list(places), dtype=torch.int64))
    return x


@converts("Squeeze")
def _squeeze(turn: Turn) -> None:
    axes = _axes(turn)
    turn.add(Apply(lambda x: x.squeeze(tuple(axes)) if axes else x.squeeze()), turn.takes[:1])


@converts("Unsqueeze")
def _unsqueeze(turn: Turn) -> None:
    axes = _axes(turn)

    def widened(x: Tensor) -> Tensor:
        rank = x.dim() + len(axes)
        for axis in sorted(axis % rank for axis in axes):
            x = x.unsqueeze(axis)
        return x

    turn.add(Apply(widened), turn.takes[:1])


def _axes(turn: Turn) -> list[int]:
    if turn.has(1):
        return [int(axis) for axis in turn.weight(1, "axes").reshape(-1).tolist()]
    return turn.wholes("axes", [])


@converts("Trilu")
def _trilu(turn: Turn) -> None:
    upper = bool(turn.whole("upper", 1))
    turn.add(Apply(lambda x, k=None: (x.triu if upper else x.tril)(int(k) if k is not None else 0)))


@converts("GatherElements")
def _gather_elements(turn: Turn) -> None:
    axis = turn.whole("axis", 0)
    turn.add(Apply(lambda x, index: x.gather(axis, torch.where(index < 0, index + x.shape[axis], index))))


@converts("DepthToSpace")
def _depth_to_space(turn: Turn) -> None:
    if turn.word("mode", "DCR") != "CRD":
        raise Unsupported("its DepthToSpace orders channels in another way")
    turn.add(nn.PixelShuffle(turn.whole("blocksize", 1)))


@converts("Resize", "Upsample")
def _resize(turn: Turn) -> None:
    """Enlarging by whole factors: the nearest pixel, or between pixels by their centres."""
    mode, where = turn.word("mode", "nearest"), turn.word("coordinate_transformation_mode", "half_pixel")
    at = 1 if turn.kind == "Upsample" else 2
    if not turn.has(at) or turn.has(3):
        raise Unsupported(f"its {turn.kind} names the size of its result")
    scales = [float(scale) for scale in turn.weight(at, "factors").tolist()]
    whole = all(scale == int(scale) and scale >= 1 for scale in scales)
    known = {"nearest": ("asymmetric", "half_pixel"), "linear": ("half_pixel", "pytorch_half_pixel")}
    if scales[:2] != [1.0, 1.0] or not whole or where not in known.get(mode, ()):
        raise Unsupported(f"its {turn.kind} enlarges in a way that is not known here")
    factors = scales[2:]
    how = "nearest" if mode == "nearest" else {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(factors), "")

    def enlarged(x: Tensor) -> Tensor:
        numbers([*x.shape[:2], *(int(s * f) for s, f in zip(x.shape[2:], factors, strict=True))], "What a Resize makes")
        return F.interpolate(x, scale_factor=factors, mode=how)

    turn.add(Apply(enlarged), turn.takes[:1])
