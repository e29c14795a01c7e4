"""Edits for wrong forms: a row where an image is needed, an image where the task wants classes, and so on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from dlviz.core.shape import FREE, content, fits
from dlviz.layers.adaptive_avg_pool1d import AdaptiveAvgPool1d
from dlviz.layers.adaptive_avg_pool2d import AdaptiveAvgPool2d
from dlviz.layers.adaptive_avg_pool3d import AdaptiveAvgPool3d
from dlviz.layers.add import Add
from dlviz.layers.concat import Concat
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.flatten import Flatten
from dlviz.layers.layer import Layer, shown
from dlviz.layers.linear import Linear
from dlviz.layers.reshape import Reshape
from dlviz.layers.upsample import Upsample
from dlviz.network import edit
from dlviz.network.examination import Examination, Finding
from dlviz.network.graph import Graph, Node
from dlviz.network.mend_each_step import each_step
from dlviz.network.mend_merges import last_sized
from dlviz.network.mend_wiring import removed
from dlviz.network.report import Shape

Edits = Iterator[tuple[str, Graph]]
Inputs = Mapping[str, Shape]
_SIZES = {"out_features", "out_channels"}


def dimensions(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """The layer cannot take an input of this form."""
    name = finding.node
    node = graph[name]
    source = graph[node.inputs[0]]
    if isinstance(source.layer, Flatten) and len(graph.readers(source.name)) == 1:
        yield f"Move it before `{source.name}`", edit.move_up(graph, name)
    for other in node.inputs:  # a recurrent layer that gives its last step alone, where a sequence is needed
        if getattr(graph[other].layer, "output", None) == "last":
            yield f"Let `{other}` give all steps", edit.set_settings(graph, other, output="steps")
    twin = _twin(node, len(seen.nodes[name].inputs[0]))
    if twin is not None:
        yield f"Use {twin.kind()} instead", edit.set_layer(graph, name, twin)
    if isinstance(source.layer, Flatten):
        yield f"Remove `{source.name}`", edit.remove(graph, source.name)
    for title, layers in _converters(
        seen.nodes[name].inputs[0], node.layer.dimensions, _seen_before(graph, seen, name)
    ):
        yield f"Insert {title} before it", _insert_all(graph, name, layers)
    if len(node.inputs) > 1:
        yield from _several(graph, seen, node)
    yield f"Remove `{name}`", removed(graph, name)


def _several(graph: Graph, seen: Examination, node: Node) -> Edits:
    """For a layer that reads several: each wrong input brought to a form that it takes, or a merge that takes any."""
    for dims in node.layer.dimensions:
        edited, titles = graph, []
        for source, shape in zip(node.inputs, seen.nodes[node.name].inputs, strict=True):
            steps = next(iter(_converters(shape, (dims,), _seen_before(graph, seen, node.name))), None)
            if len(shape) != dims and content(shape) == "numbers" and steps is not None:
                titles.append(f"{steps[0]} after `{source}`")
                for layer in steps[1]:
                    edited = edit.insert(edited, source, node.name, layer)
                    source = next(new.name for new in edited.nodes if new.name not in graph and source in new.inputs)
        if titles:
            yield f"Insert {', '.join(titles)}", edited
    yield "Use Concat instead", edit.set_layer(graph, node.name, Concat())
    yield "Use Add instead", edit.set_layer(graph, node.name, Add())


def output(graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding) -> Edits:
    """The last layer's result is not of the shape that the task needs."""
    assert output is not None
    name = finding.node
    came = seen.nodes[name].shape or ()
    yield from each_step(graph, output, seen, name)
    ends = [(f"Add {title}", _append_all(graph, name, layers)) for title, layers in _ends(came, output)]
    if len(came) > len(output) == 1 and isinstance(graph[name].layer, Linear):  # it took each step alone
        flat = edit.insert_before(graph, name, Flatten())
        yield f"Insert Flatten before `{name}`", edit.set_settings(flat, name, out_features="auto")
    if not _SIZES & set(type(graph[name].layer).model_fields):
        yield from ends  # after an activation comes another layer, rather than a smaller one before it
    if len(came) == len(output) and (last := last_sized(graph, name)) is not None:
        features = "out_features" in type(last.layer).model_fields
        setting, place = ("out_features", len(came) - 1) if features else ("out_channels", 0)
        asked = output[place]
        if asked != FREE and fits((*came[:place], asked, *came[place + 1 :]), tuple(output)):
            title = f"Set {setting} of `{last.name}` to what the task needs ({asked})"
            yield title, edit.set_settings(graph, last.name, **{setting: "auto"})
    yield from ends


def _converters(came: Shape, wanted: tuple[int, ...], before: list[Shape]) -> Iterator[tuple[str, tuple[Layer, ...]]]:
    """Layers that turn the form that came into one that is wanted."""
    if 1 in wanted:
        yield "Flatten", (Flatten(),)
        if len(came) == 3:
            yield "global average pooling and Flatten", (AdaptiveAvgPool2d(), Flatten())
        if len(came) == 2:
            yield "average pooling and Flatten", (AdaptiveAvgPool1d(), Flatten())
        if len(came) == 4:
            yield "global average pooling and Flatten", (AdaptiveAvgPool3d(), Flatten())
    number = math.prod(came)
    for dims in wanted:
        shapes = [shape for shape in before if len(shape) == dims and math.prod(shape) == number]
        if dims == 3 and not shapes:  # nothing to undo: the squarest picture
            side = next((s for s in range(math.isqrt(number), 0, -1) if number % (s * s) == 0), 1)
            shapes += [(1, *came)] if len(came) == 2 else [(number // side**2, side, side)]
        if dims == 2 and not shapes:
            shapes += [(came[0], math.prod(came[1:]))] if len(came) > 2 else [(1, number)]
        if dims == 4 and not shapes:
            shapes.append((1,) * (4 - len(came)) + came if 2 <= len(came) <= 4 else (number, 1, 1, 1))
        for shape in dict.fromkeys(shapes):
            yield f"Reshape to {shown(shape)}", (Reshape(shape=shape),)


def _ends(came: Shape, wanted: Shape) -> Iterator[tuple[str, tuple[Layer, ...]]]:
    """Layers that turn what came into what the task wants."""
    numbers = math.prod(wanted)
    if len(wanted) == 1:
        auto = Linear(out_features="auto")
        if len(came) == 1:
            yield f"an output layer (Linear, {wanted[0]})", (auto,)
        else:
            pools: dict[int, Layer] = {3: AdaptiveAvgPool2d(), 4: AdaptiveAvgPool3d()}
            pool = pools.get(len(came), AdaptiveAvgPool1d())
            yield f"average pooling, Flatten and Linear ({wanted[0]})", (pool, Flatten(), auto)
            yield f"Flatten and Linear ({wanted[0]})", (Flatten(), auto)
        return
    if len(came) == len(wanted) == 2 and wanted[0] in (FREE, came[0]):
        yield f"an output layer for each step (Linear, {wanted[1]})", (Linear(out_features="auto"),)
    if FREE in wanted:
        return
    if len(came) == len(wanted) == 3:
        fit: list[Layer] = []
        if came[1:] != wanted[1:]:
            larger = all(ours <= theirs for ours, theirs in zip(came[1:], wanted[1:], strict=True))
            fit = [Upsample(size=wanted[1:])] if larger else [AdaptiveAvgPool2d(output_size=wanted[1:])]
        if came[0] != wanted[0]:
            fit.append(Conv2d(out_channels="auto", kernel_size=1))
        yield " and ".join(layer.kind() for layer in fit), tuple(fit)
    if math.prod(came) == numbers:
        yield f"Reshape to {shown(wanted)}", (Reshape(shape=wanted),)
    flat: tuple[Layer, ...] = () if len(came) == 1 else (Flatten(),)
    if numbers <= 65536:
        yield f"Linear ({numbers}) and Reshape", (*flat, Linear(out_features=numbers), Reshape(shape=wanted))


def _twin(node: Node, dimensions: int) -> Layer | None:
    """The layer's sister for other dimensions (BatchNorm2d for BatchNorm1d), with the settings that both know."""
    for digit in "123":
        sister = Layer.kinds().get(re.sub(r"\d(?=d$)", digit, node.layer.kind()))
        if sister is not None and type(node.layer) is not sister and dimensions in sister.dimensions:
            shared = {
                name: getattr(node.layer, name) for name in sister.model_fields if name in type(node.layer).model_fields
            }
            try:
                return sister(**shared)
            except ValidationError:  # (height, width) is no window for a volume
                return sister(**{name: value for name, value in shared.items() if not isinstance(value, tuple)})
    return None


def _seen_before(graph: Graph, seen: Examination, name: str) -> list[Shape]:
    """The shapes on the way to a node, the nearest first: what a Flatten undid can be made again."""
    shapes: list[Shape] = []
    todo = list(graph[name].inputs)
    while todo:
        source = todo.pop(0)
        shape = seen.nodes[source].shape
        if shape is not None and shape not in shapes:
            shapes.append(shape)
        todo += graph[source].inputs[:1]
    return shapes


def _insert_all(graph: Graph, name: str, layers: tuple[Layer, ...]) -> Graph:
    for layer in layers:
        graph = edit.insert_before(graph, name, layer)
    return graph


def _append_all(graph: Graph, name: str, layers: tuple[Layer, ...]) -> Graph:
    for layer in layers:
        graph = edit.branch(graph, name, layer)
        name = graph.nodes[-1].name
    return graph
