"""What a graph's code is made of, before it is written: the call behind each node, each copy of each block."""

from __future__ import annotations

import builtins
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dlviz.core.shape import Shape
from dlviz.layers.input import Input
from dlviz.layers.layer import Layer, WeightedLayer
from dlviz.network.block import Block, frozen
from dlviz.network.code_modules import is_torch, known_modules
from dlviz.network.examination import Examination
from dlviz.network.flow import Flow
from dlviz.network.graph import Graph, Node
from dlviz.network.read_layers import INFERRED, is_whole, layer_entry
from dlviz.network.read_notes import Notes
from dlviz.network.read_values import Made, Param
from dlviz.network.walk import copies


@cache
def taken_names() -> frozenset[str]:
    """Names that the lines of an `__init__` use themselves: no setting can be an argument under one of them."""
    return frozenset(
        ["self", "torch", "nn", "Tensor", *dir(builtins), *(module.__name__ for module in known_modules().values())]
    )


#: An argument in the code of a graph: (node, copy, argument).
Slot = tuple[str, int, str]


@dataclass(frozen=True)
class Line:
    """One node that is no Input: what is called to make it. `lifted`: argument → the block's setting it takes.
    `mark`: what the call alone does not say of the drawing."""

    node: Node
    arguments: dict[str, Any]
    lifted: dict[str, str]
    mark: dict[str, Any]
    inner: tuple[Copy, ...] = ()


@dataclass(frozen=True)
class Copy:
    """A graph at one place of the network: the whole, or one copy of a block. `drawn` is it as it was drawn, `wired`
    with the sizes filled in and without the ports that nothing enters."""

    drawn: Graph
    wired: Graph
    seen: Examination
    lines: tuple[Line, ...]
    block: Block | None = None
    flows: tuple[Flow, ...] = ()
    key: Hashable = field(default=None, compare=False)

    def blocks(self) -> Iterator[Copy]:
        """All copies of blocks inside, the innermost first."""
        for line in self.lines:
            for one in line.inner:
                yield from one.blocks()
                yield one

    def modules(self) -> Iterator[Layer]:
        for line in self.lines:
            if line.inner:
                for one in line.inner:
                    yield from one.modules()
            else:
                yield line.node.layer

    def line(self, name: str) -> Line:
        return next(line for line in self.lines if line.node.name == name)


def planned(
    drawn: Graph, wired: Graph, seen: Examination, block: Block | None = None, flows: tuple[Flow, ...] = ()
) -> Copy:
    """The plan of a faultless graph and of all blocks in it."""
    drawn = drawn.ordered()
    lines = tuple(
        _line(node, drawn[node.name].layer, seen, block)
        for node in wired.ordered().nodes
        if not isinstance(node.layer, Input)
    )
    order = tuple((node.name, node.inputs, frozen(_port(node))) for node in drawn.nodes)
    read = tuple((node.name, node.inputs) for node in wired.nodes)
    own = (block.title, tuple(block.lifted), tuple(name for name, _ in block.values)) if block is not None else ()
    key = (own, order, read, tuple(_key(line) for line in lines))
    return Copy(drawn, wired, seen, lines, block, flows, key)


def planned_block(block: Block, drawn: Block, flows: tuple[Flow, ...]) -> tuple[Copy, ...]:
    """The plans of a block's copies, one after the other. Where something in it is wrong, those before."""
    made = []
    for seen in copies(block, flows):
        if seen.findings:
            break
        made.append(planned(drawn.graph, block.wired(len(flows)), seen, drawn, flows))
        flows = (seen.flows[seen.output], *flows[1:])
    return tuple(made)


def _line(node: Node, drawn: Layer, seen: Examination, block: Block | None) -> Line:
    lifted = {setting: name for inner, setting, name in (block.lifted if block else ()) if inner == node.name}
    layer = node.layer
    if isinstance(layer, Block):
        assert isinstance(drawn, Block)
        inner = planned_block(layer, drawn, tuple(seen.flows[source] for source in node.inputs))
        own = {name.removeprefix("settings."): value for name, value in lifted.items() if name != "repeat"}
        mark = {"repeat": f"${lifted['repeat']}"} if "repeat" in lifted else {}
        return Line(node, {}, own, mark, inner)
    arguments = layer.arguments(*seen.nodes[node.name].inputs)
    sizes = arguments.get("normalized_shape")
    if isinstance(sizes, (list, tuple)) and len(sizes) == 1:
        arguments["normalized_shape"] = sizes[0]  # `nn.LayerNorm(64)`
    return Line(node, arguments, lifted, _mark(drawn, layer, arguments, lifted))


def _mark(drawn: Layer, layer: Layer, arguments: dict[str, Any], lifted: dict[str, str]) -> dict[str, Any]:
    """The settings that reading the call would not give back."""
    module = layer.module
    known = {
        name: Param(lifted[name], value) if lifted.get(name, "self") not in taken_names() else value
        for name, value in arguments.items()
    }
    init = layer.init if isinstance(layer, WeightedLayer) else "default"
    made = Made(module.__name__, (), known, init=init, module=None if is_torch(module) else module)
    said = layer_entry(made, Notes()) or {}
    usual = {name: info.get_default() for name, info in type(layer).model_fields.items()}
    wanted = {**drawn.model_dump(mode="json"), **{setting: f"${name}" for setting, name in lifted.items()}}
    return {name: value for name, value in wanted.items() if frozen(said.get(name, usual.get(name))) != frozen(value)}


def is_setting(line: Line, argument: str, value: Any) -> bool:
    """Whether reading an argument gives a setting, in place of a size that dlviz infers."""
    fields = type(line.node.layer).model_fields
    return argument in fields and argument not in INFERRED and not (argument == "normalized_shape" and is_whole(value))


def _port(node: Node) -> tuple[Any, ...]:
    return (node.layer.field,) if isinstance(node.layer, Input) else ()


def _key(line: Line) -> Hashable:
    """What two nodes have in common that one line of a class can stand for."""
    layer, mark = line.node.layer, tuple(sorted((name, frozen(value)) for name, value in line.mark.items()))
    lifted = tuple(sorted(line.lifted.items()))
    if isinstance(layer, Block):
        return (line.node.name, tuple(one.key for one in line.inner), lifted, mark)
    init = layer.init if isinstance(layer, WeightedLayer) else ""
    learns = bool(getattr(layer, "bias", False)) and init != "default"  # then its bias is set by a line of its own
    return (line.node.name, layer.kind(), layer.module, tuple(line.arguments), lifted, init, learns, mark)


def doubled(flow: Flow, axis: int) -> Flow:
    """What flows, with twice as many numbers along one direction."""
    sizes: Shape = flow.shape
    if type(sizes) is not tuple or not sizes:
        return flow
    place = axis % len(sizes)
    return Flow((*sizes[:place], 2 * sizes[place], *sizes[place + 1 :]), flow.padding)
