"""What is known of one network: its report, and its problems at their nodes, also where the document is not sound."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dlviz.core.problems import Problem, Problems
from dlviz.ui.board.entries import Entries, Entry, explicit, inside, names

if TYPE_CHECKING:
    from dlviz.network.graph import Graph
    from dlviz.network.report import NodeReport, Report
    from dlviz.tasks.task import Role


@dataclass(frozen=True)
class Mend:
    """What mends a problem: the words on its button, and the network after it."""

    title: str
    graph: Graph

    @property
    def entries(self) -> Entries:
        """That network's entries; made when asked for, since few remedies are chosen and many are remembered."""
        return explicit(self.graph.document(brief=True))


@dataclass(frozen=True)
class Fault:
    """What is wrong at a node: its path inside the network (`stage1.conv1`; "" for the network), in a sentence.
    `mends` is None where nobody has looked for remedies yet."""

    node: str
    message: str
    mends: tuple[Mend, ...] | None = None


@dataclass(frozen=True)
class Known:
    """A network as far as it is known. `nodes` and `inner` by path inside the network."""

    report: Report
    nodes: Mapping[str, NodeReport]
    faults: tuple[Fault, ...] = field(default=())


def known(entries: Entries, role: Role) -> Known:
    """Never raises on a bad network; asked again for the same one, it answers at once. Where nodes are drawn and which
    blocks are open plays no part. Remedies are not looked for: shapes need not wait for them."""
    return _known(_text(entries), tuple(role.inputs.items()), role.output)


def faults(entries: Entries, role: Role) -> tuple[Fault, ...]:
    """The problems of a network with their remedies."""
    return _faults(_text(entries), tuple(role.inputs.items()), role.output)


def _text(entries: Entries) -> str:
    return json.dumps(_plain(entries), separators=(",", ":"))


def _plain(entries: Entries) -> Entries:
    """Without what changes nothing that is known."""
    plain = []
    for entry in entries:
        if "at" in entry or "nodes" in entry:
            entry = {key: value for key, value in entry.items() if key not in ("at", "open")}
            if inside(entry):
                entry["nodes"] = _plain(inside(entry))
        plain.append(entry)
    return plain


@lru_cache(maxsize=64)
def _known(text: str, inputs: tuple[tuple[str, tuple[int, ...]], ...], output: tuple[int, ...] | None) -> Known:
    from dlviz.network.graph import Graph
    from dlviz.network.shapes import infer

    entries: Entries = json.loads(text)
    problems = Problems()
    graph = Graph.parse(entries, "network", problems) if entries else Graph()
    if graph is None:
        return _in_part(entries, problems, dict(inputs))
    report = infer(graph, dict(inputs), output, mending=False)
    found = tuple(Fault(problem.node, problem.message) for problem in report.problems)
    return Known(report, dict(_reports(report, "")), found)


@lru_cache(maxsize=64)
def _faults(
    text: str, inputs: tuple[tuple[str, tuple[int, ...]], ...], output: tuple[int, ...] | None
) -> tuple[Fault, ...]:
    from dlviz.network.graph import Graph
    from dlviz.network.shapes import infer

    entries: Entries = json.loads(text)
    graph = Graph.parse(entries, "network", Problems()) if entries else Graph()
    if graph is None:  # what is wrong with the document itself has no remedy but the hand that wrote it
        return tuple(replace(fault, mends=()) for fault in _known(text, inputs, output).faults)
    return tuple(
        Fault(problem.node, problem.message, tuple(Mend(each.title, each.graph) for each in problem.remedies))
        for problem in infer(graph, dict(inputs), output).problems
    )


def _reports(report: Report, above: str) -> Iterator[tuple[str, NodeReport]]:
    """Every node by its path, the inside of blocks too."""
    for name, node in report.nodes.items():
        yield f"{above}{name}", node
        if node.inner is not None:
            yield from _reports(node.inner, f"{above}{name}.")


def _in_part(entries: Entries, problems: Problems, inputs: dict[str, tuple[int, ...]]) -> Known:
    """Of a document with faults: the faults, and the shapes of what none of them touches."""
    from dlviz.network.examine import examine
    from dlviz.network.report import Report

    faults = [_fault(problem, entries) for problem in problems]
    graph = _sound(entries, {fault.node.partition(".")[0] for fault in faults})
    seen = examine(graph, inputs, None) if len(graph) else None
    reports = dict(seen.nodes) if seen is not None else {}
    return Known(Report(reports), reports, tuple(faults))


def _sound(entries: Entries, faulty: set[str]) -> Graph:
    """The nodes that neither are faulty nor read, by however many steps, a node that is."""
    from dlviz.network.graph import Graph

    left = {entry["name"]: entry for entry in entries if entry["name"] not in faulty}
    while touched := [name for name, entry in left.items() if any(source not in left for source in entry["inputs"])]:
        for name in touched:
            del left[name]
    graph = Graph.parse(list(left.values()), "network", Problems()) if left else None
    return graph if graph is not None else Graph()


def _fault(problem: Problem, entries: Entries) -> Fault:
    """A problem of the document at its node: `network.conv1.kernel_size: must be …` stands at conv1 and names the
    setting."""
    here, path, steps = entries, list[str](), problem.place.split(".")[1:]
    while steps and steps[0] in names(here):
        path.append(steps[0])
        entry: Entry = next(entry for entry in here if entry["name"] == steps[0])
        here, steps = inside(entry), steps[1:]
    if not path and steps and steps[0].isdigit() and int(steps[0]) < len(entries):
        path, steps = [entries[int(steps[0])]["name"]], steps[1:]
    setting = f"{' '.join(steps)} " if steps and steps[0] != "inputs" else ""
    text = f"{setting}{problem.message}"
    return Fault(".".join(path), text[:1].upper() + text[1:])


def state_per_weight(optimizer: Mapping[str, Any]) -> int:
    """How many numbers an optimizer keeps for each weight; 0 where the optimizer is not sound."""
    return _state(json.dumps(dict(optimizer), sort_keys=True))


@lru_cache(maxsize=64)
def _state(document: str) -> int:
    from dlviz.optimization.optimizers.optimizer import Optimizer

    part = Optimizer.parse(json.loads(document), "optimizer", Problems())
    return part.state_per_weight() if part is not None else 0
