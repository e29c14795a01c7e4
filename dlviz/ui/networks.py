"""The networks of a draft as pages need them: their problems, their memory, their PyTorch code."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dlviz.core.problems import Problems, WrongInput
from dlviz.ui.board.entries import Entries
from dlviz.ui.board.known import Known, known

if TYPE_CHECKING:
    from dlviz.tasks.task import Role


def all_known(document: Mapping[str, Any], roles: Mapping[str, Role]) -> dict[str, Known]:
    """Shapes, costs and problems of every network of a draft, by role. Never raises on a bad network."""
    return {name: known(document["networks"][name], role) for name, role in roles.items()}


def code(networks: Mapping[str, Entries], roles: Mapping[str, Role], remark: str = "") -> str:
    """The networks as PyTorch that runs as it stands, `remark` above it. Of several, each class bears its role's name.
    Raises `WrongInput` where a network is not yet right."""
    from dlviz.network.code import sources
    from dlviz.network.graph import Graph

    texts = [textwrap.fill(remark, 100, initial_indent="# ", subsequent_indent="# ")] if remark else []
    drawn = {}
    for name, entries in networks.items():
        problems = Problems()
        graph = Graph.parse(entries, f"networks.{name}", problems)
        problems.raise_if_any()
        role = roles[name]
        if graph is None or known(entries, role).faults:
            raise WrongInput("The code appears as soon as the network has no problem left.")
        title = "Network" if len(networks) == 1 else "".join(word.capitalize() for word in name.split("_"))
        drawn[title] = (graph, role.inputs, role.output)
    return "\n\n".join([*texts, sources(drawn)])


def step_bytes(found: Iterable[Known], batch_size: int, optimizer: Mapping[str, Any]) -> int:
    """Memory that one training step needs, in bytes. Raises `WrongInput` with the figures where it would not fit."""
    from dlviz.network.memory import check_memory
    from dlviz.optimization.optimizers.optimizer import Optimizer

    part = Optimizer.parse(dict(optimizer), "optimizer")
    assert part is not None
    return check_memory((one.report for one in found), batch_size, part.state_per_weight())
