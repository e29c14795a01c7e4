"""Shares: what every column of many rows adds to their scores, by Shapley's rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from dlviz.core.values import Array
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.scored import field_of
from dlviz.explainers.shap import Shap
from dlviz.studies.columns import TableColumn, columns_of, held_out
from dlviz.studies.study import Inquiry

#: How much of a row's score and shares together rounding may take: two units in the last place.
_ROUNDING = 2 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Shares:
    """`values` (N, columns) of N rows of a `part`, drawn at `index`; `scores` (N,). The shares of a row and `base` (N,)
    make up its score."""

    part: str
    index: Array
    columns: list[TableColumn]
    values: Array
    scores: Array

    @property
    def base(self) -> Array:
        return np.asarray(self.scores - self.values.sum(1))

    @property
    def beyond_rounding(self) -> Array:
        """The shares (N, columns), those that float32's rounding may have left of nothing set to 0."""
        whole = np.abs(self.values).sum(1) + np.abs(self.scores)
        return np.where(np.abs(self.values) <= _ROUNDING * whole[:, None], 0.0, self.values)

    @property
    def importance(self) -> Array:
        """The mean absolute share of each column."""
        return np.asarray(np.abs(self.values).mean(0))

    @property
    def order(self) -> list[int]:
        """The columns, the most important first."""
        return [int(at) for at in np.argsort(-self.importance, kind="stable")]


def shares_of_row(inquiry: Inquiry, method: Shap, step: Step) -> Shares:
    """The shares of the row that is asked about."""
    question = inquiry.question
    found = method.explain(question, step)
    columns = columns_of(question.data.fields, question.data.encoders, next(iter(question.inputs.values())))
    values = np.array([found.values], dtype=float)
    return Shares(inquiry.part, np.array([inquiry.index]), columns, values, np.array([found.score]))


def shares_of(question: Question, method: Shap, rows: int, seed: int, step: Step, of: float = 0.0) -> Shares:
    """The shares of up to `rows` rows of the validation part, drawn by `seed`. `of`: as how many rows all that `step`
    is to tell of counts, where more comes after this."""
    part, at, asked = asked_rows(question, rows, seed)
    values, scores = [], []
    for done, one in enumerate(asked):
        found = method.explain(one, lambda done, of: None)
        values.append(found.values)
        scores.append(found.score)
        step(done + 1, of or len(at))
    every = torch.cat([next(iter(one.inputs.values())) for one in asked])
    columns = columns_of(question.data.fields, question.data.encoders, every)
    return Shares(part, at, columns, np.array(values, dtype=float), np.array(scores))


def asked_rows(question: Question, rows: int, seed: int) -> tuple[str, Array, list[Question]]:
    """The same question about up to `rows` examples of the validation part, drawn by `seed`: the part, where they stand
    in it, the questions."""
    name, _ = field_of(question)
    part, examples = held_out(question.data)
    at = torch.arange(len(examples))
    if len(at) > rows:
        at = torch.randperm(len(at), generator=torch.Generator().manual_seed(seed))[:rows].sort().values
    every = examples.columns[name]
    asked = [replace(question, inputs={name: every[row : row + 1].cpu()}) for row in at.tolist()]
    return part, np.asarray(at.numpy()), asked
