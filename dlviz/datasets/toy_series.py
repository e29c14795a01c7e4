"""ToySeries: a made-up series of seasons, trend and noise."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.series_set import SeriesSet, Written
from dlviz.datasets.spacing import Spacing
from dlviz.datasets.timeline import Timeline


class ToySeries(SeriesSet):
    """A made-up series, day by day: a week's rhythm, a slower wave, a trend and noise. Forecast the next days.

    What can be known of it is known: with little noise a network can come close to the noise itself.
    """

    title: ClassVar[str] = "Made-up series"

    size: int = setting(800, "How many days. More: the rhythm is clearer.", ge=60, le=20_000)
    trend: float = setting(0.5, "How far it rises in 100 days, in units of the rhythm.", ge=-10, le=10)
    noise: float = setting(
        0.3, "How much chance is added, in units of the rhythm. Above 1 little can be known.", ge=0, le=5
    )
    wave: float = setting(1.0, "How large the slower wave of about 50 days is.", ge=0, le=10)

    def by_seed(self) -> bool:
        return True

    def series(self, progress: Progress = silent) -> Written:
        return self.seeded(0)

    def seeded(self, seed: int) -> Written:
        random = np.random.default_rng([seed, 0x5E12])
        steps = np.arange(self.size)
        week = np.array([0.2, -0.3, -0.8, -0.2, 0.4, 1.4, -0.7])[steps % 7]
        slow = self.wave * np.sin(2 * np.pi * (steps / 53.0 + random.random()))
        values = 10 + week + slow + self.trend * steps / 100 + self.noise * random.standard_normal(self.size)
        spacing = Spacing("second", 86_400)
        times = spacing.times(np.datetime64("2020-01-01T00:00:00", "s"), steps)
        line = Timeline("the made-up series", ("value",), times, values[:, None], steps, spacing, "%Y-%m-%d")
        return Written(line, ("value",), ("day",))
