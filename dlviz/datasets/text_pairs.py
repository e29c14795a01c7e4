"""TextPairs: the user's own pairs of texts, from a CSV, TSV, JSON lines or Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import model_validator

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.encoding import Encoding
from dlviz.datasets.pair_settings import PairSettings
from dlviz.datasets.sheet import Delimiter, Header, How, read_sheet


class TextPairs(PairSettings):
    """Your own pairs of texts, a row each: read the one, write the other. Sentences and their translations, questions
    and answers, dates written one way and another.

    A few thousand pairs are needed before what it writes makes sense; short ones teach sooner.
    """

    source: ClassVar[str] = "yours"
    title: ClassVar[str] = "Pairs of texts"

    path: str = setting(help="The file: CSV, TSV, JSON lines or Parquet.", widget="path")
    reads: str = setting(help="The column that is read.")
    writes: str = setting(help="The column that is to be written.")
    max_words: int = setting(
        20, "Pairs in which either text has more words are left out: long ones are harder and slower.", ge=1, le=200
    )
    delimiter: Delimiter = setting("auto", "What separates the cells of a line.", advanced=True)
    encoding: Encoding = setting("auto", "How the letters are stored.", advanced=True)
    header: Header = setting(
        "auto", "Whether the first line names the columns; else they are column_1, …", advanced=True
    )

    @model_validator(mode="after")
    def _two(self) -> TextPairs:
        if self.reads == self.writes:
            raise ValueError("what is read and what is to be written must be two columns.")
        return self

    def how(self) -> How:
        return How(self.delimiter, "auto", self.encoding, self.header)

    def changed_at(self) -> object:
        read_sheet(self.path, self.how())  # tells what is wrong with the file
        file = Path(self.path).expanduser().stat()
        return file.st_mtime_ns, file.st_size

    def pairs(self, progress: Progress = silent) -> tuple[Sequence[str], Sequence[str], list[str], str]:
        sheet = read_sheet(self.path, self.how())
        known = [str(column) for column in sheet.frame.columns]
        for role, column in (("read", self.reads), ("written", self.writes)):
            if column not in known:
                raise WrongInput(
                    f"What is {role} must be a column of {sheet.name}. There is no `{column}`. {nearest(column, known)}"
                )
        both = [[str(text).strip() for text in sheet.texts(column)] for column in (self.reads, self.writes)]
        blank = next((row for row, pair in enumerate(zip(*both, strict=True)) if not all(pair)), None)
        notes = []
        if blank is not None:
            many = sum(1 for pair in zip(*both, strict=True) if not all(pair))
            notes.append(
                f"{many:,} of {len(both[0]):,} rows lack a text and were left out; the first is row {blank + 1:,} of "
                f"{sheet.name}."
            )
        return both[0], both[1], notes, self.reads
