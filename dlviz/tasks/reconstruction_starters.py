"""Starter networks for a reconstruction: a bottleneck between two halves that mirror each other."""

from __future__ import annotations

import math
from typing import Any

from dlviz.core.values import Image, Kind
from dlviz.network.graph import Graph
from dlviz.tasks.starters import Layers, graph, is_plane

_START: dict[str, Any] = {"name": "input", "kind": "Input"}


def reconstruction_starters(kind: Kind, variant: str) -> dict[str, dict[str, Graph]]:
    """By title, the networks of a variant for such examples; the first is the default."""
    convolutional = isinstance(kind, Image) and fits_convolutions(kind)
    if variant == "variational":
        found = {"Dense": dense_pair(kind)}
        return found | (
            {"Convolutional": convolutional_pair(kind)} if convolutional and isinstance(kind, Image) else {}
        )
    code = 32 if variant == "denoising" else 2 if is_plane(kind) else 8
    found = {"Dense autoencoder": {"model": dense_autoencoder(kind, code)}}
    if convolutional and isinstance(kind, Image):
        found["Convolutional autoencoder"] = {"model": convolutional_autoencoder(kind, code)}
    return found


def fits_convolutions(kind: Image) -> bool:
    """Whether a picture can be halved twice and doubled again to its very size."""
    return kind.height % 4 == 0 and kind.width % 4 == 0


def dense_autoencoder(kind: Kind, code: int) -> Graph:
    """Fully connected, through `code` numbers (Hinton & Salakhutdinov 2006, in small)."""
    wide = widths(kind)
    return graph([_START, *_flat(kind), *_dense(wide), _linear("bottleneck", code), *_from_code(kind, wide[::-1])])


def dense_pair(kind: Kind) -> dict[str, Graph]:
    """Encoder and decoder, fully connected, as in Kingma & Welling 2014 but with ReLU."""
    wide = widths(kind)
    return {
        "encoder": graph([_START, *_flat(kind), *_dense(wide), _linear("output", "auto")]),
        "decoder": graph([_START, *_from_code(kind, wide[::-1])]),
    }


def convolutional_autoencoder(kind: Image, code: int) -> Graph:
    """Two convolutions of stride 2, a code, and the way back (Masci et al. 2011, with strides for poolings)."""
    return graph([_START, *_down(), _linear("bottleneck", code), *_up(kind, "bottleneck")])


def convolutional_pair(kind: Image) -> dict[str, Graph]:
    """Encoder and decoder with two convolutions of stride 2 each."""
    return {
        "encoder": graph([_START, *_down(), _linear("output", "auto")]),
        "decoder": graph([_START, *_up(kind, "input")]),
    }


def widths(kind: Kind) -> tuple[int, ...]:
    """Of hidden layers on the way in: smaller ones for smaller examples."""
    numbers = math.prod(kind.shape())
    return (32, 16) if numbers <= 4 else (64, 32) if numbers < 64 else (128, 64) if numbers < 256 else (256, 128)


def _flat(kind: Kind) -> Layers:
    return [] if len(kind.shape()) == 1 else [{"name": "flatten", "kind": "Flatten"}]


def _linear(name: str, size: int | str) -> dict[str, Any]:
    return {"name": name, "kind": "Linear", "out_features": size}


def _dense(wide: tuple[int, ...], start: int = 1) -> Layers:
    layers: Layers = []
    for number, width in enumerate(wide, start):
        layers += [_linear(f"fc{number}", width), {"name": f"relu{number}", "kind": "ReLU"}]
    return layers


def _from_code(kind: Kind, wide: tuple[int, ...]) -> Layers:
    """Fully connected layers from a code to an example."""
    shape = list(kind.shape())
    end: Layers = [_linear("output", math.prod(shape))]
    if len(shape) > 1:
        end.append({"name": "example", "kind": "Reshape", "shape": shape})
    return [*_dense(wide, len(wide) + 1), *end]


_HALF: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": 1}
_TWICE: dict[str, Any] = {"kernel_size": 4, "stride": 2, "padding": 1}


def _down() -> Layers:
    return [
        {"name": "conv1", "kind": "Conv2d", "out_channels": 32, **_HALF},
        {"name": "relu1", "kind": "ReLU"},
        {"name": "conv2", "kind": "Conv2d", "out_channels": 64, **_HALF},
        {"name": "relu2", "kind": "ReLU"},
        {"name": "flatten", "kind": "Flatten"},
    ]


def _up(kind: Image, source: str) -> Layers:
    low = [64, kind.height // 4, kind.width // 4]
    return [
        {**_linear("fc1", math.prod(low)), "inputs": [source]},
        {"name": "relu3", "kind": "ReLU"},
        {"name": "reshape", "kind": "Reshape", "shape": low},
        {"name": "up1", "kind": "ConvTranspose2d", "out_channels": 32, **_TWICE},
        {"name": "relu4", "kind": "ReLU"},
        {"name": "output", "kind": "ConvTranspose2d", "out_channels": kind.channels, **_TWICE},
    ]
