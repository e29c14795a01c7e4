"""Edits for a problem inside a block: of its settings, of what enters it, and of the layers inside, wrapped back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from dlviz.core.shape import Flags, Ids, Shape, content
from dlviz.layers.conv1d import Conv1d
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.conv3d import Conv3d
from dlviz.layers.input import Input
from dlviz.layers.layer import Layer
from dlviz.layers.linear import Linear
from dlviz.network import edit
from dlviz.network.block import Block, get
from dlviz.network.examination import Examination, Finding
from dlviz.network.flow import Flow
from dlviz.network.graph import Graph, Node, fresh_name
from dlviz.network.mend_padding import zero
from dlviz.network.mend_steps import mask
from dlviz.network.mend_wiring import removed
from dlviz.network.report import NodeReport
from dlviz.network.walk import copies, within

Edits = Iterator[tuple[str, Graph]]
Inputs = Mapping[str, Shape]
#: The cures for a finding in a graph: those of the inner graph are asked for in the same way.
Cures = Callable[[Graph, Inputs, Shape | None, Examination, Finding], Edits]

_SIZES = ("out_features", "out_channels")
_ONES: dict[int, type[Layer]] = {2: Conv1d, 3: Conv2d, 4: Conv3d}


def inside(
    graph: Graph, inputs: Inputs, output: Shape | None, seen: Examination, finding: Finding, cures: Cures
) -> Edits:
    """Edits for a finding at `<block>.<node>`."""
    name, rest = finding.node.split(".", 1)
    block = graph[name].layer
    assert isinstance(block, Block)
    sized = block if output is None else block.sized(output)
    assert isinstance(sized, Block)
    flows = tuple(seen.flows[source] for source in graph[name].inputs)
    walks = copies(sized, flows)
    number = next(n for n, walk in enumerate(walks) if any(_same(other, rest, finding) for other in walk.findings))
    entering = {port.name: flow.shape for port, flow in zip(block.ports(), flows, strict=False)}
    if number:
        before = walks[number - 1]
        entering[block.ports()[0].name] = before.flows[before.output].shape
        title = f"Repeat `{name}` {number} times" if number > 1 else f"Do not repeat `{name}`"
        yield title, edit.set_settings(graph, name, repeat=number)
    if finding.rule == "layer":
        yield from _sizes(graph, name, block, entering)
    if finding.rule == "mask":
        yield from _masked(graph, name, block, rest, (inputs, output, seen))
    if finding.rule == "zero" and not number and len(flows) == len(block.ports()):
        yield from _cleared(graph, name, block, rest, (inputs, output, seen))
    unread = {port.name: NodeReport(port.name) for port in block.ports()[len(flows) :]}
    walk = replace(walks[number], nodes={**walks[number].nodes, **unread})
    inner = replace(finding, node=rest)
    for title, edited in cures(block.graph, entering, None, walk, inner):
        for lower in (False, True):
            try:
                around = block.around(edited, lower)
            except ValueError:  # a lifted setting that does not suit all who take it
                continue
            yield title, edit.set_layer(graph, name, around)
            if around.lifted == block.lifted and around.values == block.values:
                break
    yield f"Remove `{name}`", removed(graph, name)


def _masked(
    graph: Graph, name: str, block: Block, rest: str, context: tuple[Inputs, Shape | None, Examination]
) -> Edits:
    """A mask from outside, into a port that waits for one or into a new one."""
    if len(graph[name].inputs) == len(block.ports()):
        graph = edit.set_layer(graph, name, _with_mask(block, rest))
    yield from mask(graph, *context, Finding(name, "mask", ""))


def _cleared(
    graph: Graph, name: str, block: Block, rest: str, context: tuple[Inputs, Shape | None, Examination]
) -> Edits:
    """Padded steps set to 0 inside, by a mask from outside that enters at a new port."""
    seen = context[-1]
    port = fresh_name("mask", [node.name for node in block.graph.nodes])
    inner = Graph((*block.graph.nodes, Node(port, Input()))).ordered()
    for other in graph.nodes:
        ids = seen.nodes[other.name].shape
        if not isinstance(ids, Ids):
            continue
        walk = within(inner, (*(seen.flows[source] for source in graph[name].inputs), Flow(Flags(ids))))
        if rest not in walk.flows:
            return
        for title, edited in zero(inner, {}, None, walk, Finding(rest, "zero", "")):
            if edited.readers(port):
                around = edit.set_layer(graph, name, block.around(edited))
                for _, whole in mask(around, *context, Finding(name, "mask", "")):
                    yield title, whole


def _with_mask(block: Block, rest: str) -> Block:
    """The block with one more port, which the layer at the end of the way `rest` reads last."""
    name, _, deeper = rest.partition(".")
    node = block.graph[name]
    layer = _with_mask(node.layer, deeper) if deeper and isinstance(node.layer, Block) else node.layer
    port = fresh_name("mask", [other.name for other in block.graph.nodes])
    nodes = [
        replace(other, layer=layer, inputs=(*other.inputs, port)) if other.name == name else other
        for other in (*block.graph.nodes, Node(port, Input()))
    ]
    return block.changed(graph=Graph(tuple(nodes)).ordered())


def _same(finding: Finding, node: str, other: Finding) -> bool:
    return finding.node == node and finding.rule == other.rule


def _sizes(graph: Graph, name: str, block: Block, entering: Inputs) -> Edits:
    """The block's sizes as what comes in, or what comes in as the block's sizes: an identity skip needs that."""
    port, came = next(iter(entering.items()), ("", ()))
    if not came or content(came) != "numbers":
        return
    channels = came[0] if len(came) > 2 else came[-1]
    sizes = {
        value: get(block.graph[node].layer, setting)
        for node, setting, value in block.lifted
        if setting.split(".")[-1] in _SIZES or setting == f"settings.{value}"
    }
    for value, size in sizes.items():
        if isinstance(size, int) and not isinstance(size, bool) and size != channels:
            try:
                yield f"Set {value} to {channels}", edit.set_layer(graph, name, block.setting(**{value: channels}))
            except ValueError:
                continue
    for size in dict.fromkeys(sizes.values()):
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 65536 or size == channels:
            continue
        one = _ONES.get(len(came))
        layers = [Linear(out_features=size)] if len(came) <= 2 else []
        bridge: Layer | None = (
            one(**{"out_channels": size, "kernel_size": 1}) if one is not None and len(came) > 2 else None
        )
        for layer in [*layers, *([bridge] if bridge is not None else [])]:
            title = f"Insert {'1×1 ' if layer is bridge else ''}{layer.kind()} ({size}) before `{name}`"
            yield title, edit.insert(graph, graph[name].inputs[0], name, layer)
