"""A moment of a series, or a past that a person has changed, and how the network expects it to go on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Series
from dlviz.datasets.data import Fields
from dlviz.datasets.series_set import Cut, SeriesSet, cut_of
from dlviz.datasets.timeline import written
from dlviz.tasks.forecast_metrics import seasonal_naive
from dlviz.training.restore import Restored


def foresees(fields: Fields) -> bool:
    """Whether only series go in, and series come out."""
    kinds = [*fields.inputs.values(), *fields.targets.values()]
    return bool(fields.inputs and fields.targets) and all(isinstance(kind, Series) for kind in kinds)


@dataclass(frozen=True)
class _Moment:
    """One window of the test part: what goes into the network, of each input (1, channels, steps); the series forecast,
    before (series, window) and after it (series, horizon); the times of all these steps as the file writes them."""

    inputs: dict[str, Tensor]
    past: NDArray[np.float32]
    future: NDArray[np.float32]
    times: list[str]


def forecast(restored: Restored, request: Mapping[str, Any]) -> dict[str, Any]:
    """`{"tokens": [], "answer": {"kind": "forecast", …}}` with, for each series forecast, `past`, `truth`, `median`,
    `naive`, and `low` and `high` where there are bounds; `times` of all steps; `at` and `of`, which window of the test
    part this is; `changed`, whether the past is another than the measured one.

    `request`: `moment`, a window of the test part, from 0 (beyond the last: the last); `series`, whose past is changed,
    and `values`, its window from the first step seen to the last. Raises `WrongInput`.
    """
    data, (past_name, *_) = restored.spec.data, restored.fields.inputs
    if not isinstance(data, SeriesSet):
        raise WrongInput("This run's data are no series that can be cut into windows, so no moment can be chosen.")
    cut = cut_of(data, restored.spec.seed)
    if (cut.fields.inputs, cut.fields.targets) != (restored.fields.inputs, restored.fields.targets):
        raise WrongInput("The series is another than the one this network learned from. Train it anew.")
    starts = cut.starts[2]
    at = min(_whole(request, "moment", len(starts) - 1), len(starts) - 1)
    moment = _moment(cut, int(starts[at]))
    names = cut.written.targets
    series = _whole(request, "series", 0)
    if series >= len(names):
        raise WrongInput(f"`series` must be below {len(names)}, the number of series forecast. Received: {series}.")
    values = _values(request.get("values"), moment.past.shape[1])
    past, places = moment.past, [restored.fields.inputs[past_name].names.index(name) for name in names]  # type: ignore[attr-defined]
    if values is not None:
        past = past.copy()
        past[series] = values
        moment.inputs[past_name][0, places[series]] = torch.from_numpy(values)
    with torch.no_grad():
        said = next(iter(restored.task.predict(restored.networks, moment.inputs, restored.fields).values()))
    kind = said.kind
    assert isinstance(kind, Series)
    naive = seasonal_naive(torch.from_numpy(past)[None], kind.steps, kind.season)[0].numpy()
    rows = {"past": past, "truth": moment.future, "median": said.data[0], "naive": naive}
    rows |= {name: said.more[name][0] for name in ("low", "high") if name in said.more}
    return {
        "tokens": [],
        "answer": {
            "kind": "forecast", "names": list(names), "series": series, "at": at, "of": len(starts),
            "times": moment.times, "unit": kind.unit, "season": kind.season, "changed": values is not None,
            "share": getattr(restored.task, "share", 0.0) if "low" in said.more else 0.0,
            **{name: [[_short(value) for value in row] for row in np.asarray(table)] for name, table in rows.items()},
        },
    }  # fmt: skip


def _moment(cut: Cut, start: int) -> _Moment:
    examples = cut.examples(np.array([start]))
    inputs = {name: examples.columns[name] for name in cut.fields.inputs}
    (future,) = (examples.columns[name] for name in cut.fields.targets)
    steps, line, many = cut.table[start:], cut.written.timeline, len(cut.written.targets)
    window = next(iter(inputs.values())).shape[2]
    end = start + window + future.shape[2]
    return _Moment(inputs, steps[:window, :many].T.copy(), future[0].numpy(), written(line.times[start:end], line.form))


def _whole(request: Mapping[str, Any], name: str, usual: int) -> int:
    value = request.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise WrongInput(f"`{name}` must be a whole number from 0. Received: {str(value)[:40]}.")
    return value


def _values(found: Any, window: int) -> NDArray[np.float32] | None:
    if found is None:
        return None
    if not isinstance(found, list) or not all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) for value in found
    ):
        raise WrongInput("The past must be numbers, one a step. Received: something else among them.")
    if len(found) != window:
        raise WrongInput(f"The network sees {window:,} steps. Received: {len(found):,} numbers.")
    made = np.array(found, dtype=np.float32)
    if not np.isfinite(made).all():
        raise WrongInput("The past must be numbers of ordinary size. Received: one that is too large to compute with.")
    return made


def _short(value: float) -> float | None:
    """A number as it is sent; none where it is not known."""
    return float(f"{value:.6g}") if math.isfinite(value) else None
