"""ONNX's operations that order numbers anew: reshape, transpose, slices, sizes, casts."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.foreign.limits import numbers
from dlviz.foreign.onnx_turn import Apply, Turn, converts, tensor
from dlviz.foreign.weighted import Unsupported

#: ONNX's number of an element type → torch's type; half precision is computed as float32.
DTYPES = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 5: torch.int16, 6: torch.int32, 7: torch.int64, 9: torch.bool,
    10: torch.float32, 11: torch.float64, 16: torch.float32,
}  # fmt: skip


class Reshape(nn.Module):
    """Orders numbers anew. A first size equal to `batch`, the fixed number of examples a file was exported with, means
    as many as there are."""

    def __init__(self, zero_is_zero: bool) -> None:
        super().__init__()
        self.zero_is_zero, self.batch = zero_is_zero, 0

    def forward(self, x: Tensor, sizes: Tensor) -> Tensor:
        wanted = [int(size) for size in sizes.tolist()]
        if not self.zero_is_zero:
            wanted = [x.shape[at] if size == 0 and at < x.dim() else size for at, size in enumerate(wanted)]
        if self.batch and wanted and wanted[0] == self.batch:
            wanted[0] = x.shape[0]
        return x.reshape(wanted)


@converts("Constant")
def _constant(turn: Turn) -> None:
    given = turn.attributes
    if "value" in given:
        turn.steps.know(turn.gives[0], tensor(given["value"]))
        return
    for name, dtype in (("value_float", torch.float32), ("value_floats", torch.float32), ("value_int", torch.int64),
                        ("value_ints", torch.int64)):  # fmt: skip
        if name in given:
            turn.steps.know(turn.gives[0], torch.tensor(given[name], dtype=dtype))
            return
    raise Unsupported("it has a Constant that is no number")


@converts("Reshape")
def _reshape(turn: Turn) -> None:
    turn.add(Reshape(bool(turn.whole("allowzero", 0))))


@converts("Flatten")
def _flatten(turn: Turn) -> None:
    axis = turn.whole("axis", 1)
    if axis == 1:
        turn.add(nn.Flatten())
    else:
        turn.add(Apply(lambda x: x.reshape(x.shape[: axis if axis >= 0 else axis + x.dim()].numel(), -1)))


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


@converts("Expand")
def _expand(turn: Turn) -> None:
    def expanded(x: Tensor, sizes: Tensor) -> Tensor:
        shape = torch.broadcast_shapes(x.shape, [int(size) for size in sizes.tolist()])
        numbers(list(shape), "What an Expand makes")
        return x.expand(shape)

    turn.add(Apply(expanded))


@converts("Tile")
def _tile(turn: Turn) -> None:
    def tiled(x: Tensor, repeats: Tensor) -> Tensor:
        times = [int(many) for many in repeats.tolist()]
        numbers([size * many for size, many in zip(x.shape, times, strict=True)], "What a Tile makes")
        return x.repeat(times)

    turn.add(Apply(tiled))


@converts("ConstantOfShape")
def _filled(turn: Turn) -> None:
    value = tensor(turn.attributes["value"]).reshape(-1)[:1] if "value" in turn.attributes else torch.zeros(1)

    def filled(sizes: Tensor) -> Tensor:
        wanted = [int(size) for size in sizes.tolist()]
        numbers(wanted, "What a ConstantOfShape makes")
        return value.expand(wanted).clone() if wanted else value[0].clone()

    turn.add(Apply(filled))


@converts("Range")
def _range(turn: Turn) -> None:
    def counted(start: Tensor, end: Tensor, step: Tensor) -> Tensor:
        numbers([max(0, int((end - start) / step) + 1)], "What a Range makes")
        return torch.arange(start.item(), end.item(), step.item(), dtype=start.dtype)

    turn.add(Apply(counted))


@converts("Shape")
def _shape(turn: Turn) -> None:
    start, end = turn.whole("start", 0), turn.attributes.get("end")
    turn.add(Apply(lambda x: torch.tensor(x.shape[start:end], dtype=torch.int64)))


@converts("Size")
def _size(turn: Turn) -> None:
    turn.add(Apply(lambda x: torch.tensor(x.numel(), dtype=torch.int64)))


@converts("Cast")
def _cast(turn: Turn) -> None:
    dtype = DTYPES.get(turn.whole("to", 0))
    if dtype is None:
        raise Unsupported("it has a Cast to numbers of a type that is not known here")
    turn.add(Apply(lambda x: x.to(dtype)))


@converts("CastLike")
def _cast_like(turn: Turn) -> None:
    turn.add(Apply(lambda x, like: x.to(like.dtype)))


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
