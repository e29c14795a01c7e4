"""The walk over a graph: what each node gives, and every rule that is broken. Remedies come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dlviz.core.problems import nearest
from dlviz.layers.input import Input
from dlviz.layers.layer import described, fits, shown
from dlviz.network.facts import Facts, facts
from dlviz.network.graph import Graph, Node
from dlviz.network.report import NodeReport, Shape

#: More learned numbers in one layer than any machine this runs on could train.
MOST_PARAMETERS = 10**9
#: More numbers for one example than would fit in memory with its batch.
MOST_NUMBERS = 10**9


@dataclass(frozen=True)
class Finding:
    """A broken rule at a node ("" for the network as a whole). `rule` names it, for the remedies."""

    node: str
    rule: str
    message: str


@dataclass(frozen=True)
class Examination:
    """What the walk saw: the nodes by name, what is wrong, the node whose result is the network's, and what each
    Input node takes."""

    nodes: dict[str, NodeReport]
    findings: tuple[Finding, ...]
    output: str
    fields: dict[str, str]


def examine(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> Examination:
    """Walk the graph. Never raises: what is wrong becomes a finding."""
    findings: list[Finding] = []
    if not graph.nodes:
        return Examination(
            {}, (Finding("", "empty", "The network has no layers yet. It begins with an Input."),), "", {}
        )
    sized = graph if output is None else graph.sized(output[0] if output else 1)
    nodes = {node.name: node for node in sized.nodes}
    if len(nodes) < len(sized.nodes):
        twice = sorted({node.name for node in sized.nodes if sum(n.name == node.name for n in sized.nodes) > 1})
        findings.append(Finding("", "twice", f"Each layer needs a name of its own. Used twice: {', '.join(twice)}."))
    fields = _fields(sized, inputs, findings)
    reports: dict[str, NodeReport] = {}
    known: dict[str, Facts] = {}
    for node in _ordered(nodes, findings):
        reports[node.name] = _visit(node, nodes, reports, inputs, fields, findings, known)
    for name, number in _kept(nodes, reports, known).items():
        reports[name] = replace(reports[name], activations=number)
    reports = {name: reports.get(name, NodeReport(name)) for name in nodes}
    result = _output(sized, reports, output, findings)
    return Examination(reports, tuple(findings), result, fields)


def _fields(graph: Graph, inputs: Mapping[str, Shape], findings: list[Finding]) -> dict[str, str]:
    """Which input of the data each Input node takes."""
    entries = {node.name: node.layer.field for node in graph.nodes if isinstance(node.layer, Input)}
    if not entries:
        findings.append(Finding("", "no input", "No example can enter: the network has no Input."))
    fields: dict[str, str] = {}
    for name, field in entries.items():
        if field in inputs:
            fields[name] = field
        elif field:
            findings.append(
                Finding(name, "field", f"The data has no input `{field}`. {nearest(field, inputs)}".strip())
            )
    for name in (name for name, field in entries.items() if not field):
        free = [known for known in inputs if known not in fields.values()]
        if free:
            fields[name] = free[0]
        else:
            has = f"{len(inputs)} input{'s' if len(inputs) != 1 else ''} ({', '.join(inputs) or 'none'})"
            findings.append(Finding(name, "field", f"The data has {has}, and other Inputs take them already."))
    return fields


def _ordered(nodes: Mapping[str, Node], findings: list[Finding]) -> list[Node]:
    """Each node after its inputs, otherwise as given; nodes on a circle are left out and told."""
    order: list[Node] = []
    done: set[str] = set()
    waiting = list(nodes.values())
    while waiting:
        ready = []
        for node in waiting:
            if all(source in done or source not in nodes for source in node.inputs):
                ready.append(node)
                done.add(node.name)
        if not ready:
            names = ", ".join(node.name for node in waiting)
            findings.append(
                Finding(
                    waiting[0].name, "circle", f"Data must flow one way. These layers wait for each other: {names}."
                )
            )
            break
        order += ready
        waiting = [node for node in waiting if node.name not in done]
    return order


def _visit(
    node: Node,
    nodes: Mapping[str, Node],
    reports: Mapping[str, NodeReport],
    inputs: Mapping[str, Shape],
    fields: Mapping[str, str],
    findings: list[Finding],
    measured: dict[str, Facts],
) -> NodeReport:
    """One node, all of whose inputs have been visited."""
    name, layer = node.name, node.layer
    missing = [source for source in node.inputs if source not in nodes]
    for source in missing:
        findings.append(Finding(name, "dangling", f"There is no layer `{source}` to read. {nearest(source, nodes)}"))
    if isinstance(layer, Input) and not node.inputs:
        shape = inputs.get(fields.get(name, ""))
        return NodeReport(name, (), shape)
    least, most = layer.inputs
    if not missing and not least <= len(node.inputs) <= (most if most is not None else len(node.inputs)):
        findings.append(Finding(name, "count", _count_message(node)))
        return NodeReport(name)
    shapes = [reports[source].shape if source in reports else None for source in node.inputs]
    known = tuple(shape for shape in shapes if shape is not None)
    if len(known) < len(shapes):
        return NodeReport(name, known)  # the cause stands at an earlier node
    if _is_auto(node):
        findings.append(
            Finding(name, "auto", "`auto` takes its size from the task, and this network's result is free. Set a size.")
        )
        return NodeReport(name, known)
    found = facts(layer, known)
    if found.shape is None:
        rule = "content" if not fits(layer, known) else "dimensions" if _wrong_dimensions(node, known) else "layer"
        findings.append(Finding(name, rule, found.fault))
        return NodeReport(name, known)
    if found.parameters > MOST_PARAMETERS:
        findings.append(
            Finding(
                name,
                "size",
                f"A layer should learn at most {MOST_PARAMETERS:,} numbers. This one would learn "
                f"{found.parameters:,} ({found.parameters * 4 / 2**30:,.0f} GiB).",
            )
        )
    elif _numbers(found.shape) > MOST_NUMBERS:
        findings.append(
            Finding(
                name,
                "size",
                f"A layer should give at most {MOST_NUMBERS:,} numbers for one example. This one gives "
                f"{shown(found.shape)} = {_numbers(found.shape):,}.",
            )
        )
        return NodeReport(name, known)  # what follows would be too large as well, for this reason
    measured[name] = found
    return NodeReport(name, known, found.shape, found.parameters, found.flops)


def _kept(
    nodes: Mapping[str, Node], reports: Mapping[str, NodeReport], measured: Mapping[str, Facts]
) -> dict[str, int]:
    """How many numbers each node leaves in memory for the backward pass of one example: its own, and its result
    where it or a reader keeps that. A view's numbers are those of the node that made them; the data's count not."""
    maker: dict[str, str] = {}
    kept: set[str] = set()
    for name, found in measured.items():
        sources = [maker.get(source, source) for source in nodes[name].inputs]
        maker[name] = name if found.view_of is None else sources[found.view_of]
        kept.update(source for source, keeps in zip(sources, found.keeps_inputs, strict=True) if keeps)
        if found.keeps_result:
            kept.add(maker[name])
    return {
        name: found.own + (_numbers(reports[name].shape or ()) if name in kept else 0)
        for name, found in measured.items()
    }


def _count_message(node: Node) -> str:
    least, most = node.layer.inputs
    came = len(node.inputs)
    if most == 0:
        return f"{node.layer.kind()} is where an example enters, so it reads no other layer. Received: {came}."
    if least == most:
        wanted = "one input" if least == 1 else f"{least} inputs"
    else:
        wanted = f"at least {least} inputs" if most is None else f"{least} to {most} inputs"
    read = f"{came}: {', '.join(node.inputs)}" if came else "none"
    return f"{node.layer.kind()} takes {wanted}. Received: {read}."


def _is_auto(node: Node) -> bool:
    return any(
        getattr(node.layer, name) == "auto" for name in ("out_features", "out_channels") if hasattr(node.layer, name)
    )


def _wrong_dimensions(node: Node, shapes: tuple[Shape, ...]) -> bool:
    return bool(node.layer.dimensions) and any(len(shape) not in node.layer.dimensions for shape in shapes)


def _numbers(shape: Shape) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def _output(graph: Graph, reports: Mapping[str, NodeReport], output: Shape | None, findings: list[Finding]) -> str:
    """The node whose result is the network's: the last that none reads, preferring one of the wanted shape."""
    ends = [node.name for node in graph.outputs()]
    if not ends:
        return ""  # a circle, told already
    fitting = [name for name in ends if output is not None and reports[name].shape == tuple(output)]
    result = (fitting or ends)[-1]
    for name in ends:
        if name != result:
            findings.append(
                Finding(
                    name,
                    "unread",
                    f"A network gives one result, here that of `{result}`. Nothing reads what `{name}` gives.",
                )
            )
    shape = reports[result].shape
    if output is not None and shape is not None and shape != tuple(output):
        findings.append(
            Finding(
                result,
                "output",
                f"The task needs {described(tuple(output))} for each example. Received from the last layer: "
                f"{described(shape)}.",
            )
        )
    return result
