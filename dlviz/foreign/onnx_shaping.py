"""ONNX's constants, sizes, casts, and what gives numbers another shape or repeats them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dlviz.foreign.limits import numbers
from dlviz.foreign.onnx_turn import Apply, Turn, converts, tensor
from dlviz.foreign.steps import Sized
from dlviz.foreign.weighted import Unsupported

#: ONNX's number of an element type → torch's type; half precision is computed as float32.
DTYPES = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 5: torch.int16, 6: torch.int32, 7: torch.int64, 9: torch.bool,
    10: torch.float32, 11: torch.float64, 16: torch.float32,
}  # fmt: skip


class Reshape(Sized):
    """Orders numbers anew."""

    def __init__(self, zero_is_zero: bool) -> None:
        super().__init__()
        self.zero_is_zero = zero_is_zero

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
