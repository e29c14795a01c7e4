"""A walk over a graph: one node after the other, each rule told where it is broken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.shape import Flags, Shape
from dlviz.layers.input import Input
from dlviz.layers.layer import Layer, check_dimensions, fits
from dlviz.network.block import Block
from dlviz.network.examination import Examination, Finding
from dlviz.network.facts import Facts, Step, composed, facts
from dlviz.network.field import Effect, effect, merged
from dlviz.network.flow import Flow
from dlviz.network.graph import Graph, Node
from dlviz.network.limits import is_huge, too_large
from dlviz.network.padding import misread, padding_after
from dlviz.network.report import NetworkProblem, NodeReport, Report
from dlviz.network.wires import count_message, in_order, result_of


@lru_cache(maxsize=4096)
def within(graph: Graph, ports: tuple[Flow, ...]) -> Examination:
    """The walk over one copy of a block's inner graph, into whose Inputs these flow, in order."""
    entries = [node.name for node in graph.nodes if isinstance(node.layer, Input)]
    entering = dict(zip(entries, ports, strict=False))
    return walked(graph, entering, None, [], {name: name for name in entries})


def copies(block: Block, ports: tuple[Flow, ...]) -> list[Examination]:
    """The walks over a block's copies, one after the other, up to the first that gives nothing."""
    seen: list[Examination] = []
    graph = block.wired(len(ports))
    for _ in range(block.repeat):
        seen.append(within(graph, ports))
        result = seen[-1].flows.get(seen[-1].output)
        if result is None:
            break
        ports = (result, *ports[1:])
    return seen


def walked(
    graph: Graph, entering: Mapping[str, Flow], output: Shape | None, findings: list[Finding], fields: dict[str, str]
) -> Examination:
    nodes = {node.name: node for node in graph.nodes}
    if len(nodes) < len(graph.nodes):
        twice = sorted({node.name for node in graph.nodes if sum(n.name == node.name for n in graph.nodes) > 1})
        findings.append(Finding("", "twice", f"Each layer needs a name of its own. Used twice: {', '.join(twice)}."))
    walk = _Walk(nodes, entering, findings)
    for node in in_order(nodes, findings):
        walk.reports[node.name] = walk.visit(node)
    reports = {name: walk.reports.get(name, NodeReport(name)) for name in nodes}
    result = result_of(graph, reports, output, findings)
    whole, kept = composed(list(entering), walk.steps, result)
    for name, number in kept.items():
        if number:
            reports[name] = replace(reports[name], activations=number)
    return Examination(reports, tuple(findings), result, fields, walk.flows, whole)


def _in_a_row(seen: list[Examination], ports: int) -> Facts:
    """The facts of a block's copies as one: the first port flows through all, further ports feed each."""
    if len(seen) == 1:
        return seen[0].facts
    entries = [f"port {place}" for place in range(ports)]
    steps = [
        Step(
            f"copy {number}",
            one.facts,
            (f"copy {number - 1}" if number else entries[0], *entries[1:]),
            math.prod(one.flows[one.output].shape),
        )
        for number, one in enumerate(seen)
    ]
    return composed(entries, steps, steps[-1].name)[0]


class _Walk:
    """A walk under way: what is known of the nodes visited so far."""

    def __init__(self, nodes: Mapping[str, Node], entering: Mapping[str, Flow], findings: list[Finding]) -> None:
        self.nodes, self.entering, self.findings = nodes, entering, findings
        self.reports: dict[str, NodeReport] = {}
        self.flows: dict[str, Flow] = {}
        self.steps: list[Step] = []

    def tell(self, node: str, rule: str, message: str) -> None:
        self.findings.append(Finding(node, rule, message))

    def visit(self, node: Node) -> NodeReport:
        """One node, all of whose inputs have been visited."""
        name, layer = node.name, node.layer
        missing = [source for source in node.inputs if source not in self.nodes]
        for source in missing:
            self.tell(name, "dangling", f"There is no layer `{source}` to read. {nearest(source, self.nodes)}")
        if isinstance(layer, Input) and not node.inputs:
            return self._entry(name)
        least, most = layer.inputs
        if not missing and not least <= len(node.inputs) <= (most if most is not None else len(node.inputs)):
            self.tell(name, "count", count_message(node))
            return NodeReport(name)
        flows = tuple(self.flows[source] for source in node.inputs if source in self.flows)
        known = tuple(flow.shape for flow in flows)
        if len(known) < len(node.inputs):
            return NodeReport(name, known)  # the cause stands at an earlier node
        if _is_auto(layer):
            self.tell(
                name, "auto", "`auto` takes its size from the task, and this network's result is free. Set a size."
            )
            return NodeReport(name, known)
        found, inner, ends = self._block(name, layer, flows) if isinstance(layer, Block) else self._layer(layer, flows)
        if found.fault:
            rule = "content" if not fits(layer, known) else "dimensions" if _wrong_dimensions(node, known) else "layer"
            self.tell(name, rule, found.fault)
        if ends is None:
            return NodeReport(name, known, inner=inner)
        if wide := too_large(found.parameters, ends.shape):
            self.tell(name, "size", wide)
            if is_huge(ends.shape):
                return NodeReport(name, known, inner=inner)  # what follows would be too large, for this reason
        if not isinstance(layer, Block) and (broken := misread(layer, flows, ends)):
            self.tell(name, *broken)
        self.flows[name] = ends
        self.steps.append(Step(name, found, node.inputs, math.prod(ends.shape)))
        field = None if ends.field is None else ends.field.pixels
        return NodeReport(
            name,
            known,
            ends.shape,
            found.parameters,
            found.flops,
            field=field,
            padded=ends.padding is not None,
            inner=inner,
        )

    def _entry(self, name: str) -> NodeReport:
        flow = self.entering.get(name)
        if flow is None:
            return NodeReport(name)
        self.flows[name] = flow
        field = None if flow.field is None else flow.field.pixels
        return NodeReport(name, (), flow.shape, field=field, padded=flow.padding is not None)

    def _layer(self, layer: Layer, flows: tuple[Flow, ...]) -> tuple[Facts, None, Flow | None]:
        fields = [flow.field for flow in flows if flow.field is not None]
        field = (fields[0] if len(fields) == 1 else merged(fields)) if fields else None
        found, change = _measured(layer, tuple([flow.shape for flow in flows]), field.axes if field else ())
        if found.shape is None:
            return found, None, None
        if field is not None and change is not None:
            field = change.on(field)
        if isinstance(found.shape, Flags):
            field = None
        padding = padding_after(layer, flows, found.shape)
        if (
            len(flows) == 1
            and flows[0].shape == found.shape
            and flows[0].padding == padding
            and flows[0].field is field
        ):
            return found, None, flows[0]
        return found, None, Flow(found.shape, padding, field)

    def _block(self, name: str, block: Block, flows: tuple[Flow, ...]) -> tuple[Facts, Report | None, Flow | None]:
        """All copies of a block as one layer. What is wrong inside is told at the inner node."""
        shapes = tuple(flow.shape for flow in flows)
        try:
            check_dimensions(block, *shapes)
        except WrongInput as error:
            return Facts(fault=str(error)), None, None
        seen = copies(block, flows)
        inner = Report(
            seen[0].nodes, tuple(NetworkProblem(finding.node, finding.message) for finding in seen[0].findings)
        )
        for number, one in enumerate(seen, 1):
            for finding in one.findings:
                message = finding.message if number == 1 else f"In copy {number} of {block.repeat}: {finding.message}"
                way = f"{name}.{finding.node}" if finding.node else name
                self.findings.append(replace(finding, node=way, message=message))
            if one.findings:
                break
        ends = seen[-1].flows.get(seen[-1].output)
        if len(seen) < block.repeat or ends is None:
            return Facts(), inner, None
        return _in_a_row(seen, len(flows)), inner, ends


@lru_cache(maxsize=16384)
def _measured(layer: Layer, shapes: tuple[Shape, ...], axes: tuple[int, ...]) -> tuple[Facts, Effect | None]:
    """What a layer does to shapes, and to a field with places along `axes`."""
    found = facts(layer, shapes)
    if found.shape is None or not axes:
        return found, None
    return found, effect(layer, shapes[0], found.shape, axes)


def _is_auto(layer: Layer) -> bool:
    return any(getattr(layer, name) == "auto" for name in _sizes(type(layer)))


@cache
def _sizes(kind: type[Layer]) -> tuple[str, ...]:
    return tuple(name for name in ("out_features", "out_channels") if name in kind.model_fields)


def _wrong_dimensions(node: Node, shapes: tuple[Shape, ...]) -> bool:
    return bool(node.layer.dimensions) and any(len(shape) not in node.layer.dimensions for shape in shapes)
