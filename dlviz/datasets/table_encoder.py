"""TableEncoder: rows of a table as the numbers a network takes, and back."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Table, Value, Vector
from dlviz.datasets import dates
from dlviz.datasets.data import Encoder
from dlviz.datasets.numbers import Decimal, missing, parsed
from dlviz.datasets.sheet import How, read_sheet

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
GAP = "(missing)"
OTHER = "(other)"


class _Encoded(BaseModel):
    """One column: how its cells become numbers, learned from the training part."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str

    def labels(self) -> list[str]:
        """A name for each position that the column takes."""
        raise NotImplementedError

    def encode(self, cells: Texts | Floats, encoder: TableEncoder) -> Floats:
        """(N, positions)"""
        raise NotImplementedError

    def decode(self, numbers: Floats) -> list[str]:
        """The cells as written; "" where missing."""
        raise NotImplementedError


class NumberColumn(_Encoded):
    """A number, less the training mean, in units of the training spread; missing counts as the mean, and says so in
    a position of its own where the training part had gaps."""

    takes: Literal["number"] = "number"
    mean: float
    std: float
    whole: bool
    gaps: bool

    def labels(self) -> list[str]:
        return [self.name, f"{self.name} is missing"] if self.gaps else [self.name]

    def encode(self, cells: Texts | Floats, encoder: TableEncoder) -> Floats:
        numbers = encoder.numbers(cells)
        absent = np.isnan(numbers)
        scaled = (np.where(absent, self.mean, numbers) - self.mean) / self.std
        return np.stack([scaled, absent], axis=1) if self.gaps else scaled[:, None]

    def decode(self, numbers: Floats) -> list[str]:
        values = numbers[:, 0] * self.std + self.mean
        # a float's last bits are nothing that was written: 0.42, not 0.419999; 0, not -0
        values = np.round(values, 6 - math.floor(math.log10(abs(self.mean) + self.std))) + 0.0
        texts = [f"{value:.0f}" if self.whole else f"{value:.6g}" for value in values]
        return ["" if gone else text for text, gone in zip(texts, _gone(numbers, self.gaps), strict=True)]


class CategoryColumn(_Encoded):
    """One of some words: a position each, 1 where it is that word. Rare words of the training part share the position
    `(other)`; a word that the training part did not have lies there, too, or is all zeros where there is none."""

    takes: Literal["category"] = "category"
    values: tuple[str, ...]
    other: bool
    gaps: bool

    def slots(self) -> list[str]:
        return [*self.values, *([OTHER] if self.other else []), *([GAP] if self.gaps else [])]

    def labels(self) -> list[str]:
        return [f"{self.name}={slot}" for slot in self.slots()]

    def encode(self, cells: Texts | Floats, encoder: TableEncoder) -> Floats:
        codes, found = pd.factorize(encoder.words(cells))
        place = {value: number for number, value in enumerate(self.values)}
        unknown = len(self.values) if self.other else -1
        at = np.array(
            [
                (len(self.slots()) - 1 if self.gaps else -1) if word == "" else place.get(word, unknown)
                for word in found
            ],
            dtype=np.int64,
        )[codes]
        table = np.zeros((len(at), len(self.slots())))
        rows = np.flatnonzero(at >= 0)
        table[rows, at[rows]] = 1
        return table

    def decode(self, numbers: Floats) -> list[str]:
        slots = [*self.values, *([OTHER] if self.other else []), *([""] if self.gaps else [])]
        picked = numbers.argmax(axis=1)
        return [slots[i] if row[i] > 0.5 else OTHER for i, row in zip(picked, numbers, strict=True)]


class DateColumn(_Encoded):
    """A date taken apart into the parts that vary in the training part, each scaled like a number."""

    takes: Literal["date"] = "date"
    form: str
    #: (part, mean, spread) of those that vary; the others by their one value, for the way back.
    parts: tuple[tuple[str, float, float], ...]
    fixed: dict[str, float]
    gaps: bool

    def labels(self) -> list[str]:
        names = [f"{self.name}: {part}" for part, _, _ in self.parts]
        return [*names, f"{self.name} is missing"] if self.gaps else names

    def encode(self, cells: Texts | Floats, encoder: TableEncoder) -> Floats:
        numbers = dates.apart(date_values(cells, self.form))
        columns = [np.nan_to_num((numbers[part] - mean) / std) for part, mean, std in self.parts]
        if self.gaps:
            columns.append(np.isnan(numbers["year"]).astype(np.float64))
        return np.stack(columns, axis=1)

    def decode(self, numbers: Floats) -> list[str]:
        apart = {part: np.full(len(numbers), value) for part, value in self.fixed.items()}
        apart |= {part: numbers[:, i] * std + mean for i, (part, mean, std) in enumerate(self.parts)}
        texts = dates.together(apart, self.form)
        return ["" if gone else text for text, gone in zip(texts, _gone(numbers, self.gaps), strict=True)]


EncodedColumn = Annotated[NumberColumn | CategoryColumn | DateColumn, Field(discriminator="takes")]


class TableEncoder(Encoder):
    """Rows of a table as numbers: each number scaled, each category a position per word, each date in its parts, all
    by what the training part showed."""

    columns: tuple[EncodedColumn, ...] = setting((), "Each column, in order.")
    header: bool = setting(True, "Whether the file names its columns on the first line.")
    decimal: Decimal = setting("point", "What stands before the fraction of a number.")
    missing: tuple[str, ...] = setting((), "Marks for missing values, in small letters.")
    file_columns: tuple[str, ...] = setting((), "Every column of the file trained on, those not used too.")
    target: str = setting("", "Which of them is the target; a file to predict may lack it.")

    def names(self) -> tuple[str, ...]:
        return tuple(label for column in self.columns for label in column.labels())

    def groups(self) -> dict[str, list[int]]:
        groups, start = {}, 0
        for column in self.columns:
            width = len(column.labels())
            groups[column.name] = list(range(start, start + width))
            start += width
        return groups

    def encode(self, raw: Any) -> Tensor:
        """Rows of a DataFrame that has these columns (texts, or floats) as float32 (N, positions)."""
        groups = self.groups()
        table = np.empty((len(raw), len(self.names())), dtype=np.float32)
        for column in self.columns:
            table[:, groups[column.name]] = column.encode(raw[column.name].to_numpy(), self)
        return torch.from_numpy(table)

    def decode(self, tensor: Tensor) -> Value:
        numbers = tensor.detach().cpu().double().numpy()
        groups = self.groups()
        cells = [column.decode(numbers[:, groups[column.name]]) for column in self.columns]
        kind = Table(columns=tuple(column.name for column in self.columns))
        return Value(kind, np.array(cells, dtype=str).T.reshape(len(numbers), len(self.columns)), "row")

    def read(self, path: str) -> pd.DataFrame:
        """The rows of a CSV or Parquet file with the columns trained with; it need not hold the target."""
        header: Literal["first_row", "none"] = "first_row" if self.header else "none"
        sheet = read_sheet(path, How(header=header, missing=self.missing))
        if not self.header and len(sheet.frame.columns) == len(self.file_columns) - 1:  # all but the target
            names = [name for name in self.file_columns if name != self.target]
            sheet = replace(sheet, frame=sheet.frame.set_axis(names, axis=1))
        sheet = sheet.with_columns([column.name for column in self.columns])
        frame = sheet.frame
        if sheet.decimal != self.decimal:
            frame = frame.assign(
                **{c.name: parsed(sheet.texts(c.name), sheet.decimal) for c in self.columns if c.takes == "number"}
            )
        return frame

    def vector(self) -> Vector:
        return Vector(names=self.names())

    def numbers(self, cells: Texts | Floats) -> Floats:
        """Cells as floats, NaN where missing or no number."""
        if cells.dtype.kind in "fiub":
            return cells.astype(np.float64)
        codes, found = pd.factorize(cells)
        values = parsed(np.asarray(found, dtype=object), self.decimal)
        values[missing(np.asarray(found, dtype=object), frozenset(self.missing))] = np.nan
        return np.where(codes >= 0, values[codes], np.nan) if len(values) else np.full(len(cells), np.nan)

    def words(self, cells: Texts | Floats) -> Texts:
        """Cells as texts, "" where missing."""
        if cells.dtype.kind == "f":
            return np.array(["" if np.isnan(cell) else f"{cell:.15g}" for cell in cells], dtype=object)
        codes, found = pd.factorize(cells)
        gone = missing(np.asarray(found, dtype=object), frozenset(self.missing))
        kept = np.array(["" if absent else str(word) for word, absent in zip(found, gone, strict=True)], dtype=object)
        return np.asarray(kept[codes], dtype=object)


def date_values(cells: Texts | Floats, form: str) -> dates.Dates:
    """Cells of a date column as dates; NaT where missing or no date."""
    if cells.dtype.kind == "f":
        cells = np.array(["" if np.isnan(cell) else f"{cell:.0f}" for cell in cells], dtype=object)
    codes, found = pd.factorize(cells)
    return dates.parse(np.asarray(found, dtype=object), form)[codes]


def _gone(numbers: Floats, gaps: bool) -> NDArray[np.bool_]:
    return numbers[:, -1] > 0.5 if gaps else np.zeros(len(numbers), dtype=bool)
