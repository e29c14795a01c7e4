"""Remedies: edits that would mend a problem. Each is tried before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlviz.network import mend_blocks, mend_layers, mend_padding, mend_shapes, mend_steps, mend_wiring
from dlviz.network.examination import Examination, Finding
from dlviz.network.examine import examine
from dlviz.network.graph import Graph
from dlviz.network.report import Remedy, Shape

#: As many buttons as a person reads.
MOST = 4
#: As many edits as are tried for one problem.
_TRIED = 16

#: An edit that may mend: what a button would say, and the graph after it.
Candidate = tuple[str, Graph]

_CURES = {
    "empty": mend_wiring.empty,
    "twice": mend_wiring.twice,
    "no input": mend_wiring.no_input,
    "field": mend_wiring.field,
    "circle": mend_wiring.circle,
    "dangling": mend_wiring.dangling,
    "count": mend_wiring.count,
    "unread": mend_wiring.unread,
    "dimensions": mend_shapes.dimensions,
    "output": mend_shapes.output,
    "content": mend_steps.content,
    "mask": mend_steps.mask,
    "zero": mend_padding.zero,
    "counts": mend_padding.counts,
    "layer": mend_layers.layer,
    "size": mend_layers.size,
    "auto": mend_layers.auto,
}


def remedies(
    graph: Graph, inputs: Mapping[str, Shape], output: Shape | None, seen: Examination, finding: Finding
) -> tuple[Remedy, ...]:
    """Edits after which `finding` is gone from its node and no more problems stand than before at what could be
    examined before; those that leave the fewest come first, and of those the ones whose own layers are
    sound. What comes to light behind a problem is no fault of its remedy."""
    others = tuple(other for other in seen.findings if other != finding)
    before = _known(graph, seen, others) + 1
    proved: list[tuple[tuple[int, int], Remedy]] = []

    def prove(title: str, edited: Graph) -> None:
        if edited == graph or any(edited == remedy.graph for _, remedy in proved):
            return
        after = examine(edited, inputs, output).findings
        if _known(graph, seen, after) <= before and not any(_same(finding, other) for other in after):
            added = sum(other.node.partition(".")[0] not in graph for other in after)
            proved.append(((len(after) + _swaps(graph, edited, finding.node), added), Remedy(title, edited)))

    for title, edited in _candidates(graph, inputs, output, seen, finding):
        prove(title, edited)
    if not proved and (name := finding.node.partition(".")[0]) in graph:  # however many were tried in vain
        prove(f"Remove `{name}`", mend_wiring.removed(graph, name))
    proved.sort(key=lambda pair: pair[0])
    return tuple(remedy for _, remedy in proved[:MOST])


def _swaps(graph: Graph, edited: Graph, name: str) -> bool:
    """Whether an edit puts another merge in the place of one: that is another network, so it comes later."""
    if name not in graph or name not in edited or graph[name].layer.group != "merge":
        return False
    return type(graph[name].layer) is not type(edited[name].layer)


def _same(finding: Finding, other: Finding) -> bool:
    # a wrong output moves to whatever is added at the end, and is still the same problem; another circle is another one
    moved = other.node == finding.node or finding.rule == "output"
    return other.rule == finding.rule and moved and (finding.rule != "circle" or other.message == finding.message)


def _known(graph: Graph, seen: Examination, findings: tuple[Finding, ...]) -> int:
    """How many of the findings are at nodes that gave something in `seen`, or at new ones."""
    blind = {node.name for node in graph.nodes if node.name not in seen.flows}
    return sum(finding.node.partition(".")[0] not in blind for finding in findings)


def _candidates(
    graph: Graph, inputs: Mapping[str, Shape], output: Shape | None, seen: Examination, finding: Finding
) -> Iterator[Candidate]:
    """The first few edits for such a problem; one that cannot be made ends the list."""
    tried = _cures(graph, inputs, output, seen, finding)
    for _ in range(_TRIED):
        try:
            yield next(tried)
        except StopIteration:
            return
        except Exception:  # a layer's own proposals, perhaps of another package, must not end the whole report
            return


def _cures(
    graph: Graph, inputs: Mapping[str, Shape], output: Shape | None, seen: Examination, finding: Finding
) -> Iterator[Candidate]:
    if "." in finding.node:
        return mend_blocks.inside(graph, inputs, output, seen, finding, _cures)
    return _CURES[finding.rule](graph, inputs, output, seen, finding)
