"""What is known of a network while it is drawn: shapes, costs, problems at their layers, its PyTorch code."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Shape
from dlviz.ui.edits import Entries, explicit

if TYPE_CHECKING:
    from dlviz.layers.layer import Layer
    from dlviz.network.report import Report
    from dlviz.tasks.task import Role


@dataclass(frozen=True)
class Mend:
    """A button that mends a problem: its title and the network after it."""

    title: str
    entries: Entries


@dataclass(frozen=True)
class Fault:
    """What is wrong at a layer ("" for the whole), in words, with what would mend it."""

    node: str
    message: str
    mends: tuple[Mend, ...] = ()


@dataclass(frozen=True)
class Checked:
    """A network as far as it is known."""

    report: Report
    faults: tuple[Fault, ...] = field(default=())

    def at(self, node: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.node == node]


def layers() -> dict[str, type[Layer]]:
    """All layers by name."""
    from dlviz.layers.layer import Layer

    return Layer.kinds()


def check(entries: Entries, role: Role) -> Checked:
    """Shapes, costs and problems of the network that `entries` draw, for `role`. Never raises on a bad network."""
    shapes = tuple(role.inputs.items())
    return _check(json.dumps(entries), repr((shapes, role.output)), shapes, role.output)


@st.cache_resource(max_entries=256, ttl=3600, show_spinner=False)
def _check(entries: str, shapes: str, _inputs: tuple[tuple[str, Shape], ...], _output: Shape | None) -> Checked:
    """`shapes` is what tells them apart: token ids and masks show in their `repr`, and would not in JSON."""
    from dlviz.network.graph import Graph
    from dlviz.network.report import Report
    from dlviz.network.shapes import infer

    problems = Problems()
    graph = Graph.parse(json.loads(entries), "network", problems) if entries != "[]" else None
    if graph is None:
        return Checked(Report(), tuple(_fault(problem.place, problem.message) for problem in problems))
    report = infer(graph, dict(_inputs), _output)
    faults = tuple(
        Fault(
            problem.node,
            problem.message,
            tuple(Mend(remedy.title, explicit(remedy.graph.document(brief=True))) for remedy in problem.remedies),
        )
        for problem in report.problems
    )
    return Checked(report, faults)


def _fault(place: str, message: str) -> Fault:
    """A problem of the document: `network.conv1.kernel_size: must be …` stands at conv1 and names the setting."""
    steps = place.split(".")
    setting = f"{steps[2]} " if len(steps) > 2 and steps[2] != "inputs" else ""
    text = f"{setting}{message}"
    return Fault(steps[1] if len(steps) > 1 else "", text[:1].upper() + text[1:])


def code(networks: Mapping[str, Entries], roles: Mapping[str, Role], remark: str = "") -> str:
    """The networks as PyTorch that runs as it stands, `remark` above it. Of several, each class bears its role's name.
    Raises `WrongInput` where a network is not yet right."""
    from dlviz.network.code import source
    from dlviz.network.graph import Graph

    texts = [textwrap.fill(remark, 100, initial_indent="# ", subsequent_indent="# ")] if remark else []
    for name, entries in networks.items():
        problems = Problems()
        graph = Graph.parse(entries, f"networks.{name}", problems)
        problems.raise_if_any()
        role = roles[name]
        if graph is None or check(entries, role).faults:
            raise WrongInput("The code appears as soon as the network has no problem left.")
        title = "Network" if len(networks) == 1 else "".join(word.capitalize() for word in name.split("_"))
        texts.append(source(graph, role.inputs, role.output, title))
    return "\n\n".join(texts)


def step_bytes(checked: Mapping[str, Checked], batch_size: int, optimizer: Mapping[str, Any]) -> int:
    """Memory that one training step needs, in bytes. Raises `WrongInput` with the figures where it would not fit."""
    from dlviz.network.memory import check_memory
    from dlviz.optimization.optimizers.optimizer import Optimizer

    part = Optimizer.parse(dict(optimizer), "optimizer")
    assert part is not None
    return check_memory((one.report for one in checked.values()), batch_size, part.state_per_weight())


def dims(shape: tuple[int, ...] | None) -> str:
    """A shape as people read it: `16 × 8 × 8`; a single number for a vector."""
    if shape is None:
        return ""
    return " × ".join(str(size) for size in shape) if shape else "1 number"
