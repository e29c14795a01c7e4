"""PartialDependence: what a network says as one column goes from low to high and all else stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Curves, Value, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.scored import field_of, why_not
from dlviz.studies.answers import Answers, answer_title, answers, asked_in_batches
from dlviz.studies.columns import TableColumn, columns_of, named, with_cells
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task

#: Rows of the training part among which the grids are found.
_SEEN = 2000
#: Lines of single rows that are drawn; the mean is taken over all.
_LINES = 40
#: Where single lines differ from the mean's course by less than this share of its own range, they count as parallel.
_PARALLEL = 0.15


@dataclass(frozen=True)
class Course:
    """What the network says along one column: `lines` (rows, points) for single rows, at the cells of `at`."""

    column: TableColumn
    at: list[int]
    lines: Array

    @property
    def mean(self) -> Array:
        return np.asarray(self.lines.mean(0))

    @property
    def matters(self) -> float:
        """How far a single answer usually moves along the column: the mean standard deviation of a line."""
        return float(self.lines.std(1).mean())

    @property
    def differs(self) -> float:
        """How unlike the lines are once each is moved to its own mean: 0 where they are parallel, so that no other
        column changes what this one does; in shares of the range of what they have in common."""
        own = self.lines - self.lines.mean(1, keepdims=True)
        apart = float(own.std(0).mean())
        most = max(float(np.ptp(own.mean(0))), float(np.ptp(own, axis=1).mean()) / 2)
        return apart / most if most > 1e-12 else 0.0


class PartialDependence(Study):
    """Puts one value after the other into a column of many rows, and shows what the network says: for each row a faint
    line (ICE), over all rows the mean (partial dependence).

    The values are the column's own: its quantiles in the training part, or its most frequent words.
    """

    paper: ClassVar[str] = (
        "Friedman 2001, Greedy Function Approximation: A Gradient Boosting Machine; "
        "Goldstein et al. 2015, Peeking Inside the Black Box, arXiv:1309.6392"
    )
    reading: ClassVar[str] = (
        "The strong line is the mean answer if every row had this value; a faint line is the answer for one row. Where "
        "faint lines run side by side, the column does the same for all; where they cross, other columns decide what "
        "it does."
    )
    misleads: ClassVar[str] = (
        "Columns that go together are torn apart: it asks about rows that never occur, such as a child's height with a "
        "grown-up's weight, where the network was never taught anything."
    )
    cost: ClassVar[str] = "`rows` answers for each of `points` values of each column"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "columns"

    column: str = setting(
        "", "Which column. Empty: those that move single answers most.", names="column",
        usual="those that move answers most",
    )  # fmt: skip
    many: int = setting(4, "How many columns, where none is named.", ge=1, le=20)
    rows: int = setting(200, "How many rows of the training part are asked about. More: surer, slower.", ge=2, le=5000)
    points: int = setting(20, "How many values of a column are tried at most. More: a finer line.", ge=2, le=200)
    centred: bool = setting(
        False, "Whether every line begins at 0, so that only changes are seen: lines that part are easier to see."
    )
    seed: int = setting(0, "The chance by which rows are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Vector,))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        courses = self.courses(inquiry, step)
        shown = [self._drawn(course, answer_title(question)) for course in courses]
        if not courses:
            raise WrongInput("No cell of these columns has a value, so there is none to put in. Choose another column.")
        name, way = courses[0].column.name, _way(courses[0])
        says = f"Of all columns, {name} moves the {answer_title(question)} most: {way}."
        if self.column:
            says = f"Along {name}, the {answer_title(question)} goes {way}."
        numbers = {course.column.name: self._numbers(course) for course in courses}
        return Finding(says, shown, {"columns": numbers})

    def courses(self, inquiry: Inquiry, step: Step) -> list[Course]:
        """The chosen column's course, or those of the columns that matter most, in that order."""
        data = inquiry.question.data
        name, _ = field_of(inquiry.question)
        train = data.train.columns[name]
        chance = torch.Generator().manual_seed(self.seed)
        seen = torch.randperm(len(train), generator=chance)[:_SEEN]
        columns = columns_of(data.fields, data.encoders, train[seen])
        if self.column:
            columns = [columns[named(columns, self.column)]]
        source, rows = train[seen], train[seen[: self.rows]]
        grids = [column.grid(self.points)[0] for column in columns]
        of = max(1, sum(map(len, grids)) * len(rows))
        ask, found, done = answers(inquiry.question), [], 0.0
        for column, at in zip(columns, grids, strict=True):
            if at:
                found.append(Course(column, at, _course(ask, rows, column, source[at], step, done, of)))
            done += len(at) * len(rows)
        step(of, of)
        found.sort(key=lambda course: -course.matters)
        return found[: self.many]

    def _drawn(self, course: Course, answer: str) -> Value:
        lines, column = course.lines, course.column
        if self.centred:
            lines = lines - lines[:, :1]
        some = lines[np.linspace(0, len(lines) - 1, min(_LINES, len(lines))).astype(int)]
        x, words = _axis(course)
        names = ("mean", *[""] * len(some))
        title = f"change of the {answer}" if self.centred else answer
        kind = Curves(names=names, x_title=column.name, y_title=title)
        note = f"Mean over {len(lines)} rows, and {len(some)} of them as faint lines. {_sentence(course)}"
        more = {"x": x} | ({"words": words} if words is not None else {})
        return Value(kind, np.vstack([lines.mean(0), some]), f"{column.name}: {answer}", note, more)

    def _numbers(self, course: Course) -> dict[str, object]:
        x, words = _axis(course)
        return {
            "x": x.tolist() if words is None else words.tolist(),
            "mean": course.mean.round(6).tolist(),
            "matters": round(course.matters, 6),
            "differs": round(course.differs, 4),
        }


def _course(
    ask: Answers, rows: Tensor, column: TableColumn, values: Tensor, step: Step, done: float, of: float
) -> Array:
    """The answers (rows, points) with the column's cells taken from `values` (points, positions)."""
    every = torch.cat([with_cells(rows, column, value[None]) for value in values])
    return asked_in_batches(ask, every, step, done, of).reshape(len(values), len(rows)).T


def _axis(course: Course) -> tuple[Array, Array | None]:
    """Where the points lie, and their words where they are words or dates."""
    column = course.column
    if column.holds == "number":
        return column.order[course.at], None
    words = np.array([str(cell) or "(missing)" for cell in column.cells[course.at]])
    return np.arange(len(words), dtype=float), words


def _way(course: Course) -> str:
    """What the mean does along the column, in words."""
    mean, (x, words) = course.mean, _axis(course)
    span = float(np.ptp(mean))
    if words is not None and course.column.holds == "words":
        high, low = str(words[int(mean.argmax())]), str(words[int(mean.argmin())])
        return f"up to {mean.max():.3g} for “{high}” and down to {mean.min():.3g} for “{low}”"
    ends = [str(words[at]) if words is not None else f"{x[at]:.4g}" for at in (0, -1)]
    turns = float(np.abs(np.diff(mean)).sum())
    # a line that goes one way alone covers its range once
    straight = "up and down between" if turns > 1.3 * span else "up from" if mean[-1] >= mean[0] else "down from"
    if straight == "up and down between":
        return f"{straight} {mean.min():.3g} and {mean.max():.3g}"
    return f"{straight} {mean[0]:.3g} at {ends[0]} to {mean[-1]:.3g} at {ends[1]}"


def _sentence(course: Course) -> str:
    if course.differs < _PARALLEL:
        return "The faint lines run about side by side: it does the same whatever the other columns say."
    return "The faint lines take different courses: what it does depends on other columns."
