"""SeriesEncoder: the end of a series as the window that a network sees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Series, Value
from dlviz.datasets import dates
from dlviz.datasets.calendar_facts import calendar_facts
from dlviz.datasets.data import Encoder
from dlviz.datasets.sheet import How, read_sheet
from dlviz.datasets.spacing import Spacing, Unit
from dlviz.datasets.timeline import timeline, written


@dataclass(frozen=True)
class Ending:
    """The last steps of a series, `values` (steps, columns), and the times of the steps after it."""

    times: dates.Dates
    values: NDArray[np.float64]
    after: dates.Dates


class SeriesEncoder(Encoder):
    """The last steps of a series in its own units, as channels × steps. The network itself holds what scales them.

    `gives` `past`: the window seen. `known`: the calendar of the steps to forecast.
    """

    gives: Literal["past", "known"] = setting("past", "The window seen, or what is known of the steps after it.")
    time: tuple[str, ...] = setting((), "The columns that hold the time; their cells are joined by a space.")
    form: str = setting("", "How the file trained on writes its times.")
    columns: tuple[str, ...] = setting((), "The columns read: what is forecast first, then what else is seen.")
    calendar: tuple[str, ...] = setting((), "What the calendar adds.")
    window: int = setting(24, "How many steps are seen.", ge=1, le=100_000)
    horizon: int = setting(12, "How many steps are forecast.", ge=1, le=100_000)
    season: int = setting(1, "After how many steps the series repeats.", ge=1, le=100_000)
    unit: Unit = setting("second", "In what the times are spaced.")
    every: int = setting(1, "How many of these lie between two steps.", ge=1, le=2**40)
    fill: int = setting(0, "Gaps of up to so many steps take the last value before them.", ge=0, le=100_000)
    header: bool = setting(True, "Whether the file names its columns on the first line.")
    missing: tuple[str, ...] = setting((), "Marks for missing values, beside the usual ones.")

    def names(self) -> tuple[str, ...]:
        return (*self.columns, *self.calendar) if self.gives == "past" else self.calendar

    def kind_of_series(self) -> Series:
        steps = self.window if self.gives == "past" else self.horizon
        return Series(names=self.names(), steps=steps, season=self.season)

    def encode(self, raw: Any) -> Tensor:
        """An `Ending` as float32 (1, channels, steps)."""
        if self.gives == "known":
            table = calendar_facts(raw.after, self.calendar)
        else:
            table = np.concatenate([raw.values, calendar_facts(raw.times, self.calendar)], axis=1)
        return torch.from_numpy(np.ascontiguousarray(table.T, dtype=np.float32))[None]

    def decode(self, tensor: Tensor) -> Value:
        return Value(self.kind_of_series(), np.asarray(tensor.detach().cpu().numpy()), self.gives)

    def read(self, path: str) -> Ending:
        """The end of the series in a CSV, TSV or Parquet file with the columns trained with."""
        header: Literal["first_row", "none"] = "first_row" if self.header else "none"
        sheet = read_sheet(path, How(header=header, missing=self.missing)).with_columns([*self.time, *self.columns])
        found = timeline(sheet, self.time, self.columns, self.form if len(self.time) > 1 else "")
        name = Path(path).name
        own = Spacing(self.unit, self.every)
        if found.spacing != own:
            raise WrongInput(
                f"The network was trained on one row each {own}. Received in {name}: one each {found.spacing}. Bring "
                "the rows to the same times first."
            )
        values = found.filled(self.fill)[-self.window :]
        if len(values) < self.window:
            raise WrongInput(
                f"The network sees {self.window:,} steps before it forecasts. Received in {name}: {len(values):,}."
            )
        if np.isnan(values).any():
            step, column = np.argwhere(np.isnan(values))[0]
            when = written(found.times[-self.window :][step : step + 1], found.form)[0]
            raise WrongInput(
                f"The last {self.window:,} steps must hold every value (gaps of up to {self.fill} are filled). Missing "
                f"in {name}: `{self.columns[column]}` at {when}. Put a value there."
            )
        steps = np.arange(len(found.times), len(found.times) + self.horizon)
        return Ending(found.times[-self.window :], values, own.times(found.times[0], steps))

    def steps_after(self, raw: Ending) -> list[str]:
        """The times of the steps that are forecast, as the file writes them."""
        return written(raw.after, self.form)
