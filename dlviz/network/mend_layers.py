"""Edits for a layer whose settings do not suit what comes in, and for merges of unequal shapes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from dlviz.core.shape import Flags
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
from dlviz.layers.upsample import Upsample
from dlviz.network import edit
from dlviz.network.examine import Examination, Finding
from dlviz.network.graph import Graph
from dlviz.network.mend_wiring import removed, tidied
from dlviz.network.report import Shape

Edits = Iterator[tuple[str, Graph]]
Inputs = Mapping[str, Shape]


def layer(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A rule of the layer itself is broken: it knows settings that fit; a merge can have its branches matched."""
    name = finding.node
    node = graph[name]
    shapes = seen.nodes[name].inputs
    for title, fitted in node.layer.fitting(*shapes):
        yield title, edit.set_layer(graph, name, fitted)
    if any(isinstance(shape, Flags) for shape in shapes):
        rest = tuple(source for source, shape in zip(node.inputs, shapes, strict=True) if not isinstance(shape, Flags))
        yield "Read no mask", tidied(graph, edit.rewired(graph, name, rest))
    elif len(shapes) > 1:
        yield from _merged(graph, name, shapes)
    else:
        shrinking = _last_shrinking(graph, seen, name)
        if shrinking:
            yield f"Remove `{shrinking}`", edit.remove(graph, shrinking)
    yield f"Remove `{name}`", removed(graph, name)


def size(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A layer too large to train."""
    name = finding.node
    node = graph[name]
    for setting, small in (("out_features", 64), ("out_channels", 16), ("output_size", 1), ("scale_factor", 2)):
        if setting in type(node.layer).model_fields and getattr(node.layer, setting) not in (None, "auto"):
            yield f"Set {setting} to {small}", edit.set_settings(graph, name, **{setting: small})
    source = graph[node.inputs[0]] if node.inputs else None
    if source is not None and isinstance(source.layer, Flatten):
        shape = seen.nodes[source.name].inputs[0]
        pool = _resized(shape, (8,) * (len(shape) - 1))
        if pool is not None:
            yield f"Insert {pool.kind()} before `{source.name}`", edit.insert_before(graph, source.name, pool)
    yield "Set it back to its defaults", edit.set_layer(graph, name, type(node.layer)())
    yield f"Remove `{name}`", removed(graph, name)


def auto(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """A size left to a task that leaves it free."""
    for setting, small in (("out_features", 64), ("out_channels", 16)):
        if setting in type(graph[finding.node].layer).model_fields:
            yield f"Set {setting} to {small}", edit.set_settings(graph, finding.node, **{setting: small})


def _merged(graph: Graph, name: str, shapes: tuple[Shape, ...]) -> Edits:
    """Match each branch of a merge to another one, whichever way round works."""
    node = graph[name]
    keep_channels = isinstance(node.layer, Concat)
    if not keep_channels:
        yield "Use Concat instead", edit.set_layer(graph, name, Concat())
    # towards the smaller picture first: a shortcut is projected down, as residual networks do it
    for like in sorted({0, len(shapes) - 1}, key=lambda place: math.prod(shapes[place][1:])):
        edited, titles = graph, []
        for source, shape in zip(node.inputs, shapes, strict=True):
            layers = _matched(shape, shapes[like], keep_channels)
            if layers:
                titles.append(f"{' and '.join(_titled(layer) for layer in layers)} after `{source}`")
            for step in layers:
                before = edited
                edited = edit.insert(edited, source, name, step)
                source = next(other.name for other in edited.nodes if other.name not in before)
        if titles:
            yield f"Match the shapes: {', '.join(titles)}", edited
    flat = graph
    for source, shape in zip(dict.fromkeys(node.inputs), shapes, strict=False):
        if len(shape) > 1:
            flat = edit.insert(flat, source, name, Flatten())
    yield "Flatten all of them first", flat


def _matched(shape: Shape, wanted: Shape, keep_channels: bool) -> list[Layer]:
    """Layers that turn `shape` into `wanted` (but for the channels, if these may stay)."""
    layers: list[Layer] = []
    if len(shape) != len(wanted) or shape == wanted:
        return layers
    stride = _stride(shape, wanted)
    if stride and not keep_channels and wanted[0] <= 65536:
        return [Conv2d(out_channels=wanted[0], kernel_size=1, stride=stride)]
    if shape[1:] != wanted[1:]:
        resized = _resized(shape, wanted[1:])
        if resized is None:
            return []
        layers.append(resized)
    if shape[0] != wanted[0] and not keep_channels:
        ones: dict[int, type[Layer]] = {1: Linear, 2: Conv1d, 3: Conv2d, 4: Conv3d}
        if len(shape) not in ones or wanted[0] > 65536:
            return []
        setting = {"out_features": wanted[0]} if len(shape) == 1 else {"out_channels": wanted[0], "kernel_size": 1}
        layers.append(ones[len(shape)](**setting))
    return layers


def _stride(shape: Shape, wanted: Shape) -> int | None:
    """The stride with which a 1×1 convolution gives a picture the wanted sides, where there is one above 1."""
    if len(shape) != 3 or shape[1:] == wanted[1:]:
        return None
    step = -(-shape[1] // wanted[1])
    fits = 1 < step <= 8 and all(
        (size - 1) // step + 1 == side for size, side in zip(shape[1:], wanted[1:], strict=True)
    )
    return step if fits else None


def _titled(layer: Layer) -> str:
    """A layer with what matters of it, for a button: 1×1 Conv2d."""
    return f"1×1 {layer.kind()}" if isinstance(layer, Conv2d) else layer.kind()


def _resized(shape: Shape, sides: Shape) -> Layer | None:
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


def _last_shrinking(graph: Graph, seen: Examination, name: str) -> str:
    """The nearest layer before `name` that made the picture smaller without learning anything."""
    while graph[name].inputs:
        name = graph[name].inputs[0]
        if graph[name].layer.group == "pooling":
            return name
    return ""
