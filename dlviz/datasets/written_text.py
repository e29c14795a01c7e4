"""WrittenText: one long text to learn to write like, cut into windows. Its input is `text`, its target `next`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import torch
from pydantic import model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.split import TEST, VALIDATION, leave_some
from dlviz.datasets.text_data import TEXT
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import UNKNOWN_ID, Tokenizing, learn_tokenizer

#: The name of the target: at each step the token that comes next.
NEXT = "next"


class WrittenText(Dataset, abstract=True):
    """A text whose next token is predicted at every step.

    Its beginning is learned from, its last parts are kept for validation and test: a split by chance would put lines
    into the test whose neighbours were learned.
    """

    by_chance: ClassVar[bool] = False

    tokenizer: Tokenizing = setting(
        "characters",
        "What a token is. `characters`: short sequences of few tokens, nothing is unknown. `words`. `bpe`: pieces of "
        "words that are learned from the text, frequent words stay whole.",
    )
    length: int = setting(128, "How many tokens the network sees at a time.", ge=4, le=2048)
    vocabulary_size: int = setting(
        2000, "How many different tokens there may be; rarer ones are taken apart (`bpe`) or unknown.", ge=10, le=50_000
    )
    lowercase: bool = setting(False, "Whether capital letters are read as small ones.", advanced=True)
    validation: float = setting(
        VALIDATION, "Share of the text to check on while training.", ge=0.01, le=0.5, advanced=True
    )
    test: float = setting(TEST, "Share of the text kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> WrittenText:
        leave_some(self.validation, self.test)
        return self

    def content(self, progress: Progress = silent) -> str:
        """The whole text. Raises `WrongInput`."""
        raise NotImplementedError

    def changed_at(self) -> object:
        """What changes when the text does, so that nothing old is remembered."""
        return None

    def describe(self, seed: int = 0) -> Fields:
        known = _known(self, self.changed_at())
        return self._fields(known)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        progress("Turning the text into tokens", 0, None)
        known = _known(self, self.changed_at())
        train, validation, test = (
            windows(ids, self.length, start) for ids, start in zip(known.parts, known.starts, strict=True)
        )
        return Data(self._fields(known), train, validation, test, {TEXT: known.encoder}, list(known.notes))

    def _fields(self, known: Known) -> Fields:
        tokens = known.encoder.kind_of_text()
        return Fields({TEXT: tokens}, {NEXT: tokens}, sum(many_windows(ids, self.length) for ids in known.parts))

    def prepared(self) -> Known:
        """The text in three parts, as token ids, and the encoder learned from the first."""
        text = self.content().replace("\r\n", "\n")
        ends = [_border(text, share) for share in (1 - self.validation - self.test, 1 - self.test)]
        parts = text[: ends[0]], text[ends[0] : ends[1]], text[ends[1] :]
        learned = learn_tokenizer([parts[0]], self.tokenizer, most=self.vocabulary_size, lowercase=self.lowercase)
        ids = [np.array(found, dtype=np.int64) for found in learned.encode(parts)]
        for name, own in zip(("training", "validation", "test"), ids, strict=True):
            if len(own) <= self.length:
                raise WrongInput(
                    f"Each part of the text must be longer than the window of {self.length} tokens. Received: a "
                    f"{name} part of {len(own):,}. Take a longer text, or a smaller `length`."
                )
        encoder = TextEncoder(
            vocabulary=learned.vocabulary, length=self.length, tokenizer=self.tokenizer, merges=learned.merges,
            lowercase=self.lowercase,
        )  # fmt: skip
        unknown = float((ids[1] == UNKNOWN_ID).mean())
        notes = (f"{unknown:.0%} of the tokens of the validation part are unknown.",) if unknown >= 0.05 else ()
        starts = [int(start) for start in np.cumsum([0, *map(len, ids)])[:3]]
        return Known(encoder, ids, starts, notes)


@dataclass(frozen=True)
class Known:
    """A text as token ids in three parts, and where in the whole each begins."""

    encoder: TextEncoder
    parts: list[np.ndarray[tuple[int], np.dtype[np.int64]]]
    starts: list[int]
    notes: tuple[str, ...]


def _border(text: str, share: float) -> int:
    """Where such a share of the text ends: behind a line's end or a space, where one is near."""
    at = int(len(text) * share)
    for mark, near in (("\n", 200), (" ", 40)):
        if (found := text.find(mark, at, at + near)) >= 0:
            return found + 1
    return at


def many_windows(ids: np.ndarray[tuple[int], np.dtype[np.int64]], length: int) -> int:
    """How many windows a text of such ids gives."""
    return (len(ids) - 1) // length


def windows(ids: np.ndarray[tuple[int], np.dtype[np.int64]], length: int, start: int, name: str = TEXT) -> Examples:
    """Windows side by side, their ids called `name`; the target of each step is the token after it."""
    many = many_windows(ids, length)
    held = torch.from_numpy(ids[: many * length + 1])
    columns = {name: held[:-1].view(many, length), NEXT: held[1:].view(many, length)}
    return Examples(columns, start + length * torch.arange(many))


@lru_cache(maxsize=2)  # describe and load ask for the same in a row
def _known(data: WrittenText, changed: object) -> Known:
    return data.prepared()
