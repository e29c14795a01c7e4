"""Table: the user's own table, from a CSV, TSV, JSON lines or Parquet file."""

from __future__ import annotations

from typing import ClassVar, Literal

import pandas as pd
from pydantic import model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.columns import Column, Overrule, detect_columns
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.encoding import Encoding
from dlviz.datasets.sheet import Delimiter, Header, How, read_sheet
from dlviz.datasets.split import TEST, VALIDATION, Parts, leave_some, split
from dlviz.datasets.table_encoder import TableEncoder
from dlviz.datasets.tabular import Origin, Target, learn_encoder, table_data, table_fields
from dlviz.datasets.target import SmallClasses, TargetKind, read_target


class Table(Dataset):
    """Your own table, a row an example: predict one column from the others.

    How the file is written and what each column holds is found out, shown, and can be overruled here.
    """

    source: ClassVar[str] = "yours"

    path: str = setting(help="The file: CSV, TSV, JSON lines or Parquet.", widget="path")
    target: str = setting(help="The column to predict.")
    target_kind: TargetKind = setting(
        "auto",
        "category: tell classes apart; number: estimate a quantity. auto: words and few whole numbers are classes.",
    )
    ignore: tuple[str, ...] = setting(
        (), "Columns to leave out, such as one that gives the target away.", widget="texts"
    )
    columns: dict[str, Overrule] = setting(
        {},
        "What a column holds, where it was not recognised: its name and number, category, date or ignore.",
        advanced=True,
        widget="columns",
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
        (),
        "Words that mean `no value`, beside the usual ones (an empty cell, NA, ?, null, -).",
        advanced=True,
        widget="texts",
    )
    max_categories: int = setting(
        30,
        "How many words of a column get an input of their own; the rarer ones share one.",
        ge=2,
        le=1000,
        advanced=True,
    )
    small_classes: SmallClasses = setting(
        "refuse",
        "What to do with classes too small for three parts: drop their rows, or join them to one.",
        advanced=True,
    )
    validation: float = setting(
        VALIDATION, "Share of the rows to check on while training.", ge=0.01, le=0.5, advanced=True
    )
    test: float = setting(TEST, "Share of the rows kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> Table:
        leave_some(self.validation, self.test)
        if self.target in self.ignore:
            raise ValueError("the target cannot be among the columns to ignore.")
        return self

    def describe(self, seed: int = 0) -> Fields:
        return table_fields(*self._prepared(seed)[:2])

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        progress("Reading the table", 0, None)
        encoder, target, frame, columns, parts, warnings = self._prepared(seed)
        return table_data(frame, columns, encoder, target, parts, warnings)

    def how(self) -> How:
        return How(self.delimiter, self.decimal, self.encoding, self.header, self.missing)

    def _prepared(self, seed: int) -> tuple[TableEncoder, Target, pd.DataFrame, list[Column], Parts, list[str]]:
        sheet = read_sheet(self.path, self.how())
        target, kept, notes = read_target(sheet, self.target, self.target_kind, self.small_classes, parts=3)
        overrules: dict[str, Overrule] = {**self.columns, **{name: "ignore" for name in self.ignore}}
        columns = detect_columns(sheet, {n: use for n, use in overrules.items() if n != self.target})
        used = [column for column in columns if column.used and column.name != self.target]
        if not used:
            left = "; ".join(f"`{column.name}`: {column.why}" for column in columns if column.name != self.target)
            raise WrongInput(
                f"There is no column to learn from beside the target `{self.target}`. Left out were {left}. "
                "Say in `columns` what a column holds to use it nevertheless."
            )
        frame = sheet.frame.iloc[kept]
        parts = split(len(kept), target.labels, validation=self.validation, test=self.test, seed=seed)
        origin = Origin(sheet.header, sheet.decimal, sheet.marks)
        encoder = learn_encoder(
            frame, columns, parts.train, target=self.target, origin=origin, most_categories=self.max_categories
        )
        return encoder, target, frame, columns, parts, [*notes, *_left_out(columns, self.target)]


def _left_out(columns: list[Column], target: str) -> list[str]:
    dropped = [column for column in columns if not column.used and column.kind != "ignored" and column.name != target]
    return [
        f"`{column.name}` was left out: {column.why}."
        + (" To learn from texts, choose TextTable as the data." if column.kind == "text" else "")
        for column in dropped
    ]
