"""The wires of a graph: which data enters where, the order of flow, circles, and the node whose result counts."""

from __future__ import annotations

from collections.abc import Mapping

from dlviz.core.problems import nearest
from dlviz.core.shape import Shape, fits
from dlviz.layers.input import Input
from dlviz.layers.layer import described
from dlviz.network.examination import Finding
from dlviz.network.graph import Graph, Node
from dlviz.network.report import NodeReport


def fields_of(graph: Graph, inputs: Mapping[str, Shape], findings: list[Finding]) -> dict[str, str]:
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


def in_order(nodes: Mapping[str, Node], findings: list[Finding]) -> list[Node]:
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
            circle = _circle(waiting)
            way = " → ".join(f"`{name}`" for name in [*circle, circle[0]])
            message = f"Data must flow one way. These layers form a circle: {way}."
            findings.append(Finding(circle[0], "circle", message, tuple(circle)))
            break
        order += ready
        waiting = [node for node in waiting if node.name not in done]
    return order


def _circle(waiting: list[Node]) -> list[str]:
    """The nodes of one circle in the order of flow, that which stands first in the list leading. Each of `waiting`
    reads another of them."""
    reads = {node.name: node for node in waiting}
    way: list[str] = [waiting[0].name]
    while (source := next(name for name in reads[way[-1]].inputs if name in reads)) not in way:
        way.append(source)
    circle = way[way.index(source) :][::-1]
    first = circle.index(next(name for name in reads if name in circle))
    return circle[first:] + circle[:first]


def count_message(node: Node) -> str:
    least, most = node.layer.inputs
    came = len(node.inputs)
    if most == 0:
        return f"{node.layer.called()} is where an example enters, so it reads no other layer. Received: {came}."
    if least == most:
        wanted = "one input" if least == 1 else f"{least} inputs"
    else:
        wanted = f"at least {least} inputs" if most is None else f"{least} to {most} inputs"
    read = f"{came}: {', '.join(node.inputs)}" if came else "none"
    return f"{node.layer.called()} takes {wanted}. Received: {read}."


def result_of(graph: Graph, reports: Mapping[str, NodeReport], output: Shape | None, findings: list[Finding]) -> str:
    """The node whose result is the network's: the last that none reads, preferring one of the wanted shape."""
    ends = [node.name for node in graph.outputs()]
    if not ends:
        return ""  # a circle, told already
    fitting = [name for name in ends if output is not None and fits(reports[name].shape, tuple(output))]
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
    if output is not None and shape is not None and not fits(shape, tuple(output)):
        findings.append(
            Finding(
                result,
                "output",
                f"The task needs {described(tuple(output))} for each example. Received from the last layer: "
                f"{described(shape)}.",
            )
        )
    return result
