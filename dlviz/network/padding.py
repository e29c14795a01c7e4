"""Padded steps: how far they can be followed, whether they hold 0, and which layers must not read them as they are.

Texts are filled up to one length. A layer that mixes steps would let that padding into its result, so it reads a mask;
where it cannot, padded steps must be 0, or it cannot be used on them. They are followed as long as the steps keep their
number: after that a place comes of several steps, and no mask tells which.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch

from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.layer import Layer
from dlviz.network.field import order_of
from dlviz.network.flow import Flow, Padding

#: Groups of layers whose result at a step may be tried out on zeros: they learn nothing.
_TRIED = ("activation", "dropout", "shape", "merge")
#: A trial on more numbers than this would be felt; such steps count as not surely 0.
_MOST = 2**22


def padding_after(layer: Layer, flows: Sequence[Flow], shape: Shape) -> Padding | None:
    """The padded steps of a result of this shape: those that came in, as long as they are all still there."""
    if layer.padded == "stops" or isinstance(shape, Flags):
        return None
    for place, flow in enumerate(flows[:1] if layer.padded == "masks" else flows):
        if flow.padding is None:
            continue
        axis = _moved(layer, flow, place)
        steps = (len(shape) > 1 or isinstance(shape, Ids)) and axis is not None and axis < len(shape)
        if steps and axis is not None and shape[axis] == flow.padding.steps:
            return Padding(shape[axis], axis, _is_zero(layer, flows))
    return None


def misread(layer: Layer, flows: Sequence[Flow], ends: Flow) -> tuple[str, str] | None:
    """The rule that padded steps break at this layer, and its message; None where they do no harm."""
    read = [(place, flow, flow.padding) for place, flow in enumerate(flows) if flow.padding is not None]
    if not read or layer.padded == "stops" or isinstance(ends.shape, Flags):
        return None
    if layer.padded == "masks":
        return ("mask", _mask_message(layer)) if _unmasked(layer, flows) else None
    if any(layer.mixes(padding.axis, flow.shape, place) == "counts" for place, flow, padding in read):
        return "counts", _counts_message(layer, read[0][2])
    return ("zero", _zero_message(layer)) if mixed(layer, flows, ends) else None


def mixed(layer: Layer, flows: Sequence[Flow], ends: Flow) -> list[int]:
    """Which inputs of a layer without a mask have padded steps that need not be 0, and are mixed into others."""
    return [
        place
        for place, flow in enumerate(flows)
        if flow.padding is not None
        and not flow.padding.zero
        and (ends.padding is None or layer.mixes(flow.padding.axis, flow.shape, place) == "adds")
    ]


def _moved(layer: Layer, flow: Flow, place: int) -> int | None:
    """Along which dimension of the result the steps lie; None where they are summed up."""
    assert flow.padding is not None
    axis, last = flow.padding.axis, len(flow.shape) - 1
    if (order := order_of(layer, flow.shape)) is not None:
        return order.index(axis + 1)
    if layer.kind() == "MatMul":
        turned = bool(getattr(layer, "transpose", False))
        met = last - 1 if place and not turned else last
        return None if axis == met else last if place else axis
    return axis


def _is_zero(layer: Layer, flows: Sequence[Flow]) -> bool:
    """Whether padded steps of a result surely hold 0."""
    if isinstance(flows[0].shape, Ids):
        return getattr(layer, "padding_idx", None) == 0
    if layer.padded == "masks":
        return layer.clears and any(isinstance(flow.shape, Flags) for flow in flows)
    zero = tuple(flow.padding is not None and flow.padding.zero for flow in flows)
    if layer.group not in _TRIED or layer.kind() in ("MatMul", "Bilinear") or not any(zero):
        return False
    mixes = (flow.padding and layer.mixes(flow.padding.axis, flow.shape, place) for place, flow in enumerate(flows))
    return all(how in (None, "no") for how in mixes) and _keeps(layer, tuple(flow.shape for flow in flows), zero)


@lru_cache(maxsize=4096)
def _keeps(layer: Layer, shapes: tuple[Shape, ...], zero: tuple[bool, ...]) -> bool:
    """Whether the layer gives 0 where those inputs are 0 and the others anything: f(0) = 0, found out by trying."""
    if sum(map(math.prod, shapes)) > _MOST:
        return False
    given: list[Any] = [
        torch.zeros(2, *shape) if is_zero else torch.full((2, *shape), (place + 2) ** 0.5)
        for place, (shape, is_zero) in enumerate(zip(shapes, zero, strict=True))
    ]
    try:
        with torch.no_grad():
            return not layer.build(*shapes).eval()(*given).any()
    except Exception:  # a layer of another package must not end the whole report
        return False


def _unmasked(layer: Layer, flows: Sequence[Flow]) -> bool:
    """Whether padded steps are mixed into others, and no mask tells them. A causal layer mixes only what came before
    into a step, and padding comes last; of two sequences, attention gathers from the second."""
    if any(isinstance(flow.shape, Flags) for flow in flows):
        return False
    causal = bool(getattr(layer, "causal", False))
    asks = causal or (layer.kind() == "MultiheadAttention" and len(flows) > 1)
    return any(flow.padding for flow in (flows[1:] if asks else flows))


def _mask_message(layer: Layer) -> str:
    return (
        f"{layer.called()} mixes the steps of a sequence, and short texts are padded: it needs a padding mask as its "
        "last input, or the padding would change the result. Received: none. Connect a PaddingMask of the token ids."
    )


def _zero_message(layer: Layer) -> str:
    return (
        f"{layer.called()} mixes the steps of a sequence, and short texts are padded: padded steps must be 0 before "
        "it, or the padding would change the result. Received: padded steps that layers before it have changed. Put a "
        "MaskSteps before it."
    )


def _counts_message(layer: Layer, padding: Padding) -> str:
    return (
        f"{layer.called()} weighs the steps of a sequence against each other, and padded steps would count like real "
        f"ones. Received: {padding.steps} steps, of which some may be padding. Let it work within each step."
    )
