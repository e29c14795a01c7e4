"""How the times of a series are spaced: every so many seconds, weekdays, or months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dlviz.datasets.dates import Dates

Unit = Literal["second", "weekday", "month"]
Places = NDArray[np.int64]
DAY = 86_400
_NAMED = {1: "second", 60: "minute", 3600: "hour", DAY: "day", 7 * DAY: "week"}
_SEASONS = {DAY: 7, 7 * DAY: 52}
#: So many steps between two times at least are needed to tell weekdays from days.
_WEEK = 6


@dataclass(frozen=True)
class Spacing:
    """One time every `every` units."""

    unit: Unit
    every: int

    def places(self, times: Dates, origin: np.datetime64) -> NDArray[np.float64]:
        """Where each time stands on the grid that starts at `origin`; not whole where it stands between two."""
        if self.unit == "month":
            return np.asarray((_months(times) - _months(np.array([origin]))[0]) / self.every)
        if self.unit == "weekday":
            days = times.astype("datetime64[D]")
            return np.asarray(np.busday_count(origin.astype("datetime64[D]"), days) / self.every)
        return np.asarray((times - origin).astype("timedelta64[s]").astype(np.float64) / self.every)

    def times(self, origin: np.datetime64, places: Places) -> Dates:
        """The times at places of the grid: the way back. Months keep the origin's day of the month, or their last."""
        if self.unit == "second":
            return np.asarray(origin.astype("datetime64[s]") + (places * self.every).astype("timedelta64[s]"))
        if self.unit == "weekday":
            days = np.busday_offset(origin.astype("datetime64[D]"), places * self.every)
            return np.asarray(days).astype("datetime64[s]")
        month = origin.astype("datetime64[M]") + places * self.every
        within = origin.astype("datetime64[s]") - origin.astype("datetime64[M]").astype("datetime64[s]")
        last = (month + 1).astype("datetime64[D]").astype("datetime64[s]") - np.timedelta64(DAY, "s")
        return np.asarray(np.minimum(month.astype("datetime64[s]") + within, last))

    @property
    def season(self) -> int:
        """After how many steps such times usually repeat: a day of hours, a week of days, a year of months; 1 where
        nothing is usual."""
        if self.unit == "weekday":
            return 5 if self.every == 1 else 1
        if self.unit == "month":
            return 12 // self.every if self.every < 12 and 12 % self.every == 0 else 1
        if self.every < DAY and DAY % self.every == 0:
            return DAY // self.every
        return _SEASONS.get(self.every, 1)

    def __str__(self) -> str:
        """As in "one row each hour"."""
        if self.unit == "second":
            for seconds in sorted(_NAMED, reverse=True):
                if self.every % seconds == 0:
                    many = self.every // seconds
                    return _NAMED[seconds] if many == 1 else f"{many} {_NAMED[seconds]}s"
        if self.unit == "month" and self.every % 12 == 0:
            return "year" if self.every == 12 else f"{self.every // 12} years"
        return self.unit if self.every == 1 else f"{self.every} {self.unit}s"


def detect_spacing(times: Dates) -> Spacing:
    """The spacing of at least two times in their order, none twice: the commonest step between two of them."""
    steps = np.diff(times).astype("timedelta64[s]").astype(np.int64)
    days = times.astype("datetime64[D]")
    whole = bool((times == days.astype("datetime64[s]")).all())
    if whole and steps.min() >= 28 * DAY:
        inside = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
        if len(set(inside.tolist())) == 1 or inside.min() >= 28:
            return Spacing("month", _commonest(np.diff(_months(times))))
    step = _commonest(steps)
    weekday = (days.astype(np.int64) + 3) % 7  # 1970 began on a Thursday
    if whole and step == DAY and len(times) > _WEEK and weekday.max() < 5:
        return Spacing("weekday", 1)
    return Spacing("second", step)


def _months(times: Dates) -> Places:
    return times.astype("datetime64[M]").astype(np.int64)


def _commonest(steps: Places) -> int:
    values, counts = np.unique(steps, return_counts=True)
    return int(values[counts.argmax()])
