"""Etth1: the load and the temperature of a power transformer, hour by hour."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Files
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.series_set import SeriesSet, Written
from dlviz.datasets.sheet import read_sheet
from dlviz.datasets.timeline import timeline

_LOADS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL")


class Etth1(Fetched, SeriesSet):
    """Two years of a power transformer, hour by hour: six loads and the temperature of its oil. Forecast the next day.

    Source: H. Zhou et al., Informer (2021), ETDataset, CC BY-ND 4.0. 2.6 MB to download.
    """

    title: ClassVar[str] = "Transformer temperature (ETTh1)"
    files: ClassVar[Files] = Files(
        "etth1",
        ("https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/",),
        {"ETTh1.csv": "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066"},
    )

    forecast: Literal["temperature", "everything"] = setting(
        "temperature", "What is forecast: the temperature of the oil, or the six loads with it."
    )

    def series(self, progress: Progress = silent) -> Written:
        sheet = read_sheet(self.files.fetch(progress)["ETTh1.csv"])
        targets = ("OT",) if self.forecast == "temperature" else ("OT", *_LOADS)
        return Written(timeline(sheet, ("date",), ("OT", *_LOADS)), targets, ("date",))
