"""Outcomes: how a network did on each example of a part, as one number an example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Category, Kind, Scalar
from dlviz.datasets.data import Data, Examples
from dlviz.tasks.task import Networks, Task, as_array, forward_all

#: What `scores` are: 1 where the class is right and else 0, how far the number is off, or the loss.
Measure = Literal["accuracy", "mean absolute error", "loss"]


@dataclass(frozen=True)
class Outcomes:
    """All N examples of a part. `scores` (N,) as `measure` says; `losses` (N,) where an example has one of its own.

    Of classes: `probabilities` (N, classes), `predicted` and `true` (N,) class numbers; of numbers `predicted` and
    `true` (N,) in their unit. Of all else these are None.
    """

    part: str
    examples: Examples
    target: str
    kind: Kind
    measure: Measure
    scores: Array
    outputs: Tensor
    losses: Array | None = None
    predicted: Array | None = None
    true: Array | None = None
    probabilities: Array | None = None

    @property
    def higher_is_better(self) -> bool:
        return self.measure == "accuracy"

    @property
    def mean(self) -> float:
        return float(self.scores.mean())

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty where there are none."""
        return self.kind.names if isinstance(self.kind, Category) and self.probabilities is not None else ()

    @property
    def hardest(self) -> Array:
        """The examples' numbers, the largest loss first."""
        by = self.losses if self.losses is not None else -self.scores if self.higher_is_better else self.scores
        return np.argsort(-np.nan_to_num(by, nan=np.inf), kind="stable")


@torch.no_grad()
def outcomes(task: Task, networks: Networks, data: Data, part: str) -> Outcomes:
    """How the networks do on a part. Raises `WrongInput` where it is empty, or an example has no score of its own."""
    examples, fields = data.part(part), data.fields
    if not len(examples):
        raise WrongInput(f"The {part} part has no examples.")
    target, kind = next(iter(fields.targets.items()), ("", Scalar()))
    outputs = forward_all(task, networks, examples, fields).cpu()
    losses = task.example_losses(networks, outputs, examples.columns, fields)
    each = None if losses is None else np.asarray(losses.detach().double().cpu().numpy())
    asked = task.targets(fields)
    if isinstance(kind, Category) and asked == kind.names and outputs.shape[1:] == (len(kind.names),):
        predicted, true = (
            np.asarray(found.cpu().numpy()) for found in task.measured(outputs, examples.columns, fields)
        )
        chances = as_array(outputs.float().softmax(1)).astype(float)
        right = (predicted == true).astype(float)
        return Outcomes(part, examples, target, kind, "accuracy", right, outputs, each, predicted, true, chances)
    if isinstance(kind, Scalar) and asked == (target,) and outputs.dim() == 1:
        said, known = as_array(outputs).astype(float), as_array(examples.columns[target]).astype(float)
        off = np.abs(said - known)
        return Outcomes(part, examples, target, kind, "mean absolute error", off, outputs, each, said, known)
    if each is None:
        raise WrongInput(f"{task.kind()} has no figure for a single example.")
    return Outcomes(part, examples, target, kind, "loss", each, outputs, each)
