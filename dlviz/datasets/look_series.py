"""A look at series: where their parts lie in time, and a few windows as a network is given them."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array, Forecast, Series, Value
from dlviz.datasets.data import Data, Examples

#: So many of the series to forecast are drawn whole, and so many windows.
WHOLE, WINDOWS = 4, 3


def of_series(data: Data) -> list[Value]:
    """Each series to forecast, whole and in its parts, then a few training windows."""
    (past_name, past), (future_name, future) = (
        next(iter(g.items())) for g in (data.fields.inputs, data.fields.targets)
    )
    if not isinstance(past, Series) or not isinstance(future, Series):
        return []
    values = [_parted(data, past_name, future_name, name) for name in future.names[:WHOLE]]
    at = np.linspace(0, len(data.train) - 1, min(WINDOWS, len(data.train))).astype(int)
    places = [past.names.index(name) for name in future.names]
    seen = data.train.columns[past_name].numpy()[at][:, places]
    ahead = data.train.columns[future_name].numpy()[at]
    note = f"{len(at)} training windows: {past.steps:,} steps are seen, the {future.steps:,} after the line are wanted."
    kind = Forecast(names=future.names, steps=past.steps, horizon=future.steps)
    return [*values, Value(kind, np.concatenate([seen, ahead], axis=2), "Windows", note)]


def _parted(data: Data, past: str, future: str, name: str) -> Value:
    """A series over the rows of its file, each part a curve of its own; of the test part only where it lies."""
    given, wanted = data.fields.inputs[past], data.fields.targets[future]
    assert isinstance(given, Series) and isinstance(wanted, Series)
    window, horizon = given.steps, wanted.steps
    last = int(data.test.rows.max()) + window + horizon
    place, target = given.names.index(name), wanted.names.index(name)
    curves = np.full((2, last), np.nan)
    for curve, part in zip(curves, (data.train, data.validation), strict=True):
        if part is data.train:
            _lay(curve, part, part.columns[past].numpy()[:, place], 0)
        _lay(curve, part, part.columns[future].numpy()[:, target], window)
    starts = [int(part.rows.min()) + window for part in (data.validation, data.test)]
    note = (
        f"The first {starts[0] / last:.0%} are learned from, the next {(starts[1] - starts[0]) / last:.0%} check "
        f"meanwhile, the rest stays unseen until the end. A window is {window:,} steps seen and the {horizon:,} after "
        "them; no step that one part forecasts is learned in another."
    )
    kind = Series(names=("train", "validation"), steps=last, season=wanted.season)
    return Value(kind, curves[None], name, note, {"borders": np.array(starts)})


def _lay(curve: Array, part: Examples, windows: Array, shift: int) -> None:
    """Put windows (N, steps) where they stand in the file."""
    at = np.asarray(part.rows.numpy())[:, None] + shift + np.arange(windows.shape[1])
    kept = at < len(curve)
    curve[at[kept]] = windows[kept]
