"""The view: all that the browser draws of a draft, as plain values. Keys at their default are left out.

{roles: {model: {about, takes, gives, total, problems, frame}}, order: [paths], nodes: {path: Node}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlviz.ui.board import frames
from dlviz.ui.board.catalogue import Layers, layer_of
from dlviz.ui.board.entries import BLOCK, INPUT, Entries, Entry, inside, ordered, settings
from dlviz.ui.board.known import Fault, Known, faults, known, state_per_weight
from dlviz.ui.board.lifted import own, resolved, uses
from dlviz.ui.board.summary import brief, dims, summary

if TYPE_CHECKING:
    from dlviz.network.report import NodeReport
    from dlviz.tasks.task import Role

View = dict[str, Any]
Node = dict[str, Any]
_LAYERS = Layers()


@dataclass(frozen=True)
class Drawn:
    """A draft as it is drawn: its view, and for each scope from where the places in its document are counted."""

    view: View
    origins: Mapping[str, tuple[float, float]]


def drawn(document: Mapping[str, Any], roles: Mapping[str, Role], narrow: bool = False) -> Drawn:
    """The view of a draft whose networks are written out (`entries.explicit`); `narrow`: for the width of a
    telephone."""
    nodes: dict[str, Node] = {}
    made: dict[str, Any] = {}
    networks: dict[str, Entries] = {role: document["networks"][role] for role in roles}
    for role, entries in networks.items():
        found = known(entries, roles[role])
        nodes |= dict(_nodes(entries, role, "", _Facts.of(found), {}))
        made[role] = _role(roles[role], found, document)
    placed = frames.placed(networks, nodes, narrow=narrow)
    for path, (at, size) in placed.nodes.items():
        nodes[path] |= {"at": at, "size": size}
    for path, bends in placed.bends.items():
        nodes[path]["bends"] = bends
    for role, frame in placed.roles.items():
        made[role]["frame"] = frame
    return Drawn({"roles": made, "order": list(nodes), "nodes": nodes}, placed.origins)


def problems(document: Mapping[str, Any], roles: Mapping[str, Role]) -> dict[str, list[dict[str, Any]]]:
    """All problems with their remedies, by path; those of a network as a whole by its role."""
    found: dict[str, list[dict[str, Any]]] = {}
    for role in roles:
        for fault in faults(document["networks"][role], roles[role]):
            found.setdefault(f"{role}.{fault.node}" if fault.node else role, []).append(_problem(fault))
    return found


@dataclass(frozen=True)
class _Facts:
    """What is known of a network, ready to be asked node by node."""

    nodes: Mapping[str, NodeReport]
    flops: int
    faults: Mapping[str, list[Fault]]

    @classmethod
    def of(cls, found: Known) -> _Facts:
        faults: dict[str, list[Fault]] = {}
        for fault in found.faults:
            faults.setdefault(fault.node, []).append(fault)
        return cls(found.nodes, found.report.flops, faults)


def _role(role: Role, found: Known, document: Mapping[str, Any]) -> dict[str, Any]:
    optimizer = (document.get("optimization") or {}).get("optimizer") or {}
    batch = int((document.get("training") or {}).get("batch_size", 1))
    report = found.report
    return {
        "about": role.about,
        "takes": {name: dims(shape) for name, shape in role.inputs.items()},
        "gives": dims(role.output),
        "total": {
            "parameters": report.parameters,
            "flops": report.flops,
            "bytes": report.training_bytes(batch, state_per_weight(optimizer)),
        },
        "problems": [_problem(fault) for fault in found.faults if not fault.node],
    }


def _nodes(
    entries: Entries, scope: str, above: str, found: _Facts, around: Mapping[str, Any]
) -> Iterator[tuple[str, Node]]:
    """The nodes of a scope in reading order, each block's inside right after it. `around`: what the settings of the
    block around them stand for."""
    for entry in ordered(entries):
        place = f"{above}{entry['name']}"
        meant = resolved(entry, around)
        yield f"{scope}.{entry['name']}", _node(entry, meant, scope, place, found)
        if inside(entry):
            yield from _nodes(inside(entry), f"{scope}.{entry['name']}", f"{place}.", found, own(meant))


def _node(entry: Entry, meant: Entry, scope: str, place: str, found: _Facts) -> Node:
    """One node. `meant` has values in place of references, `place` is its path inside the network."""
    facts = found.nodes.get(place)
    total = found.flops
    node: Node = {
        "kind": entry["kind"],
        "group": group(entry["kind"]),
        "inputs": [f"{scope}.{source}" for source in entry["inputs"]],
        "settings": {} if entry["kind"] == BLOCK else brief(entry["kind"], settings(entry)),
        "takes": list(_LAYERS.takes(entry)),
        "parent": scope,
        "problems": [_problem(fault) for fault in found.faults.get(place, ())],
        "fixed": entry.get("at"),
        "summary": block_summary(meant) if entry["kind"] == BLOCK else summary(entry["kind"], settings(meant)),
    }
    if entry["kind"] == BLOCK:
        node["block"] = {
            "title": entry.get("title", ""),
            "repeat": entry.get("repeat", 1),
            "open": entry.get("open") is True,
            "settings": own(entry),
            "lifted": uses(entry),
        }
    if facts is not None:
        share = min(facts.flops / total, 1) if total else 0
        node |= {
            "shape": dims(facts.shape),
            "ins": [dims(shape) for shape in facts.inputs],
            "parameters": facts.parameters,
            "flops": facts.flops,
            "share": float(f"{share:.2g}"),
            "field": " × ".join(str(size) for size in facts.field or ()),
        }
    return {key: value for key, value in node.items() if key in _ALWAYS or value not in _DEFAULTS}


_ALWAYS = ("kind", "group", "inputs", "takes", "parent")
_DEFAULTS: tuple[object, ...] = (0, "", [], {}, None, False)


def block_summary(entry: Entry) -> str:
    inner = sum(each["kind"] != INPUT for each in inside(entry))
    words = [f"{inner} layer{'s' if inner != 1 else ''}"]
    if entry.get("repeat", 1) != 1:
        words.insert(0, f"{entry['repeat']} times")
    return " · ".join(words)


def group(kind: str) -> str:
    """The palette's group of a kind of layer."""
    part = layer_of(kind)
    return part.group if part is not None else "block" if kind == BLOCK else "shape"


def _problem(fault: Fault) -> dict[str, Any]:
    """`remedies` is missing where they have not been looked for yet."""
    looked = {} if fault.mends is None else {"remedies": [mend.title for mend in fault.mends]}
    return {"message": fault.message, **looked}
