"""Tables, networks with known answers, and inquiries about them, for the tests of studies of tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from dlviz.core.values import Category, Kind, Scalar, Vector
from dlviz.datasets.data import Data, Encoder, Examples, Fields
from dlviz.datasets.table_encoder import CategoryColumn, DateColumn, NumberColumn, TableEncoder
from dlviz.explainers.explainer import Question
from dlviz.studies.force_plot import ForcePlot
from dlviz.studies.partial_dependence import PartialDependence
from dlviz.studies.permutation_importance import PermutationImportance
from dlviz.studies.shap_dependence import ShapDependence
from dlviz.studies.shap_interaction import ShapInteraction
from dlviz.studies.shap_summary import ShapSummary
from dlviz.studies.stacked_force_plot import StackedForcePlot
from dlviz.studies.study import Finding, Inquiry, Study
from dlviz.studies.waterfall import Waterfall
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.tasks.units import Units

STUDIES: dict[str, type[Study]] = {
    study.kind(): study
    for study in (
        ForcePlot, PartialDependence, PermutationImportance, ShapDependence, ShapInteraction, ShapSummary,
        StackedForcePlot, Waterfall,
    )
}  # fmt: skip


class Formula(nn.Module):
    """A network that computes a formula of its rows: (N, positions) → (N, outputs)."""

    def __init__(self, formula: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.formula = formula
        self.units = Units()  # as the last layer of a regression's network; here it changes nothing

    def forward(self, x: Tensor) -> Tensor:
        found = self.formula(x)
        return found if found.dim() > 1 else found[:, None]


def linear(weights: Tensor) -> Formula:
    return Formula(lambda x: x @ weights + 1)


def normal(count: int, width: int, seed: int = 0) -> Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def numbers(rows: Tensor, targets: Tensor, target: Kind | None = None) -> Data:
    """A table of numbers without an encoder, called a, b, c, …; all parts alike."""
    names = tuple("abcdefghijklmnopqrstuvwxyz"[: rows.shape[1]])
    return data(rows, Vector(names=names), targets, target or Scalar(unit="m"))


def data(rows: Tensor, kind: Kind, targets: Tensor, target: Kind, encoders: dict[str, Encoder] | None = None) -> Data:
    fields = Fields({"x": kind}, {"y": target}, 3 * len(rows))
    part = Examples({"x": rows, "y": targets}, torch.arange(len(rows)))
    return Data(fields, part, part, part, encoders or {})


#: A number with gaps, a category and a date.
TOWN = TableEncoder(
    columns=(
        NumberColumn(name="age", mean=40.0, std=10.0, whole=True, gaps=True),
        CategoryColumn(name="town", values=("Bonn", "Kiel", "Ulm"), other=False, gaps=False),
        DateColumn(name="day", form="%Y-%m-%d", parts=(("month", 6.0, 3.0), ("day", 15.0, 8.0)),
                   fixed={"year": 2024.0, "weekday": 0.0, "hour": 0.0, "minute": 0.0, "second": 0.0}, gaps=False),
    ),
    file_columns=("age", "town", "day", "y"), target="y",
)  # fmt: skip


def towns(count: int) -> Tensor:
    """Rows of TOWN: ages from 20 on, each seventh missing; towns in turn; days of a year."""
    frame = pd.DataFrame({
        "age": ["" if at % 7 == 6 else str(20 + at % 40) for at in range(count)],
        "town": [("Bonn", "Kiel", "Ulm")[at % 3] for at in range(count)],
        "day": [f"2024-{1 + at % 12:02d}-{1 + at % 28:02d}" for at in range(count)],
    })  # fmt: skip
    return TOWN.encode(frame)


def inquiry(network: nn.Module, among: Data, target: int = 0, index: int = 0, against: int | None = None) -> Inquiry:
    kind = next(iter(among.fields.targets.values()))
    task = Classification() if isinstance(kind, Category) else Regression()
    name = next(iter(among.fields.inputs))
    inputs = {name: among.validation.columns[name][index : index + 1]}
    return Inquiry(Question(task, {"model": network.eval()}, among, inputs, target, against), "validation", index)


def made(kind: str, **settings: Any) -> Study:
    return STUDIES[kind](**settings)


def found(kind: str, asked: Inquiry, **settings: Any) -> Finding:
    """What a study finds, after the checks that hold for all: it can serve, and tells how far it is."""
    study = made(kind, **settings)
    question = asked.question
    assert study.why_not(question.task, question.networks, question.data.fields) is None
    steps: list[tuple[float, float]] = []
    finding = study.study(asked, lambda done, of: steps.append((done, of)))
    assert steps and steps[-1][0] == steps[-1][1] and [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert finding.says.endswith(".") and all(value.note.endswith(".") and value.title for value in finding.shown)
    return finding
