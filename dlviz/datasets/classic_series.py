"""ClassicSeries: five series from textbooks."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Files
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.series_set import SeriesSet, Written
from dlviz.datasets.sheet import read_sheet
from dlviz.datasets.timeline import timeline

Title = Literal[
    "airline passengers", "daily minimum temperatures", "monthly sunspots", "daily female births", "pollution"
]
#: (file, its sha256, time columns, what is forecast, what is seen beside it)
_SERIES: dict[str, tuple[str, str, tuple[str, ...], str, tuple[str, ...]]] = {
    "airline passengers": (
        "airline-passengers.csv", "8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621", ("Month",),
        "Passengers", (),
    ),
    "daily minimum temperatures": (
        "daily-min-temperatures.csv", "8b9de63ed6789492bf497625e7f9beb96a63d367b4b0a21754006f749fa5e5da", ("Date",),
        "Temp", (),
    ),
    "monthly sunspots": (
        "monthly-sunspots.csv", "c4ec8cc57d9f6fb6ecdb3e1f37f25b6f4badd5124c55931052b0cd2fc3bc71f3", ("Month",),
        "Sunspots", (),
    ),
    "daily female births": (
        "daily-total-female-births.csv", "7a0c1bdb32d68f7fa359e561a4f7e1fe8fb2fc26a1ea624a434a97a63735dd72",
        ("Date",), "Births", (),
    ),
    "pollution": (
        "pollution.csv", "892e9559205d16d32623135c127a3951c12e46ea1e0b3093e107ce89a9fd60e2",
        ("year", "month", "day", "hour"), "pm2.5", ("DEWP", "TEMP", "PRES", "Iws", "Is", "Ir"),
    ),
}  # fmt: skip


class ClassicSeries(Fetched, SeriesSet):
    """Five series from textbooks: airline passengers month by month, the coldest hour of each day in Melbourne,
    sunspots since 1749, girls born a day in California, and the dust in Beijing's air with its weather.

    Sources: Box and Jenkins (1976); Australian Bureau of Meteorology; Andrews and Herzberg (1985); Newton (1988); UCI,
    Beijing PM2.5 (CC BY 4.0); as gathered by J. Brownlee. At most 2 MB to download.
    """

    title: ClassVar[str] = "Classic series"

    which: Title = setting("airline passengers", "Which series is forecast.")

    @property
    def files(self) -> Files:  # type: ignore[override]  # which one is fetched follows from a setting
        file, digest, *_ = _SERIES[self.which]
        home = "https://raw.githubusercontent.com/jbrownlee/Datasets/master/"
        return Files("classic-time-series", (home,), {file: digest})

    def series(self, progress: Progress = silent) -> Written:
        file, _, time, target, beside = _SERIES[self.which]
        sheet = read_sheet(self.files.fetch(progress)[file])
        form = "%Y %m %d %H" if len(time) > 1 else ""
        return Written(timeline(sheet, time, (target, *beside), form), (target,), time)
