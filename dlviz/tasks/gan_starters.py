"""Starter networks for a Gan: a generator and a discriminator that are about equally strong."""

from __future__ import annotations

import math
from typing import Any

from dlviz.core.values import Image, Kind
from dlviz.network.graph import Graph
from dlviz.tasks.starters import Layers, graph, mlp


def gan_starters(kind: Kind) -> dict[str, dict[str, Graph]]:
    """By title, generator and discriminator for such examples; the first is the default."""
    start: Layers = [{"name": "input", "kind": "Input"}]
    if not isinstance(kind, Image):
        return {
            "MLP": {
                "generator": graph(start + mlp(64, 64)),
                "discriminator": graph(start + _leaky(64, 64)),
            }
        }
    shape = list(kind.shape())
    made: Layers = [
        {"name": "output", "kind": "Linear", "out_features": math.prod(shape)},
        {"name": "picture", "kind": "Reshape", "shape": shape},
    ]
    plain = {
        "generator": graph(start + mlp(128, 256)[:-1] + made),
        "discriminator": graph([*start, {"name": "flatten", "kind": "Flatten"}, *_leaky(256, 128)]),
    }
    if kind.height % 4 or kind.width % 4:
        return {"MLP": plain}
    return {"MLP": plain, "Convolutional (DCGAN)": _convolutional(kind)}


def _leaky(*widths: int) -> Layers:
    """An MLP with leaky ReLUs: a discriminator must pass gradients on for whatever it is shown."""
    layers = mlp(*widths, activation="LeakyReLU")
    return [{**layer, "negative_slope": 0.2} if layer["kind"] == "LeakyReLU" else layer for layer in layers]


def _convolutional(kind: Image) -> dict[str, Graph]:
    """Radford, Metz & Chintala 2016, in small."""
    double: dict[str, Any] = {"kernel_size": 4, "stride": 2, "padding": 1}
    low, wide = [64, kind.height // 4, kind.width // 4], 64 * (kind.height // 4) * (kind.width // 4)
    return {
        "generator": graph(
            [
                {"name": "input", "kind": "Input"},
                {"name": "fc1", "kind": "Linear", "out_features": wide},
                {"name": "reshape", "kind": "Reshape", "shape": low},
                {"name": "norm1", "kind": "BatchNorm2d"},
                {"name": "relu1", "kind": "ReLU"},
                {"name": "up1", "kind": "ConvTranspose2d", "out_channels": 32, **double},
                {"name": "norm2", "kind": "BatchNorm2d"},
                {"name": "relu2", "kind": "ReLU"},
                {"name": "output", "kind": "ConvTranspose2d", "out_channels": "auto", **double},
            ]
        ),
        "discriminator": graph(
            [
                {"name": "input", "kind": "Input"},
                {"name": "conv1", "kind": "Conv2d", "out_channels": 32, **double},
                {"name": "leakyrelu1", "kind": "LeakyReLU", "negative_slope": 0.2},
                {"name": "conv2", "kind": "Conv2d", "out_channels": 64, **double},
                {"name": "leakyrelu2", "kind": "LeakyReLU", "negative_slope": 0.2},
                {"name": "flatten", "kind": "Flatten"},
                {"name": "output", "kind": "Linear", "out_features": "auto"},
            ]
        ),
    }
