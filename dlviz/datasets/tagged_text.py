"""TaggedText: the user's own sentences with a tag for each word, in CoNLL files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.conll import Columns, Sentence, Separator, read_conll
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.encoding import Encoding
from dlviz.datasets.split import TEST, VALIDATION, leave_some, split
from dlviz.datasets.tagged_data import Tagged, tagged

#: As many token ids and tags as fit in memory beside everything else (16 bytes each).
MOST_IDS = 50_000_000
Length = Annotated[int, Field(ge=1, le=4096)] | Literal["auto"]


class TaggedText(Dataset):
    """Your own sentences with a tag for each word: entities such as persons and places, or parts of speech.

    A CoNLL file: a word and its tag a line, with a tab or spaces between them, and a blank line between sentences. Tags
    of entities may be written as BIO, IOB1, BIOES or BILOU.
    """

    source: ClassVar[str] = "yours"
    title: ClassVar[str] = "Tagged sentences"

    path: str = setting(help="The file: a word and its tag a line, a blank line between sentences.", widget="path")
    validation_path: str = setting(
        "", "A second file to check on while training; without one, sentences of the first are kept for it.",
        advanced=True,
    )  # fmt: skip
    test_path: str = setting(
        "", "A file for the final test; without one, sentences of the first are kept.", widget="path", advanced=True
    )
    word_column: int = setting(1, "Which column holds the words; 1 is the first.", ge=1, le=100)
    tag_column: int = setting(0, "Which column holds the tags; 0 is the last.", ge=0, le=100)
    separator: Separator = setting("auto", "What stands between the columns.", advanced=True)
    encoding: Encoding = setting("auto", "How the letters are stored.", advanced=True)
    max_length: Length = setting(
        "auto", "How many words of a sentence are read; the rest is cut off. `auto`: all of them, at most 256."
    )
    vocabulary_size: int = setting(
        20_000, "How many words get a number of their own; the rarer ones count as unknown.", ge=10, le=200_000
    )
    min_count: int = setting(
        1, "How often the training sentences must have a word for it to get a number of its own.", ge=1, le=1000
    )
    lowercase: bool = setting(True, "Whether `May` and `may` are one word; `shape` still tells them apart.")
    shape: bool = setting(
        True,
        "Whether the network also sees what each word looks like, as a second input: capitals, digits, endings. It "
        "helps with words that it has never seen.",
    )
    validation: float = setting(
        VALIDATION, "Share of the sentences to check on while training.", ge=0.01, le=0.5, advanced=True
    )
    test: float = setting(TEST, "Share of the sentences kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> TaggedText:
        leave_some(self.validation, self.test)
        if self.word_column == self.tag_column:
            raise ValueError("words and tags must be two columns.")
        return self

    def describe(self, seed: int = 0) -> Fields:
        return self._known(seed).fields()

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        progress("Reading the sentences and counting words", 0, None)
        known = self._known(seed)
        progress("Turning words into numbers", 0, None)
        return known.data()

    def _known(self, seed: int) -> Tagged:
        paths = tuple(path for path in (self.path, self.validation_path, self.test_path) if path)
        files = [Path(path).expanduser() for path in paths]
        return _known(self, seed, tuple((f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file()))

    def prepared(self, seed: int) -> Tagged:
        """The sentences of the files, in parts. Raises `WrongInput`."""
        parts, rows = self._parts(seed)
        known = tagged(
            parts, rows=rows, length=None if self.max_length == "auto" else self.max_length,
            most_words=self.vocabulary_size, min_count=self.min_count, lowercase=self.lowercase, shape=self.shape,
        )  # fmt: skip
        if known.length * sum(map(len, parts)) > MOST_IDS:
            raise WrongInput(
                f"{sum(map(len, parts)):,} sentences of {known.length:,} words are too many to hold in memory: "
                f"at most {MOST_IDS:,} words in all are allowed. Lower `max_length`, or take fewer sentences."
            )
        return known

    def _parts(self, seed: int) -> tuple[list[list[Sentence]], list[list[int]]]:
        """The sentences of each part and their numbers, counted on from file to file."""
        read = [self._read(path) for path in (self.path, self.validation_path, self.test_path)]
        starts = [0, len(read[0]), len(read[0]) + len(read[1])]
        own = split(
            len(read[0]), validation=0 if read[1] else self.validation, test=0 if read[2] else self.test, seed=seed
        )
        parts, rows = [], []
        for place, index in enumerate(own):
            sentences = read[place] if place and read[place] else [read[0][number] for number in index]
            parts.append(sentences)
            rows.append([starts[place] + n for n in range(len(sentences))] if place and read[place] else index.tolist())
        return parts, rows

    def _read(self, path: str) -> list[Sentence]:
        columns = Columns(self.separator, self.word_column, self.tag_column)
        return read_conll(path, columns, self.encoding) if path else []


@lru_cache(maxsize=2)  # describe and load ask for the same in a row
def _known(data: TaggedText, seed: int, changed: object) -> Tagged:
    return data.prepared(seed)
