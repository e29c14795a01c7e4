"""Regression: predict a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, fx

from dlviz.core.setting import setting
from dlviz.core.values import Array, Scalar, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.network.graph import Graph
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.plane import surface
from dlviz.tasks.recipes import recipe
from dlviz.tasks.samples import SHOWN, sample_predictions
from dlviz.tasks.starters import is_plane, predictors
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array, inputs_of
from dlviz.tasks.units import add_units, spread


class Regression(Task):
    """Predict a number: a price, a temperature, a risk.

    The network answers in the target's own units (its last step multiplies by the spread of the training targets and
    adds their mean). The loss is taken in standard units, so that it reads the same for euros and for millimetres:
    with `mse`, 1 is what always guessing the mean gets.
    """

    primary: ClassVar[str] = "r2"
    higher_is_better: ClassVar[bool] = True
    adds: ClassVar[str] = (
        "Training adds one last step behind this network, y = mean + std * x, with the mean and the spread of the "
        "training targets: so it computes in standard units and answers in the target's own."
    )

    loss: Literal["mse", "mae", "huber"] = setting(
        "mse",
        "How an error counts. `mse`: squared, so large errors weigh most; `mae`: as it is, so outliers weigh less; "
        "`huber`: squared when small, as it is when large (Huber 1964).",
    )

    def why_not(self, fields: Fields) -> str | None:
        kinds = list(fields.targets.values())
        if len(kinds) != 1 or not isinstance(kinds[0], Scalar):
            named = ", ".join(f"`{name}` ({kind.kind()})" for name, kind in fields.targets.items())
            return f"Regression needs one target that is a number; this data has {named or 'no target'}."
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        shapes = {name: kind.shape() for name, kind in fields.inputs.items()}
        return {"model": Role(shapes, (1,), "the predicted number")}

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": graph} for title, graph in predictors(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return recipe(fields)

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        network = networks["model"]
        assert isinstance(network, fx.GraphModule)
        add_units(network, train.columns[_target(fields)] if train is not None else None)

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        predicted = self.forward(networks, batch, fields)
        error = (predicted - batch[_target(fields)]) / spread(networks["model"])
        yield Loss("model", self._mean(error), predicted.detach())

    def _mean(self, error: Tensor) -> Tensor:
        if self.loss == "mse":
            return error.square().mean()
        return error.abs().mean() if self.loss == "mae" else F.huber_loss(error, torch.zeros_like(error))

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        error = (outputs - batch[_target(fields)]) / spread(networks["model"])
        return torch.vmap(self._mean)(error)

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """Predicted numbers (N,) in the target's units."""
        predicted: Tensor = networks["model"](*inputs_of(batch, fields))
        return predicted.squeeze(1)

    def metrics(self, fields: Fields) -> dict[str, Any]:
        from torchmetrics.regression import MeanAbsoluteError, MeanSquaredError, R2Score

        return {"r2": R2Score(), "mae": MeanAbsoluteError(), "rmse": MeanSquaredError(squared=False)}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """(predicted, true) numbers, each (N,)."""
        return outputs, batch[_target(fields)]

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        name = _target(fields)
        return {name: Value(fields.targets[name], as_array(self.forward(networks, inputs, fields)), name)}

    def targets(self, fields: Fields) -> tuple[str, ...]:
        return (_target(fields),)

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        return self.forward(networks, inputs, fields)

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        predicted, true = as_array(outputs), as_array(examples.columns[_target(fields)])
        mean = as_array(train.columns[_target(fields)]).mean()
        value, guess = (float(r2(p[None], true[None])[0]) for p in (predicted, np.full_like(predicted, mean)))
        low, high = bootstrap(r2, predicted, true)
        return Interval("r2", value, low, high, guess, "always guessing the mean")

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        views = {}
        true = data.part(part).columns[_target(data.fields)]
        if outputs is not None:
            predicted, known = as_array(outputs), as_array(true)
            name = _target(data.fields)
            views["predicted"] = Value(
                data.fields.targets[name],
                predicted[:1000],
                "Predicted and true",
                f"Across: the true {name}; up: the predicted one. On the dotted line both are the same.",
                {"target": known[:1000]},
            )
            answers = {"prediction": predicted[:SHOWN], "target": known[:SHOWN]}
            views["samples"] = sample_predictions(data, part, answers)
        if len(data.fields.inputs) == 1 and is_plane(next(iter(data.fields.inputs.values()))):
            drawn = surface(data, part, networks["model"], (), true)
            if drawn:
                views["surface"] = drawn
        return views


def r2(predicted: Array, true: Array) -> Array:
    """R² along the last dimension: the share of the differences that is explained; NaN where there are none."""
    rest = ((true - predicted) ** 2).sum(-1)
    whole = ((true - true.mean(-1, keepdims=True)) ** 2).sum(-1)
    return np.asarray(1 - rest / np.where(whole > 0, whole, np.nan))


def _target(fields: Fields) -> str:
    return next(iter(fields.targets))
