"""SeriesTable: the user's own series in time, from a CSV, TSV or Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import model_validator

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.encoding import Encoding
from dlviz.datasets.series_set import SeriesSet, Written
from dlviz.datasets.sheet import Delimiter, Header, How, read_sheet
from dlviz.datasets.timeline import timeline


class SeriesTable(SeriesSet):
    """Your own series: a row for each hour, day or month, in evenly spaced times. Forecast what comes next.

    One column holds the time, others what is to be forecast, further ones what may help to forecast it.
    """

    source: ClassVar[str] = "yours"
    title: ClassVar[str] = "Series in time"

    path: str = setting(help="The file: CSV, TSV or Parquet.", widget="path")
    time: str = setting(help="The column that holds the time of each row.")
    targets: tuple[str, ...] = setting(help="The columns to forecast.", widget="texts", min_length=1, max_length=32)
    covariates: tuple[str, ...] = setting(
        (), "Columns that are seen in the past and may help; they are not forecast.", widget="texts", max_length=200
    )
    delimiter: Delimiter = setting("auto", "What separates the cells of a line.", advanced=True)
    decimal: Literal["auto", "point", "comma"] = setting(
        "auto", "What stands before the fraction of a number: 3.5 or 3,5.", advanced=True
    )
    encoding: Encoding = setting("auto", "How the letters are stored.", advanced=True)
    header: Header = setting(
        "auto", "Whether the first line names the columns; else they are column_1, …", advanced=True
    )
    missing: tuple[str, ...] = setting(
        (), "Words that mean `no value`, beside the usual ones (an empty cell, NA, ?, null, -).", advanced=True,
        widget="texts",
    )  # fmt: skip

    @model_validator(mode="after")
    def _columns(self) -> SeriesTable:
        every = [self.time, *self.targets, *self.covariates]
        twice = sorted({name for name in every if every.count(name) > 1})
        if twice:
            raise ValueError(f"each column can have one use: time, target or covariate. `{twice[0]}` is named twice.")
        return self

    def how(self) -> How:
        return How(self.delimiter, self.decimal, self.encoding, self.header, self.missing)

    def series(self, progress: Progress = silent) -> Written:
        sheet = read_sheet(self.path, self.how())
        found = timeline(sheet, (self.time,), (*self.targets, *self.covariates))
        return Written(found, self.targets, (self.time,), sheet.header, self.missing)

    def changed_at(self) -> object:
        file = Path(self.path).expanduser()
        return (file.stat().st_mtime_ns, file.stat().st_size) if file.is_file() else None
