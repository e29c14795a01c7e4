"""What a calendar says of a time, as numbers: where it stands in its day, week and year.

Each is a point on a circle, its sine and cosine, so that December is next to January.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlviz.datasets import dates
from dlviz.datasets.spacing import DAY, Spacing


def calendar_names(spacing: Spacing) -> tuple[str, ...]:
    """The facts that help at this spacing, a sine and a cosine each. (Hours do not get the year: few files hold enough
    years of hours to learn it from.)"""
    if spacing.unit == "month":
        circles: tuple[str, ...] = ("year",) if spacing.every < 12 else ()
    elif spacing.unit == "weekday" or spacing.every == DAY:
        circles = ("week", "year")
    elif spacing.every < DAY:
        circles = ("day", "week")
    else:
        circles = ("year",)
    return tuple(f"{wave} of the {circle}" for circle in circles for wave in ("sine", "cosine"))


def calendar_facts(times: dates.Dates, names: tuple[str, ...]) -> NDArray[np.float64]:
    """(times, names)"""
    parts = dates.apart(times)
    hour = parts["hour"] + parts["minute"] / 60 + parts["second"] / 3600
    share = {
        "day": hour / 24,
        "week": (parts["weekday"] + hour / 24) / 7,
        "year": (parts["month"] - 1 + (parts["day"] - 1) / 31) / 12,
    }
    waves = {"sine": np.sin, "cosine": np.cos}
    columns = [waves[name.split(" ")[0]](2 * np.pi * share[name.rsplit(" ", 1)[1]]) for name in names]
    return np.stack(columns, axis=1) if columns else np.zeros((len(times), 0))
