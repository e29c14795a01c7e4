"""What an examination of a graph finds: the broken rules, what flows along each edge, the facts of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlviz.network.facts import Facts
from dlviz.network.flow import Flow
from dlviz.network.report import NodeReport


@dataclass(frozen=True)
class Finding:
    """A broken rule at a node ("" for the network as a whole). `rule` names it, for the remedies; `nodes`: which others
    it is about."""

    node: str
    rule: str
    message: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examination:
    """What the walk saw: the nodes by name, what is wrong, the node whose result is the network's, what each Input
    node takes, what flows out of each node, and the facts of the whole (without its shape)."""

    nodes: dict[str, NodeReport]
    findings: tuple[Finding, ...]
    output: str
    fields: dict[str, str]
    flows: dict[str, Flow] = field(default_factory=dict)
    facts: Facts = Facts()
