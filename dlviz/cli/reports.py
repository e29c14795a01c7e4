"""What is known of a spec's networks before training, for `check` and before `train`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlviz.core.problems import Problem

if TYPE_CHECKING:
    from dlviz.datasets.data import Fields
    from dlviz.network.report import Report
    from dlviz.training.spec import Spec


def reports(spec: Spec, fields: Fields) -> dict[str, Report]:
    """Shapes, costs and problems of each network of a complete spec, by role."""
    from dlviz.network.shapes import infer

    assert spec.task is not None and spec.networks is not None
    return {
        role: infer(spec.networks[role], wanted.inputs, wanted.output)
        for role, wanted in spec.task.roles(fields).items()
    }


def problems_of(found: dict[str, Report]) -> list[Problem]:
    """All problems with their places; each tells its remedies."""
    problems = []
    for role, report in found.items():
        for problem in report.problems:
            place = ".".join(part for part in ("networks", role, problem.node) if part)
            cure = " Or: ".join(remedy.title for remedy in problem.remedies)
            problems.append(Problem(place, problem.message + (f" What would mend it: {cure}." if cure else "")))
    return problems
