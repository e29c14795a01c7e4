"""Edits for layers that read several inputs whose shapes do not go together: each branch is matched to another."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dlviz.core.shape import Shape
from dlviz.layers.adaptive_avg_pool1d import AdaptiveAvgPool1d
from dlviz.layers.adaptive_avg_pool2d import AdaptiveAvgPool2d
from dlviz.layers.adaptive_avg_pool3d import AdaptiveAvgPool3d
from dlviz.layers.concat import Concat
from dlviz.layers.conv1d import Conv1d
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.conv3d import Conv3d
from dlviz.layers.flatten import Flatten
from dlviz.layers.layer import Layer
from dlviz.layers.linear import Linear
from dlviz.layers.multiply import Multiply
from dlviz.layers.reshape import Reshape
from dlviz.layers.upsample import Upsample
from dlviz.network import edit
from dlviz.network.graph import Graph, Node

Edits = Iterator[tuple[str, Graph]]
_POOLS: dict[int, Layer] = {2: AdaptiveAvgPool1d(), 3: AdaptiveAvgPool2d(), 4: AdaptiveAvgPool3d()}
_ONES: dict[int, type[Layer]] = {1: Linear, 2: Conv1d, 3: Conv2d, 4: Conv3d}
_SIZES = ("out_features", "out_channels")


def merged(graph: Graph, name: str, shapes: tuple[Shape, ...]) -> Edits:
    """Match each branch of a merge to another one, whichever way round works."""
    node = graph[name]
    keep_channels = isinstance(node.layer, Concat)
    if not keep_channels:
        yield from _sizes(graph, node, shapes)
    if not keep_channels and len({len(shape) for shape in shapes}) == 1:
        yield "Use Concat instead", edit.set_layer(graph, name, Concat())
    if isinstance(node.layer, Multiply):
        yield from _gates(graph, node, shapes)
    # towards the smaller picture first: a shortcut is projected down, as residual networks do it
    likes = sorted({0, len(shapes) - 1}, key=lambda place: math.prod(shapes[place][1:]))
    for like in likes:
        for way in (0, 1):
            edited, titles = graph, []
            for source, shape in zip(node.inputs, shapes, strict=True):
                ways = _ways(shape, shapes[like], keep_channels)
                layers = ways[min(way, len(ways) - 1)] if ways else []
                if layers:
                    titles.append(f"{_listed(layers)} after `{source}`")
                edited = _inserted(edited, source, name, layers)
            if titles:
                yield f"Match the shapes: {', '.join(titles)}", edited
    flat = graph
    for source, shape in zip(dict.fromkeys(node.inputs), shapes, strict=False):
        if len(shape) > 1:
            flat = edit.insert(flat, source, name, Flatten())
    yield "Flatten all of them first", flat
    yield "Flatten all of them first and use Concat", edit.set_layer(flat, name, Concat())


def _sizes(graph: Graph, node: Node, shapes: tuple[Shape, ...]) -> Edits:
    """The size of the layer that made one branch, set to that of another."""
    for source, shape in zip(node.inputs, shapes, strict=True):
        maker = last_sized(graph, source)
        for wanted in dict.fromkeys(other for other in shapes if other != shape and len(other) == len(shape)):
            place = -1 if maker is not None and "out_features" in type(maker.layer).model_fields else 0
            if maker is not None and maker.name != node.name and 1 <= wanted[place] <= 65536:
                setting = _SIZES[place != -1]
                title = f"Set {setting} of `{maker.name}` to {wanted[place]}"
                yield title, edit.set_settings(graph, maker.name, **{setting: wanted[place]})


def _gates(graph: Graph, node: Node, shapes: tuple[Shape, ...]) -> Edits:
    """A row of numbers as one weight for each channel of a picture."""
    picture = next((shape for shape in shapes if len(shape) > 2), None)
    if picture is None or picture[0] > 65536:
        return
    edited, titles = graph, []
    for source, shape in zip(node.inputs, shapes, strict=True):
        if len(shape) == 1:
            fit = [] if shape == picture[:1] else [Linear(out_features=picture[0])]
            gate = (picture[0], *(1,) * (len(picture) - 1))
            edited = _inserted(edited, source, node.name, [*fit, Reshape(shape=gate)])
            titles.append(f"`{source}`")
    if titles:
        yield f"Let {' and '.join(titles)} weigh the channels", edited


def _inserted(graph: Graph, source: str, name: str, layers: list[Layer]) -> Graph:
    """The layers, in order, on the edge between two nodes."""
    for layer in layers:
        before = graph
        graph = edit.insert(graph, source, name, layer)
        source = next(other.name for other in graph.nodes if other.name not in before)
    return graph


def _ways(shape: Shape, wanted: Shape, keep_channels: bool) -> list[list[Layer]]:
    """Layers that turn `shape` into `wanted` (but for the channels, if these may stay), the usual ones first."""
    if shape == wanted:
        return []
    if len(shape) != len(wanted):
        return _form(shape, wanted, keep_channels)
    ways: list[list[Layer]] = []
    stride = _stride(shape, wanted)
    if stride and not keep_channels and wanted[0] <= 65536:
        ways.append([Conv2d(out_channels=wanted[0], kernel_size=1, stride=stride)])
    if len(shape) == 2 and shape[0] == wanted[0] and not keep_channels and wanted[1] <= 65536:
        ways.append([Linear(out_features=wanted[1])])  # steps × features
    layers: list[Layer] = []
    if shape[1:] != wanted[1:]:
        fit = resized(shape, wanted[1:])
        if fit is None:
            return ways
        layers.append(fit)
    if shape[0] != wanted[0] and not keep_channels:
        if len(shape) not in _ONES or wanted[0] > 65536:
            return ways
        setting = {"out_features": wanted[0]} if len(shape) == 1 else {"out_channels": wanted[0], "kernel_size": 1}
        layers.append(_ONES[len(shape)](**setting))
    return [*ways, layers]


def _form(shape: Shape, wanted: Shape, keep_channels: bool) -> list[list[Layer]]:
    """A picture as a row of its channels' means, or a row as a picture."""
    if len(wanted) == 1 and len(shape) in _POOLS:
        fit: list[Layer] = [] if keep_channels or shape[0] == wanted[0] else [Linear(out_features=wanted[0])]
        return [[_POOLS[len(shape)], Flatten(), *fit]] if wanted[0] <= 65536 else []
    numbers = math.prod(wanted)
    if len(shape) == 1 and numbers <= 65536:
        fit = [] if shape[0] == numbers else [Linear(out_features=numbers)]
        return [[*fit, Reshape(shape=wanted)]]
    return []


def last_sized(graph: Graph, name: str) -> Node | None:
    """The last layer with a size of its own on the way to `name`, past layers that keep the first size."""
    node = graph[name]
    while not set(_SIZES) & set(type(node.layer).model_fields):
        if len(node.inputs) != 1 or node.layer.group in ("shape", "merge", "block", "recurrent", "embedding"):
            return None
        node = graph[node.inputs[0]]
    return node


def _stride(shape: Shape, wanted: Shape) -> int | None:
    """The stride with which a 1×1 convolution gives a picture the wanted sides, where there is one above 1."""
    if len(shape) != 3 or shape[1:] == wanted[1:]:
        return None
    step = -(-shape[1] // wanted[1])
    fits = 1 < step <= 8 and all(
        (size - 1) // step + 1 == side for size, side in zip(shape[1:], wanted[1:], strict=True)
    )
    return step if fits else None


def _listed(layers: list[Layer]) -> str:
    """A, B and C."""
    *first, last = (_titled(layer) for layer in layers)
    return f"{', '.join(first)} and {last}" if first else last


def _titled(layer: Layer) -> str:
    """A layer with what matters of it, for a button: 1×1 Conv2d."""
    return f"1×1 {layer.kind()}" if isinstance(layer, Conv2d) else layer.kind()


def resized(shape: Shape, sides: Shape) -> Layer | None:
    """A layer that gives a picture or sequence these sides."""
    smaller = all(wanted <= side for side, wanted in zip(shape[1:], sides, strict=True))
    if max(sides, default=0) > 1024:
        return None
    if len(shape) == 3:
        return AdaptiveAvgPool2d(output_size=sides) if smaller else Upsample(size=sides)  # type: ignore[arg-type]
    if len(shape) == 4:
        return AdaptiveAvgPool3d(output_size=sides) if smaller else Upsample(size=sides)  # type: ignore[arg-type]
    if len(shape) == 2:
        return AdaptiveAvgPool1d(output_size=sides[0]) if smaller else Upsample(size=sides[0])
    return None
