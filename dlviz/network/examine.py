"""Examining a whole network: what each node gives, and every rule that is broken. Remedies come later."""

from __future__ import annotations

from collections.abc import Mapping

from dlviz.core.shape import Shape
from dlviz.network.examination import Examination, Finding
from dlviz.network.flow import Flow
from dlviz.network.graph import Graph
from dlviz.network.walk import walked
from dlviz.network.wires import fields_of


def examine(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> Examination:
    """Walk the graph. Never raises: what is wrong becomes a finding; one inside a block bears the way to it
    (`stage1.conv1`)."""
    findings: list[Finding] = []
    if not graph.nodes:
        return Examination(
            {}, (Finding("", "empty", "The network has no layers yet. It begins with an Input."),), "", {}
        )
    sized = graph if output is None else graph.sized(output)
    fields = fields_of(sized, inputs, findings)
    entering = {name: Flow.of(inputs[field]) for name, field in fields.items()}
    return walked(sized, entering, output, findings, fields)
