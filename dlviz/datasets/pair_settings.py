"""PairSettings: how pairs of texts become numbers, the same for all data sets of pairs that come from files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from pydantic import model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.pair_data import KnownPairs, known_pairs
from dlviz.datasets.split import Index, leave_some
from dlviz.datasets.tokenizer import Tokenizing
from dlviz.datasets.words import words


class PairSettings(Dataset, abstract=True):
    """Pairs of texts: the first is read, the second is to be written."""

    max_words: int = setting(
        12, "Pairs in which either text has more words are left out: long ones are harder and slower.", ge=1, le=200
    )
    limit: int | None = setting(
        None, "Use only about so many of the pairs, drawn by chance. Fewer: faster, less exact.", ge=30, le=5_000_000
    )
    tokenizer: Tokenizing = setting(
        "bpe",
        "What a token is. `bpe`: pieces of words, learned from the texts: any word can be written. `words`: rare ones "
        "are unknown and never written. `characters`: few tokens, but long texts.",
    )
    vocabulary_size: int = setting(
        4000, "How many tokens each side knows at most. More: shorter texts, but more to learn.", ge=10, le=100_000
    )
    min_count: int = setting(
        2, "How often the training texts must have a token for it to get a number.", ge=1, le=1000, advanced=True
    )
    lowercase: bool = setting(True, "Whether `The` and `the` are the same; all is then written in small letters.")
    validation: float = setting(0.05, "Share of the pairs to check on while training.", ge=0.005, le=0.5, advanced=True)
    test: float = setting(0.05, "Share of the pairs kept for the final test.", ge=0.005, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _parts_fit(self) -> PairSettings:
        leave_some(self.validation, self.test)
        return self

    def pairs(self, progress: Progress = silent) -> tuple[Sequence[str], Sequence[str], list[str], str]:
        """All sources, all targets in the same order, notes, and the column of a table that holds sources. Raises
        `WrongInput`."""
        raise NotImplementedError

    def changed_at(self) -> object:
        """What changes when the pairs do, so that nothing old is remembered."""
        return None

    def describe(self, seed: int = 0) -> Fields:
        return _known(self, seed, self.changed_at()).fields()

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        self.fetch(progress)
        progress("Reading the pairs and learning their tokens", 0, None)
        known = _known(self, seed, self.changed_at())
        progress("Turning texts into numbers", 0, None)
        return known.data()

    def prepared(self, seed: int) -> KnownPairs:
        """The pairs that fit, each once, split and with encoders."""
        sources, targets, notes, column = self.pairs()
        kept: dict[tuple[str, str], int] = {}
        blank, long = 0, 0
        for place, pair in enumerate(zip(sources, targets, strict=True)):
            if not pair[0].strip() or not pair[1].strip():
                blank += 1
            elif max(map(_many, pair)) > self.max_words:
                long += 1
            else:
                kept.setdefault(pair, place)
        if not kept:
            raise WrongInput(
                f"None of the {len(sources):,} pairs has two texts of at most {self.max_words} words. Raise "
                "`max_words`, or choose other columns."
            )
        if long:
            notes.append(f"{long:,} of {len(sources):,} pairs have more than {self.max_words} words and were left out.")
        same = len(sources) - blank - long - len(kept)
        if same:
            notes.append(f"{same:,} pairs stand there twice and were taken once.")
        rows = self._drawn(np.array(list(kept.values()), dtype=np.int64), sources, seed)
        return known_pairs(
            [sources[row] for row in rows], [targets[row] for row in rows], rows,
            tokenizer=self.tokenizer, most=self.vocabulary_size, min_count=self.min_count, lowercase=self.lowercase,
            validation=self.validation, test=self.test, seed=seed, notes=notes, column=column,
        )  # fmt: skip

    def _drawn(self, rows: Index, sources: Sequence[str], seed: int) -> Index:
        """About `limit` of the rows: all pairs of sources that chance draws."""
        if self.limit is None or self.limit >= len(rows):
            return rows
        _, group = np.unique([sources[row].lower() for row in rows], return_inverse=True)
        order = np.random.default_rng([seed, 0x9A12]).permutation(group.max() + 1)
        enough = np.cumsum(np.bincount(group)[order]) <= self.limit
        kept: Index = rows[np.isin(group, order[enough])]
        return kept


def _many(text: str) -> int:
    """How many words a text has; marks are none. Where there are no spaces between words, characters are counted."""
    if text.isascii() or max(text) < "\u3000":
        return len(_RUN.findall(text))
    return sum(1 for word in words(text) if any(letter.isalnum() for letter in word))


#: A run of letters and digits, with an apostrophe within it.
_RUN = re.compile(r"\w+(?:['’]\w+)*")


@lru_cache(maxsize=2)  # describe and load ask for the same in a row
def _known(data: PairSettings, seed: int, changed: object) -> KnownPairs:
    return data.prepared(seed)
