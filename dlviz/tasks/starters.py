"""Starter networks per kind of data: ready graphs, best guess first."""

from __future__ import annotations

from typing import Any

from dlviz.core.problems import Problems
from dlviz.core.values import Audio, Image, Kind, Tokens
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.audio_starters import audio_cnn, crnn, mean_spectrum
from dlviz.tasks.text_starters import bag, bilstm, text_cnn

Layers = list[dict[str, Any]]


def graph(layers: Layers) -> Graph:
    """The graph of a list of layers written as in a spec."""
    problems = Problems()
    made = Graph.parse(layers, "networks.model", problems)
    problems.raise_if_any()
    assert made is not None
    return made


def predictors(fields: Fields) -> dict[str, Graph]:
    """Networks that predict a class or a number from such inputs, by title; the first is the default."""
    kinds = list(fields.inputs.values())
    if len(kinds) > 1:
        return {"MLP": graph(_merged(fields) + mlp(64, 64)), "Linear model": graph(_merged(fields) + [_OUTPUT])}
    start = [{"name": "input", "kind": "Input"}]
    kind = kinds[0]
    if isinstance(kind, Tokens):
        return {"Bag of words": graph(bag()), "CNN": graph(text_cnn()), "LSTM": graph(bilstm())}
    if isinstance(kind, Audio):
        return {
            "CNN": graph(audio_cnn(kind)),
            "CRNN": graph(crnn(kind)),
            "MLP on the mean spectrum": graph(mean_spectrum(kind)),
        }
    if isinstance(kind, Image):
        flat = [*start, {"name": "flatten", "kind": "Flatten"}]
        return {
            "CNN": graph(start + (small_cnn() if is_tiny(kind) else cnn())),
            "MLP": graph(flat + mlp(128, 64)),
            "Linear model": graph([*flat, _OUTPUT]),
        }
    flat = start if len(kind.shape()) == 1 else [*start, {"name": "flatten", "kind": "Flatten"}]
    if is_plane(kind):
        return {
            "MLP with tanh": graph(flat + mlp(16, 16, activation="Tanh")),
            "MLP with ReLU": graph(flat + mlp(16, 16)),
            "Tiny MLP": graph(flat + mlp(8, activation="Tanh")),
            "Linear model": graph([*flat, _OUTPUT]),
        }
    small, medium = mlp(32, activation="Tanh", dropout=0.3), mlp(64, 32, dropout=0.2)
    sizes = {"Small MLP": small, "MLP": medium} if is_short(fields) else {"MLP": medium, "Small MLP": small}
    return {
        **{title: graph(flat + layers) for title, layers in sizes.items()},
        "Wide MLP": graph(flat + mlp(128, 128, 128)),
        "Linear model": graph([*flat, _OUTPUT]),
    }


def is_tiny(kind: Image) -> bool:
    """Whether a picture is too small for two poolings."""
    return min(kind.height, kind.width) < 20


def is_short(fields: Fields) -> bool:
    """Whether the examples are so few that a network soon knows them by heart."""
    return (fields.size or 0) <= 2000


def is_plane(kind: Kind) -> bool:
    """Whether an input is a point of the plane: a vector of two numbers."""
    return kind.shape() == (2,)


_OUTPUT: dict[str, Any] = {"name": "output", "kind": "Linear", "out_features": "auto"}


def mlp(*widths: int, activation: str = "ReLU", dropout: float = 0.0) -> Layers:
    """Fully connected layers with an activation after each, and the output layer."""
    layers: Layers = []
    for number, width in enumerate(widths, 1):
        layers.append({"name": f"fc{number}", "kind": "Linear", "out_features": width})
        layers.append({"name": f"{activation.lower()}{number}", "kind": activation})
        if dropout:
            layers.append({"name": f"dropout{number}", "kind": "Dropout", "p": dropout})
    return [*layers, _OUTPUT]


def cnn() -> Layers:
    """Two convolutions with pooling and two fully connected layers, for pictures of 20 pixels and more."""
    return [*_convolutions(32, 64), *_head(128, 0.3)]


def small_cnn() -> Layers:
    """The same in small, for pictures of a few pixels: only one pooling, or nothing would be left."""
    first, second = _convolutions(32), _convolutions(64, start=2)
    return [*first[:-1], *second[:-1], {**second[-1], "name": "pool"}, *_head(64, 0.2)]


def _convolutions(*channels: int, start: int = 1) -> Layers:
    layers: Layers = []
    for number, out in enumerate(channels, start):
        layers += [
            {"name": f"conv{number}", "kind": "Conv2d", "out_channels": out, "kernel_size": 3, "padding": 1},
            {"name": f"relu{number}", "kind": "ReLU"},
            {"name": f"pool{number}", "kind": "MaxPool2d", "kernel_size": 2},
        ]
    return layers


def _head(width: int, dropout: float) -> Layers:
    return [
        {"name": "flatten", "kind": "Flatten"},
        {"name": "fc1", "kind": "Linear", "out_features": width},
        {"name": "relu3", "kind": "ReLU"},
        {"name": "dropout", "kind": "Dropout", "p": dropout},
        _OUTPUT,
    ]


def _merged(fields: Fields) -> Layers:
    """Every input, flattened, side by side."""
    layers: Layers = []
    flat = []
    for number, (name, kind) in enumerate(fields.inputs.items(), 1):
        layers.append({"name": f"input{number}", "kind": "Input", "field": name, "inputs": []})
        flat.append(f"input{number}")
        if isinstance(kind, Tokens):
            layers += [
                {"name": f"mask{number}", "kind": "PaddingMask", "inputs": [f"input{number}"]},
                {"name": f"embedding{number}", "kind": "Embedding", "inputs": [f"input{number}"]},
                {"name": f"pool{number}", "kind": "PoolSteps", "inputs": [f"embedding{number}", f"mask{number}"]},
            ]
            flat[-1] = f"pool{number}"
        elif len(kind.shape()) != 1:
            layers.append({"name": f"flatten{number}", "kind": "Flatten", "inputs": [f"input{number}"]})
            flat[-1] = f"flatten{number}"
    return [*layers, {"name": "concat", "kind": "Concat", "inputs": flat}]
