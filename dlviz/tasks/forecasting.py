"""Forecasting: how a series goes on, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor, fx

from dlviz.core.setting import setting
from dlviz.core.values import Array, Kind, Series, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.network.graph import Graph
from dlviz.tasks.forecast_ends import Normalise, add_ends, learn_ends, units_of
from dlviz.tasks.forecast_metrics import pinball, seasonal_naive
from dlviz.tasks.forecast_views import fan, step_errors
from dlviz.tasks.forecasting_starters import forecasters, forecasting_recipe
from dlviz.tasks.interval import bootstrap
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array, inputs_of
from dlviz.tasks.told import Choice, Told

#: So many steps of a forecast can be chosen from; they are spread over all.
_CHOICES = 96


class Forecasting(Task):
    """Say how a series goes on, and within which bounds: the next steps of one series or of several.

    For each step the network gives quantiles: the value below which the truth stays with that probability. The middle
    one is the forecast, the outermost are its bounds. All is compared with the value one season before.

    The network gives one row of quantiles · series · steps numbers, a quantile after the other, in each a series after
    the other. The loss is taken in units of the training part's spread.
    """

    primary: ClassVar[str] = "mase"
    beside: ClassVar[str] = "what is known of the steps ahead"
    adds: ClassVar[str] = (
        "Training puts two ends around this network: before it, the window in standard units, each forecast series by "
        "the window's own mean and spread (or last value, as the task says); behind it, the same back, in the units of "
        "the series, and the quantiles in order."
    )

    loss: Literal["quantiles", "mse"] = setting(
        "quantiles",
        "`quantiles`: the network gives bounds, too (pinball loss). `mse`: the mean alone, by squared error.",
    )
    quantiles: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = setting(
        (0.1, 0.5, 0.9),
        "The probabilities with which the truth stays below each answer, .5 among them. Farther apart: wider bounds.",
        min_length=1, max_length=19, advanced=True, widget="json",
    )  # fmt: skip
    normalise: Normalise = setting(
        "window",
        "What the network sees a series relative to. `window`: its mean and spread over the window (Kim et al., RevIN, "
        "2022). `last`: its last value. `none`: the training part's mean; a trend then leads where it never learned.",
    )

    @field_validator("quantiles")
    @classmethod
    def _rising(cls, quantiles: tuple[float, ...]) -> tuple[float, ...]:
        if list(quantiles) != sorted(set(quantiles)) or 0.5 not in quantiles:
            raise ValueError("quantiles must rise, with .5 among them, as in .1, .5, .9.")
        return quantiles

    def levels(self) -> tuple[float, ...]:
        """The quantiles that the network gives; of `mse` one answer that stands for the middle."""
        return self.quantiles if self.loss == "quantiles" else (0.5,)

    @property
    def middle(self) -> int:
        return self.levels().index(0.5)

    def why_not(self, fields: Fields) -> str | None:
        inputs, targets = list(fields.inputs.items()), list(fields.targets.values())
        kinds = [kind for _, kind in inputs]
        if not inputs or not all(isinstance(kind, Series) for kind in kinds):
            came = ", ".join(kind.kind() for kind in kinds) or "nothing"
            return f"Forecasting needs a series to go on from; this data has {came}."
        if len(targets) != 1 or not isinstance(targets[0], Series):
            came = ", ".join(kind.kind() for kind in targets) or "no target"
            return f"Forecasting needs the next steps of the series as its target; this data has {came}."
        past, future = kinds[0], targets[0]
        assert isinstance(past, Series) and isinstance(future, Series)
        absent = [name for name in future.names if name not in past.names]
        if absent:
            return (
                f"Forecasting needs the past of what it forecasts; `{absent[0]}` is not among the first input's series."
            )
        if not 1 <= future.season <= past.steps:
            return (
                f"Forecasting needs a past of at least one season; a season is {future.season}, the past {past.steps}."
            )
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        shapes = {name: kind.shape() for name, kind in fields.inputs.items()}
        future = _future(fields)
        numbers = len(self.levels()) * len(future.names) * future.steps
        return {"model": Role(shapes, (numbers,), "quantiles · series · steps, in a row")}

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": graph(layers)} for title, layers in forecasters(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return forecasting_recipe(fields)

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        network, past, future = networks["model"], _past(fields), _future(fields)
        assert isinstance(network, fx.GraphModule)
        places = [past.names.index(name) for name in future.names]
        add_ends(network, len(past.names), places, self.normalise, len(self.levels()))
        if train is not None:
            seen, ahead = train.columns[next(iter(fields.inputs))], train.columns[next(iter(fields.targets))]
            learn_ends(network, seen, ahead, train.rows, future.season)

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        outputs = self._outputs(networks, batch, fields)
        yield Loss("model", self._each(networks, outputs, batch, fields).mean(), outputs.detach())

    def _each(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor:
        """(N, quantiles, series, steps) the loss of each answer, in units of the training part's spread."""
        units = units_of(networks["model"])
        truth = batch[next(iter(fields.targets))][:, None]
        error = (truth - outputs[:, :-2]) / units.std[units.places]
        if self.loss == "mse":
            return error.square()
        return pinball(error, error.new_tensor(self.quantiles))

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        return self._each(networks, outputs, batch, fields).mean((1, 2, 3))

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """(N, quantiles + 2, series, steps) in the units of the series: the quantiles, the value one season before, and
        the mean distance of two values one season apart in the training part, which MASE divides by."""
        return self._outputs(networks, batch, fields)

    def _outputs(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        units, future = units_of(networks["model"]), _future(fields)
        answers: Tensor = networks["model"](*inputs_of(batch, fields))
        own = batch[next(iter(fields.inputs))][:, units.places]
        naive = seasonal_naive(own, future.steps, future.season)
        distance = units.naive[:, None].expand_as(naive)
        return torch.cat([answers, naive[:, None], distance[:, None]], dim=1)

    def metrics(self, fields: Fields) -> dict[str, Any]:
        from dlviz.tasks.forecast_metrics import Coverage, Mase, MedianError

        found: dict[str, Any] = {"mase": Mase(self.middle), "mae": MedianError(self.middle)}
        return found | ({"coverage": Coverage()} if len(self.levels()) > 1 else {})

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """(outputs as `forward` gives them, the truth (N, series, steps))."""
        return outputs, batch[next(iter(fields.targets))]

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """The middle (N, series, steps), with `low` and `high` beside it where there are bounds."""
        outputs = as_array(self._outputs(networks, inputs, fields))
        name, kind = next(iter(fields.targets.items()))
        more, note = {}, ""
        if len(self.levels()) > 1:
            more = {"low": outputs[:, 0], "high": outputs[:, -3]}
            note = f"With {self.share:.0%} probability between `low` and `high`, if the future is as the past was."
        return {name: Value(kind, outputs[:, self.middle], name, note, more)}

    def targets(self, fields: Fields) -> tuple[str, ...]:
        """Each step ahead, "+1" for the next; of several series each step of the first, then of the second."""
        future = _future(fields)
        before = [f"{name} " if len(future.names) > 1 else "" for name in future.names]
        return tuple(f"{name}+{step + 1}" for name in before for step in range(future.steps))

    def explains(self, fields: Fields) -> str:
        """The past; what is known of the steps ahead stays as it is."""
        return next(iter(fields.inputs))

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        """The forecast of that step, in the units of the series: the middle of its quantiles."""
        answers: Tensor = networks["model"](*inputs_of(inputs, fields))
        return answers[:, self.middle].flatten(1)[:, target]

    def told(self, networks: Networks, batch: Batch, fields: Fields) -> list[Told]:
        """The first and the last step of the first series; how far off all steps are on the mean."""
        with torch.no_grad():
            answers: Tensor = networks["model"](*inputs_of(batch, fields))
        names, unit, steps = self.targets(fields), f" {_future(fields).unit}".rstrip(), _future(fields).steps
        true = batch.get(next(iter(fields.targets)))
        at = sorted({round(place * (len(names) - 1) / (_CHOICES - 1)) for place in range(_CHOICES)})
        found = []
        for row, numbers in enumerate(as_array(answers[:, self.middle].flatten(1))):
            known = None if true is None else as_array(true[row].flatten())
            found.append(
                Told(
                    0,
                    _ends(numbers[:steps], unit),
                    "" if known is None else _ends(known[:steps], unit),
                    error=None if known is None else float(abs(numbers - known).mean()),
                    choices=tuple(Choice(place, names[place], f"{numbers[place]:.4g}{unit}") for place in at),
                )
            )
        return found

    @property
    def share(self) -> float:
        """How much of the truth should lie between the outermost quantiles."""
        return self.levels()[-1] - self.levels()[0]

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        """MASE, against that of the value one season before. Windows overlap, so the interval is somewhat too "
        "narrow."""
        truth = examples.columns[next(iter(fields.targets))].to(outputs.device)
        each = [
            as_array(((told - truth).abs() / outputs[:, -1]).mean((1, 2)))
            for told in (outputs[:, self.middle], outputs[:, -2])
        ]
        low, high = bootstrap(lambda errors, _: errors.mean(1), each[0], each[0])
        name = "taking the value one season before"
        return Interval("mase", float(each[0].mean()), low, high, float(each[1].mean()), name, higher_is_better=False)

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        if outputs is None:
            return {}
        kind = _past(data.fields)
        examples = data.part(part)
        past = examples.columns[next(iter(data.fields.inputs))]
        future = _future(data.fields)
        own = past[:, [kind.names.index(name) for name in future.names]]
        truth = examples.columns[next(iter(data.fields.targets))]
        told = outputs.detach().float().cpu()
        return {
            "forecast": fan(future, own.cpu(), truth.cpu(), told, self.middle, self.share),
            "steps": step_errors(future, truth.cpu(), told, self.middle),
        }


def _ends(numbers: Array, unit: str) -> str:
    """The first and the last number of a row in words."""
    return f"{numbers[0]:.4g}{unit}" if len(numbers) == 1 else f"{numbers[0]:.4g} … {numbers[-1]:.4g}{unit}"


def _past(fields: Fields) -> Series:
    return _series(next(iter(fields.inputs.values())))


def _future(fields: Fields) -> Series:
    return _series(next(iter(fields.targets.values())))


def _series(kind: Kind) -> Series:
    assert isinstance(kind, Series)
    return kind
