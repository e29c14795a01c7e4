"""The receptive field: how much of the data one place of a layer's result sees.

It is the theoretical one, in input pixels or steps, the rim included, so it may be larger than the picture. Where paths
meet, the larger counts. Layers that mix all places (Flatten, adaptive pooling, recurrent layers, attention) see the
data's full size, and so does all behind them. Normalisation is taken as seeing its own place only, as is usual.

Source: Araujo et al., Computing receptive fields of convolutional neural networks (2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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

    @cached_property
    def pixels(self) -> tuple[int, ...]:
        return tuple(math.ceil(round(size, 6)) for size in self.sizes)


@dataclass(frozen=True)
class Effect:
    """What a layer does to a field: each place sees `spans` of the places that come in, and its neighbour the same
    `ratios` further on; `axes` are where the places lie then. Without spans: it sees all."""

    axes: tuple[int, ...] = ()
    spans: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()

    def on(self, field: Field) -> Field:
        if not self.spans:
            return field.whole()
        jumps = field.jumps
        sizes = [size + (span - 1) * jump for size, span, jump in zip(field.sizes, self.spans, jumps, strict=True)]
        ratios = zip(jumps, self.ratios, strict=True)
        return Field(self.axes, tuple(sizes), tuple(jump * ratio for jump, ratio in ratios), field.full)


def merged(fields: Sequence[Field]) -> Field:
    """The field of what reads several: the larger counts."""
    first = fields[0]
    for other in fields[1:]:
        if other == first:
            continue
        if other.axes != first.axes or len(other.sizes) != len(first.sizes):
            return first.whole() if first.axes else first
        sizes, jumps = tuple(map(max, first.sizes, other.sizes)), tuple(map(max, first.jumps, other.jumps))
        first = Field(first.axes, sizes, jumps, first.full)
    return first


def effect(layer: Layer, came: Shape, shape: Shape, axes: tuple[int, ...]) -> Effect | None:
    """What `layer`, which makes `shape` of `came`, does to a field with places along `axes`; None: nothing."""
    kernel = getattr(layer, "kernel_size", None)
    sliding = layer.group in ("convolution", "pooling")
    if sliding and kernel is not None and axes == tuple(range(1, len(came))):
        return _slid(layer, axes, kernel)
    order = order_of(layer, came)
    if order is not None:
        ones = (1.0,) * len(axes)
        return Effect(tuple(order.index(axis + 1) for axis in axes), ones, ones)
    mixes = sliding or layer.group in ("recurrent", "attention") or layer.kind() in _FOLDING
    if mixes or (layer.group == "linear" and len(came) - 1 in axes):
        return Effect()
    if layer.group == "embedding":
        return None
    if len(came) != len(shape):
        return Effect()
    return None if layer.group == "merge" else _resized(layer, axes, came, shape)


def order_of(layer: Layer, came: Shape) -> tuple[int, ...] | None:
    """The dimensions of what came, from 1, in the order in which a layer that only turns them gives them."""
    if layer.kind() == "Permute":
        return tuple(layer.arguments(came)["dims"])
    return (2, 1) if layer.kind() == "Transpose" else None


def _slid(layer: Layer, axes: tuple[int, ...], kernel: Any) -> Effect:
    number = len(axes)
    stride = getattr(layer, "stride", None)
    windows, steps = spread(kernel, number), spread(kernel if stride is None else stride, number)
    gaps = spread(getattr(layer, "dilation", 1), number)
    spans = [gap * (side - 1) + 1 for side, gap in zip(windows, gaps, strict=True)]
    if layer.kind().startswith("ConvTranspose"):  # each place of the result is painted by so many of the input
        painting = tuple(-(-span // step) for span, step in zip(spans, steps, strict=True))
        return Effect(axes, painting, tuple(1 / step for step in steps))
    return Effect(axes, tuple(spans), tuple(map(float, steps)))


def _resized(layer: Layer, axes: tuple[int, ...], came: Shape, shape: Shape) -> Effect | None:
    """Of a layer that keeps the places, or has a whole number of them for each that came (upsampling)."""
    blends = {"linear": 1, "bilinear": 1, "trilinear": 1, "bicubic": 3}.get(getattr(layer, "mode", ""), 0)
    sizes = [(shape[axis], came[axis]) for axis in axes]
    whole = [ours and theirs and (ours % theirs == 0 or theirs % ours == 0) for ours, theirs in sizes]
    ratios = tuple(theirs / ours if fits else 1.0 for (ours, theirs), fits in zip(sizes, whole, strict=True))
    if not blends and set(ratios) == {1.0}:
        return None
    return Effect(axes, (1.0 + blends,) * len(axes), ratios)
