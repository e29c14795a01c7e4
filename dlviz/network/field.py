"""The receptive field: how much of the data one place of a layer's result sees.

It is the theoretical one, in input pixels or steps, the rim included, so it may be larger than the picture. Where paths
meet, the larger counts. Layers that mix all places (Flatten, adaptive pooling, recurrent layers, attention) see the
data's full size, and so does all behind them. Normalisation is taken as seeing its own place only, as is usual.

Source: Araujo et al., Computing receptive fields of convolutional neural networks (2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.layer import Layer, spread

_FOLDING = ("Flatten", "Reshape", "Unflatten", "Fold", "Unfold")


@dataclass(frozen=True)
class Field:
    """`axes` are the dimensions of the shape along which there are places (none: each number sees all of the data);
    along each a place sees `sizes` of the data, and its neighbour the same `jumps` further on. `full`: the data's."""

    axes: tuple[int, ...]
    sizes: tuple[float, ...]
    jumps: tuple[float, ...]
    full: tuple[int, ...]

    @classmethod
    def of(cls, shape: Shape) -> Field | None:
        """That of the data itself; None where it has no places (a row of features)."""
        axes = (0,) if isinstance(shape, Ids) else tuple(range(1, len(shape)))
        if not axes or isinstance(shape, Flags):
            return None
        ones = (1.0,) * len(axes)
        return cls(axes, ones, ones, tuple(shape[axis] for axis in axes))

    def whole(self) -> Field:
        return Field((), tuple(float(size) for size in self.full), (), self.full)

    def pixels(self) -> tuple[int, ...]:
        return tuple(math.ceil(round(size, 6)) for size in self.sizes)


def after(layer: Layer, fields: Sequence[Field | None], shapes: Sequence[Shape], shape: Shape) -> Field | None:
    """The field behind `layer`, which reads inputs of these fields and shapes and gives `shape`."""
    known = [(field, came) for field, came in zip(fields, shapes, strict=True) if field is not None]
    if not known or isinstance(shape, Flags):
        return None
    field, came = _merged([field for field, _ in known]), known[0][1]
    if not field.axes:
        return field
    kernel = getattr(layer, "kernel_size", None)
    sliding = layer.group in ("convolution", "pooling")
    if sliding and kernel is not None and field.axes == tuple(range(1, len(came))):
        return _slid(layer, field, kernel)
    order = {"Transpose": (2, 1), "Permute": layer.arguments(came).get("dims")}.get(layer.kind())
    if order is not None:
        return replace(field, axes=tuple(order.index(axis + 1) for axis in field.axes))
    mixes = sliding or layer.group in ("recurrent", "attention") or layer.kind() in _FOLDING
    if mixes or (layer.group == "linear" and len(came) - 1 in field.axes):
        return field.whole()
    if layer.group == "embedding":
        return field
    if len(came) != len(shape):
        return field.whole()
    return field if layer.group == "merge" else _resized(layer, field, came, shape)


def _merged(fields: Sequence[Field]) -> Field:
    first = fields[0]
    for other in fields[1:]:
        if other == first:
            continue
        if other.axes != first.axes or len(other.sizes) != len(first.sizes):
            return first.whole() if first.axes else first
        first = replace(
            first,
            sizes=tuple(map(max, first.sizes, other.sizes)),
            jumps=tuple(map(max, first.jumps, other.jumps)),
        )
    return first


def _slid(layer: Layer, field: Field, kernel: Any) -> Field:
    number = len(field.axes)
    stride = getattr(layer, "stride", None)
    windows, steps = spread(kernel, number), spread(kernel if stride is None else stride, number)
    gaps = spread(getattr(layer, "dilation", 1), number)
    spans = [gap * (side - 1) + 1 for side, gap in zip(windows, gaps, strict=True)]
    if layer.kind().startswith("ConvTranspose"):  # each place of the result is painted by so many of the input
        spans = [-(-span // step) for span, step in zip(spans, steps, strict=True)]
        ratios = [1 / step for step in steps]
    else:
        ratios = [float(step) for step in steps]
    return replace(
        field,
        sizes=tuple(size + (span - 1) * jump for size, span, jump in zip(field.sizes, spans, field.jumps, strict=True)),
        jumps=tuple(jump * ratio for jump, ratio in zip(field.jumps, ratios, strict=True)),
    )


def _resized(layer: Layer, field: Field, came: Shape, shape: Shape) -> Field:
    """Behind a layer that keeps the places, or has a whole number of them for each that came (upsampling)."""
    sizes, jumps = list(field.sizes), list(field.jumps)
    blends = {"linear": 1, "bilinear": 1, "trilinear": 1, "bicubic": 3}.get(getattr(layer, "mode", ""), 0)
    for place, axis in enumerate(field.axes):
        ours, theirs = shape[axis], came[axis]
        sizes[place] += blends * jumps[place]
        if ours and theirs and (ours % theirs == 0 or theirs % ours == 0):
            jumps[place] *= theirs / ours
    return replace(field, sizes=tuple(sizes), jumps=tuple(jumps))
