"""TextTable: the user's own texts, each with a label, from a CSV, TSV, JSON lines or Parquet file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.setting import setting
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.encoding import Encoding
from dlviz.datasets.sheet import Delimiter, Header, How, Sheet, read_sheet
from dlviz.datasets.split import TEST, VALIDATION, Parts, leave_some, split
from dlviz.datasets.target import SmallClasses, TargetKind, read_target
from dlviz.datasets.text_data import KnownTexts, text_data, text_fields
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.text_settings import MOST_IDS, TextSettings

__all__ = ["MOST_IDS", "TextTable"]


class TextTable(TextSettings):
    """Your own texts, a row each, with a label: predict the label from the text.

    Texts are taken apart into tokens, mostly words and marks; those of the training part, the frequent ones first,
    become the vocabulary. Languages without spaces other than Chinese and Japanese are not taken apart into words:
    take `characters` or `bpe` there.
    """

    source: ClassVar[str] = "yours"

    path: str = setting(help="The file: CSV, TSV, JSON lines or Parquet.", widget="path")
    text: str = setting(help="The column that holds the texts.")
    label: str = setting(help="The column to predict.")
    label_kind: TargetKind = setting(
        "auto",
        "category: tell classes apart; number: estimate a quantity. auto: words and few whole numbers are classes.",
        advanced=True,
    )
    delimiter: Delimiter = setting("auto", "What separates the cells of a line.", advanced=True)
    encoding: Encoding = setting("auto", "How the letters are stored.", advanced=True)
    header: Header = setting(
        "auto", "Whether the first line names the columns; else they are column_1, …", advanced=True
    )
    small_classes: SmallClasses = setting(
        "refuse",
        "What to do with classes too small for three parts: drop their rows, or join them to one.",
        advanced=True,
    )
    validation: float = setting(
        VALIDATION, "Share of the texts to check on while training.", ge=0.01, le=0.5, advanced=True
    )
    test: float = setting(TEST, "Share of the texts kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> TextTable:
        leave_some(self.validation, self.test)
        if self.text == self.label:
            raise ValueError("the text and the label must be two columns.")
        return self

    def describe(self, seed: int = 0) -> Fields:
        known = self._known(seed)
        return text_fields(known.encoder, known.target)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        progress("Reading the texts and learning their tokens", 0, None)
        known = self._known(seed)
        progress("Turning texts into numbers", 0, None)
        return text_data(known.texts, known.target, known.rows, known.parts, known.encoder, known.notes)

    def _known(self, seed: int) -> KnownTexts:
        read_sheet(self.path, self.how())  # tells what is wrong with the file
        file = Path(self.path).expanduser().stat()
        return _known(self, seed, file.st_mtime_ns, file.st_size)

    def how(self) -> How:
        return How(self.delimiter, "auto", self.encoding, self.header)

    def prepared(self, seed: int) -> KnownTexts:
        """What the file gives: its rows with a text and a label, split, and the encoder learned from the training part.
        Raises `WrongInput`."""
        sheet = read_sheet(self.path, self.how())
        known = [str(column) for column in sheet.frame.columns]
        if self.text not in known:
            raise WrongInput(
                f"The text must be a column of {sheet.name}. There is no `{self.text}`. {nearest(self.text, known)}"
            )
        texts = sheet.texts(self.text)
        blank = np.array([not str(text).strip() for text in texts], dtype=bool)
        notes = []
        if blank.all():
            raise WrongInput(
                f"The column `{self.text}` of {sheet.name} holds no text in any row. Choose another column."
            )
        if blank.any():
            notes.append(
                f"{int(blank.sum()):,} of {len(texts):,} rows have no text and were left out; the first is row "
                f"{int(blank.argmax()) + 1:,} of {sheet.name}."
            )
            sheet = Sheet(**{**vars(sheet), "frame": sheet.frame[~blank]})
        target, kept, more = read_target(sheet, self.label, self.label_kind, self.small_classes, parts=3)
        rows = np.flatnonzero(~blank)[kept].astype(np.int64)
        parts = split(len(kept), target.labels, validation=self.validation, test=self.test, seed=seed)
        chosen = texts[rows]
        return KnownTexts(chosen, target, rows, parts, self._encoder(chosen, parts, sheet), (*notes, *more))

    def _encoder(self, texts: NDArray[np.object_], parts: Parts, sheet: Sheet) -> TextEncoder:
        return self.learned(
            [str(text) for text in texts[parts.train]],
            len(texts),
            f"in the column `{self.text}`",
            column=self.text,
            header=sheet.header,
            file_columns=tuple(map(str, sheet.frame.columns)),
            target=self.label,
        )


@lru_cache(maxsize=2)  # describe and load ask for the same in a row
def _known(table: TextTable, seed: int, changed: int, size: int) -> KnownTexts:
    return table.prepared(seed)
