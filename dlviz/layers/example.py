"""What a layer's sketch is made with, where the layer does not say so itself: small settings, and inputs."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.layers import examples
from dlviz.layers.layer import Layer, wanted
from dlviz.layers.rim import Padding
from dlviz.layers.transposed import TransposedConvolution

#: Settings that keep a sketch small, where a layer has them.
_SMALL: dict[str, Any] = {
    "out_channels": 1, "out_features": 5, "output_size": 3, "hidden_size": 4, "embedding_dim": 4, "num_heads": 1,
    "nhead": 1, "dim_feedforward": 8, "num_groups": 2,
}  # fmt: skip


def example(part: type[Layer]) -> tuple[Layer, tuple[Tensor, ...]]:
    """A layer of this kind and inputs that suit it, with the batch."""
    layer = part.clicked()
    changes = {name: value for name, value in _SMALL.items() if name in part.model_fields}
    if layer.group == "dropout":
        changes["p"] = 0.5
    if isinstance(layer, Padding):
        changes["padding"] = 1 if part.dimensions == (4,) else 2
        if "value" in part.model_fields:
            changes["value"] = 0.5
    layer = layer.changed(**changes)
    inputs = tuple(_input(layer, place, 1) for place in range(max(part.inputs[0], 1)))
    try:
        layer.check(*(tuple(x.shape[1:]) for x in inputs))
    except WrongInput:  # it wants channels to mix
        inputs = tuple(_input(layer, place, 4) for place in range(len(inputs)))
    return layer, inputs


def _input(layer: Layer, place: int, channels: int) -> Tensor:
    held = wanted(layer, place)
    if held in ("ids", "mask"):
        return examples.ids() if held == "ids" else examples.mask()
    forms = layer.dimensions
    if reads_steps(layer):
        return examples.ordered(6, 5)[:, 0] if layer.group == "shape" else examples.steps(place)
    if layer.group == "normalisation":
        return _batch(forms)
    if layer.group == "activation" or (1 in forms and 3 not in forms):
        return examples.row(4 * place)
    if layer.group == "dropout" and forms:
        channels = 4
    if not forms or 3 in forms:
        return _picture(layer, place, channels)
    if 2 in forms:
        return examples.wave(channels, 6 if isinstance(layer, Padding | TransposedConvolution) else 16)
    if isinstance(layer, TransposedConvolution):
        return examples.lights(2)
    if layer.group == "dropout":
        return examples.picture(channels)[:, :, None]
    return examples.volume(2)[..., 1:-1, 1:-1] if isinstance(layer, Padding) else examples.volume()


def _picture(layer: Layer, place: int, channels: int) -> Tensor:
    if isinstance(layer, Padding):
        return examples.core()
    if isinstance(layer, TransposedConvolution):
        return examples.lights()
    return examples.second(channels) if place else examples.picture(channels)


def _batch(forms: tuple[int, ...]) -> Tensor:
    """Several examples at a time: what a normalisation works over may reach across them."""
    if not forms or (1 in forms and 3 not in forms):
        return examples.rows()
    if 3 in forms:
        return examples.batch()
    return examples.batch().flatten(2)[:, :, ::2] if 2 in forms else examples.batch()[:, :, None]


def reads_steps(layer: Layer) -> bool:
    """Whether it takes sequences as steps × features, not as channels × steps."""
    if layer.group in ("recurrent", "attention", "embedding") or "mask" in layer.takes:
        return True
    return layer.dimensions == (2,) and layer.group == "shape" and not isinstance(layer, Padding)
