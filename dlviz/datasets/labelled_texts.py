"""LabelledTexts: texts that are fetched once, each with a class, and what such data sets share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import model_validator

from dlviz.core.setting import setting
from dlviz.core.values import Category
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.split import Index, leave_some, split
from dlviz.datasets.tabular import Target
from dlviz.datasets.text_data import KnownTexts, text_data, text_fields
from dlviz.datasets.text_settings import TextSettings


class LabelledTexts(Fetched, TextSettings, abstract=True):
    """Texts with a class each. There is no official test part, so the seed draws one.

    A text that says the same as an earlier one is left out, so that no part holds what another has.
    """

    icon: ClassVar[str] = "article"
    names: ClassVar[tuple[str, ...]]
    #: The class one looks for, where there is one.
    sought: ClassVar[str] = ""

    limit: int | None = setting(
        None, "Use only so many of the texts, drawn by chance. Fewer: faster, less exact.", ge=100, advanced=True
    )
    validation: float = setting(0.1, "Share of the texts to check on while training.", ge=0.01, le=0.5, advanced=True)
    test: float = setting(0.15, "Share of the texts kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> LabelledTexts:
        leave_some(self.validation, self.test)
        return self

    @classmethod
    def texts(cls, paths: Mapping[str, Path]) -> tuple[list[str], list[int]]:
        """Every text with the place of its class in `names`, in the order of the files."""
        raise NotImplementedError

    @classmethod
    def said(cls, text: str) -> str:
        """What is the same for two texts that say the same."""
        return text

    def describe(self, seed: int = 0) -> Fields:
        known = _known(self, seed, self._fetched(silent))
        return text_fields(known.encoder, known.target)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        paths = self._fetched(progress)
        progress("Reading the texts and learning their tokens", 0, None)
        known = _known(self, seed, paths)
        progress("Turning texts into numbers", 0, None)
        return text_data(known.texts, known.target, known.rows, known.parts, known.encoder, known.notes)

    def _fetched(self, progress: Progress) -> tuple[tuple[str, Path], ...]:
        return tuple(self.files.fetch(progress).items())

    def prepared(self, seed: int, paths: Mapping[str, Path]) -> KnownTexts:
        """The texts, each once, split, and the encoder learned from the training part."""
        texts, labels = self.texts(paths)
        rows = _first_of_each([self.said(text) for text in texts])
        notes = []
        if len(rows) < len(texts):
            notes.append(
                f"{len(texts) - len(rows):,} of {len(texts):,} texts say the same as an earlier one and were left out, "
                "so that no part holds what another has."
            )
        answers = np.array(labels, dtype=np.int64)
        if self.limit is not None and self.limit < len(rows):
            drawn = split(len(rows), answers[rows], validation=0, test=self.limit / len(rows), seed=seed).test
            rows = rows[drawn]
        parts = split(len(rows), answers[rows], validation=self.validation, test=self.test, seed=seed)
        chosen = np.array(texts, dtype=object)[rows]
        encoder = self.learned(chosen[parts.train].tolist(), len(rows), "in the texts", target="label")
        target = Target("label", Category(names=self.names, sought=self.sought), answers[rows])
        return KnownTexts(chosen, target, rows, parts, encoder, tuple(notes))


@lru_cache(maxsize=2)  # describe and load ask for the same in a row
def _known(data: LabelledTexts, seed: int, paths: tuple[tuple[str, Path], ...]) -> KnownTexts:
    return data.prepared(seed, dict(paths))


def _first_of_each(said: Sequence[str]) -> Index:
    """Where each different text stands first."""
    first: dict[str, int] = {}
    for place, text in enumerate(said):
        first.setdefault(text, place)
    return np.array(list(first.values()), dtype=np.int64)
