"""SeriesSet: a series cut into windows, the past seen and the future to forecast, split in time.

The input is called `past` (and `known`, where the calendar of the future is given, too), the target `future`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Series
from dlviz.datasets.calendar_facts import calendar_facts, calendar_names
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.series_encoder import SeriesEncoder
from dlviz.datasets.split import TEST, VALIDATION, leave_some
from dlviz.datasets.timeline import Timeline

PAST, KNOWN, FUTURE = "past", "known", "future"
PARTS = ("train", "validation", "test")
Steps = Annotated[int, Field(ge=1, le=10_000)] | Literal["auto"]
#: More windows than these are thinned out: neighbours tell nearly the same.
MOST_TRAIN, MOST_OTHER = 10_000, 2_000


@dataclass(frozen=True)
class Written:
    """A series as its file holds it, and how that file is to be read again."""

    timeline: Timeline
    targets: tuple[str, ...]
    time: tuple[str, ...]
    header: bool = True
    missing: tuple[str, ...] = ()


class SeriesSet(Dataset, abstract=True):
    """A series in time. Its first part is learned from, the next checks, the last tests: a split by chance would put
    windows into the test whose neighbours were learned. No step that is forecast for one part is learned in another;
    the past of a test window may reach back, as it does whenever one forecasts."""

    by_chance: ClassVar[bool] = False
    icon: ClassVar[str] = "timeline"

    horizon: Steps = setting(
        "auto", "How many steps ahead are forecast. `auto`: a season, 12 where there is none. Farther is harder."
    )
    window: Steps = setting(
        "auto",
        "How many steps are seen before. `auto`: at least two seasons. Longer sees more and leaves fewer windows.",
    )
    season: Steps = setting(
        "auto",
        "After how many steps the series repeats: what is forecast is compared with the value one season before. "
        "`auto`: 24 for hours, 7 for days, 12 for months.",
    )
    calendar: bool = setting(
        True, "Whether the time of the day, week or year of each step is seen, too, as points on a circle."
    )
    known: bool = setting(
        False,
        "Whether the network is also told the calendar of the steps to forecast, as a second input `known`.",
        advanced=True,
    )
    fill: int = setting(
        3,
        "Gaps of up to so many steps take the last value before them; windows with longer ones are left out.",
        ge=0, le=1000, advanced=True,
    )  # fmt: skip
    validation: float = setting(
        VALIDATION, "Share of the series to check on while training.", ge=0.01, le=0.5, advanced=True
    )
    test: float = setting(
        TEST, "Share of the series, its end, kept for the final test.", ge=0.01, le=0.5, advanced=True
    )

    @model_validator(mode="after")
    def _shares(self) -> SeriesSet:
        leave_some(self.validation, self.test)
        if self.known and not self.calendar:
            raise ValueError("`known` tells the calendar of the future, so `calendar` must be on.")
        return self

    def series(self, progress: Progress = silent) -> Written:
        """The series and what of it is to be forecast. Raises `WrongInput`."""
        raise NotImplementedError

    def changed_at(self) -> object:
        """What changes when the file does, so that nothing old is remembered."""
        return None

    def describe(self, seed: int = 0) -> Fields:
        return _cut(self, seed if self.by_seed() else 0, self.changed_at()).fields

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        progress("Cutting the series into windows", 0, None)
        cut = _cut(self, seed if self.by_seed() else 0, self.changed_at())
        train, validation, test = (cut.examples(starts) for starts in cut.starts)
        return Data(cut.fields, train, validation, test, dict(cut.encoders), list(cut.notes))

    def by_seed(self) -> bool:
        """Whether the series itself hangs on the seed."""
        return False

    def seeded(self, seed: int) -> Written:
        """The series for a seed; most have one series whatever the seed."""
        return self.series()


@dataclass(frozen=True)
class Cut:
    """A series in windows: where those of each part begin."""

    written: Written
    encoders: dict[str, SeriesEncoder]
    fields: Fields
    table: NDArray[np.float32]
    starts: list[NDArray[np.int64]]
    #: The first step that is forecast for validation, and for test.
    borders: tuple[int, int]
    notes: list[str] = field(default_factory=list)

    def examples(self, starts: NDArray[np.int64]) -> Examples:
        past = self.encoders[PAST]
        seen = self.table[starts[:, None] + np.arange(past.window)]
        ahead = starts[:, None] + past.window + np.arange(past.horizon)
        columns = {PAST: _channels(seen)}
        if KNOWN in self.encoders:
            columns[KNOWN] = _channels(self.table[ahead][:, :, len(past.columns) :])
        columns[FUTURE] = _channels(self.table[ahead][:, :, : len(self.written.targets)])
        return Examples(columns, torch.from_numpy(self.written.timeline.rows[starts]))


def _channels(windows: NDArray[np.float32]) -> torch.Tensor:
    """(N, steps, channels) → (N, channels, steps)"""
    return torch.from_numpy(np.ascontiguousarray(windows.transpose(0, 2, 1)))


def sizes(data: SeriesSet, season_of_times: int) -> tuple[int, int, int]:
    """(window, horizon, season) with `auto` worked out."""
    season = season_of_times if data.season == "auto" else data.season
    usual = season if 4 <= season <= 48 else 12
    horizon = usual if data.horizon == "auto" else data.horizon
    window = usual * max(2, ceil(24 / usual)) if data.window == "auto" else data.window
    if data.window == "auto":
        window = max(window, min(season, 512))
    return window, horizon, season


@lru_cache(maxsize=2)  # describe, look and load ask for the same in a row
def _cut(data: SeriesSet, seed: int, changed: object) -> Cut:
    written = data.seeded(seed)
    line = written.timeline
    window, horizon, season = sizes(data, line.spacing.season)
    if season > window:
        raise WrongInput(
            f"The window must be at least one season long, so that a forecast can be compared with the season before. "
            f"Received: a window of {window:,} and a season of {season:,}. Raise `window` or lower `season`."
        )
    calendar = calendar_names(line.spacing) if data.calendar else ()
    settings = {
        "time": written.time, "form": line.form, "columns": line.names, "calendar": calendar, "window": window,
        "horizon": horizon, "season": season, "unit": line.spacing.unit, "every": line.spacing.every,
        "fill": data.fill, "header": written.header, "missing": written.missing,
    }  # fmt: skip
    encoders = {PAST: SeriesEncoder.model_validate({**settings, "gives": PAST})}
    if data.known:
        if not calendar:
            raise WrongInput(f"A calendar knows nothing of times one {line.spacing} apart. Turn `known` off.")
        encoders[KNOWN] = SeriesEncoder.model_validate({**settings, "gives": KNOWN})
    values = line.filled(data.fill)
    table = np.concatenate([values, calendar_facts(line.times, calendar)], axis=1).astype(np.float32)
    steps = len(table)
    borders = round(steps * (1 - data.validation - data.test)), round(steps * (1 - data.test))
    starts, notes = _starts(data, written, table, window, horizon, borders)
    future = Series(names=written.targets, steps=horizon, season=season)
    inputs = {name: encoder.kind_of_series() for name, encoder in encoders.items()}
    fields = Fields(dict(inputs), {FUTURE: future}, sum(map(len, starts)))
    return Cut(written, encoders, fields, table, starts, borders, [*line.notes, *notes])


def _starts(
    data: SeriesSet, written: Written, table: NDArray[np.float32], window: int, horizon: int, borders: tuple[int, int]
) -> tuple[list[NDArray[np.int64]], list[str]]:
    """Where the windows of each part begin, and what a person should know of those left out."""
    line, many = written.timeline, len(written.targets)
    first_end, second_end = borders
    ranges = [
        range(0, first_end - window - horizon + 1),
        range(max(0, first_end - window), second_end - window - horizon + 1),
        range(max(0, second_end - window), len(table) - window - horizon + 1),
    ]
    if min(map(len, ranges)) < 1:
        raise WrongInput(
            f"A series must be long enough for windows of {window:,} steps and {horizon:,} after them in its first "
            f"part, and {horizon:,} steps in each of the others. Received in {line.name}: {len(table):,} steps, cut at "
            f"{first_end:,} and {second_end:,}. Take a smaller `window` or `horizon`, or a longer series."
        )
    whole = ~np.isnan(table).any(axis=1)
    measured = ~np.isnan(line.values[:, :many]).any(axis=1)  # nobody can forecast a value that was filled in
    bad, open_ = np.cumsum(np.r_[0, ~whole]), np.cumsum(np.r_[0, ~measured])
    kept, notes, thinned, lost = [], list[str](), list[str](), 0
    for part, own, most in zip(PARTS, ranges, (MOST_TRAIN, MOST_OTHER, MOST_OTHER), strict=True):
        at = np.arange(own.start, own.stop, dtype=np.int64)
        fits = (bad[at + window] == bad[at]) & (open_[at + window + horizon] == open_[at + window])
        fits &= line.rows[at] >= 0
        lost += int((~fits).sum())
        at = at[fits]
        if not len(at):
            raise WrongInput(
                f"Every window of the {part} part of {line.name} has a gap. Take a smaller `window` or `horizon`, "
                "raise `fill`, or leave out the columns that are often empty."
            )
        if len(at) > most:
            every = ceil(len(at) / most)
            thinned.append(f"one in {every} of the {len(at):,} in the {part} part")
            at = at[::every]
        kept.append(at)
    if thinned:
        notes.append(f"Windows that begin side by side are alike. Taken are {', '.join(thinned)}.")
    if lost:
        notes.append(f"{lost:,} windows were left out because values in them are missing.")
    return kept, notes


def cut_of(data: SeriesSet, seed: int = 0) -> Cut:
    """How a series is cut, for a look at it."""
    return _cut(data, seed if data.by_seed() else 0, data.changed_at())
