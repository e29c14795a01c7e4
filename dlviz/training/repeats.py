"""Repeats: what several runs of one experiment with different seeds say together. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """A figure over the steps of several runs: at each step the mean, the standard deviation (of a sample, so that it
    is unknown, NaN, for one run), the least and the greatest; `runs`: how many have a value there."""

    steps: Floats
    mean: Floats
    deviation: Floats
    low: Floats
    high: Floats
    runs: NDArray[np.int64]


def band(curves: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Band:
    """The band of `curves`, each (steps, values): at every step that any of them has, between the first and the last
    step of each; a curve's values in between are interpolated. Values that are no numbers are passed over."""
    clean: list[tuple[Floats, Floats]] = []
    for places, values in curves:
        x, y = np.asarray(places, dtype=float), np.asarray(values, dtype=float)
        sound = np.isfinite(x) & np.isfinite(y)
        if sound.any():
            x, order = np.unique(x[sound], return_index=True)
            clean.append((x, y[sound][order]))
    if not clean:
        none = np.zeros(0)
        return Band(none, none, none, none, none, np.zeros(0, dtype=np.int64))
    steps = np.unique(np.concatenate([x for x, _ in clean]))
    table = np.stack([np.interp(steps, x, y, left=np.nan, right=np.nan) for x, y in clean])
    runs = np.isfinite(table).sum(axis=0)
    mean = np.nansum(table, axis=0) / runs
    squares = np.nansum((table - mean) ** 2, axis=0)
    deviation = np.where(runs > 1, np.sqrt(squares / np.maximum(runs - 1, 1)), np.nan)
    return Band(steps, mean, deviation, np.nanmin(table, axis=0), np.nanmax(table, axis=0), runs)


def curve(run: RunFolder, figure: str) -> tuple[list[float], list[float]]:
    """(steps, values) of one figure of a run: `validation.accuracy` of its epochs; `loss`, `lr` of its steps."""
    kind = "epoch" if "." in figure and not figure.startswith("loss.") else "train"
    found = [record for record in read_events(run.events_file, only=(kind,)) if _number(record.get(figure))]
    return [float(record["step"]) for record in found], [float(record[figure]) for record in found]


def summary(runs: Sequence[RunFolder], part: str = "test") -> dict[str, tuple[float, float, int]]:
    """Of each figure of a part at the end: (mean, standard deviation, how many runs have it). NaN for one run."""
    values: dict[str, list[float]] = {}
    for run in runs:
        for name, value in ((run.state().get("metrics") or {}).get(part) or {}).items():
            if _number(value):
                values.setdefault(name, []).append(float(value))
    return {
        name: (float(np.mean(found)), float(np.std(found, ddof=1)) if len(found) > 1 else float("nan"), len(found))
        for name, found in values.items()
    }


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))
