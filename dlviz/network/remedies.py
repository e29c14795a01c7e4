"""Remedies: edits that would mend a problem. Each is tried before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlviz.network.examine import Examination, Finding, examine
from dlviz.network.graph import Graph
from dlviz.network.report import Remedy, Shape

#: As many buttons as a person reads.
_MOST = 4
Candidate = tuple[str, Graph]


def remedies(
    graph: Graph, inputs: Mapping[str, Shape], output: Shape | None, seen: Examination, finding: Finding
) -> tuple[Remedy, ...]:
    """Edits that make `finding` go away at its node and leave no more problems than before, best first."""
    proved: list[Remedy] = []
    for title, edited in _candidates(graph, output, seen, finding):
        if len(proved) < _MOST and all(edited != remedy.graph for remedy in proved):
            if _mends(edited, inputs, output, seen, finding):
                proved.append(Remedy(title, edited))
    return tuple(proved)


def _mends(
    edited: Graph, inputs: Mapping[str, Shape], output: Shape | None, seen: Examination, finding: Finding
) -> bool:
    after = examine(edited, inputs, output).findings
    return len(after) <= len(seen.findings) and not any(
        (other.node, other.rule) == (finding.node, finding.rule) for other in after
    )


def _candidates(graph: Graph, output: Shape | None, seen: Examination, finding: Finding) -> Iterator[Candidate]:
    yield from ()
