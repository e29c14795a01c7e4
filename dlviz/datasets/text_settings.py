"""TextSettings: how a data set's texts become numbers, the same for all that have a label for each text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.data import Encoder
from dlviz.datasets.dataset import Dataset
from dlviz.datasets.text_encoder import TextEncoder, learn_text_encoder, usual_length
from dlviz.datasets.tokenizer import NOUNS, Tokenizing

#: As many token ids as fit in memory beside everything else (8 bytes each).
MOST_IDS = 100_000_000


class TextSettings(Dataset, abstract=True):
    """A data set whose texts are taken apart into tokens, which the training part makes known, the frequent ones
    first."""

    tokenizer: Tokenizing = setting(
        "words",
        "What a token is. `words`: words and marks; rare ones are unknown. `characters`: hardly anything is unknown, "
        "but texts are five times as long. `bpe`: pieces of words, learned from the texts; frequent words stay whole.",
    )
    max_length: Annotated[int, Field(ge=1, le=4096)] | Literal["auto"] = setting(
        "auto",
        "How many tokens of a text are read; the rest is cut off. `auto`: as many as 95 of 100 training texts have, at "
        "most 256 words, 384 pieces or 1,024 characters.",
    )
    vocabulary_size: int = setting(
        10_000,
        "How many tokens get a number of their own. Rarer words count as unknown; with `bpe` they are taken apart.",
        ge=10,
        le=200_000,
    )
    min_count: int = setting(
        2,
        "How often the training texts must have a token for it to get a number; one seen once teaches little.",
        ge=1,
        le=1000,
    )
    lowercase: bool = setting(True, "Whether `Free` and `free` are the same.")

    #: What tells the tokens in place of the training part; a part of what two such data sets are compared by.
    _read_as: TextEncoder | None = PrivateAttr(default=None)

    def reading(self, encoders: Mapping[str, Encoder]) -> Self:
        made, given = self.model_copy(), encoders.get("text")
        made._read_as = given if isinstance(given, TextEncoder) else None
        return made if made._read_as is not None else self

    def learned(self, train: Sequence[str], many: int, place: str, **origin: Any) -> TextEncoder:
        """The encoder that the training texts ask for, with `many` texts to encode in all. `place`: where they stand,
        as the end of a sentence. Raises `WrongInput`."""
        length = None if self.max_length == "auto" else self.max_length
        if self._read_as is not None:
            length = length or usual_length(self._read_as.taken_apart(), train)
            encoder = self._read_as.model_copy(update={"length": length, **origin})
        else:
            encoder = learn_text_encoder(
                train,
                most_words=self.vocabulary_size,
                min_count=self.min_count,
                length=length,
                lowercase=self.lowercase,
                tokenizer=self.tokenizer,
                **origin,
            )
        noun = NOUNS[encoder.tokenizer]
        if len(encoder.vocabulary) == 2:
            raise WrongInput(
                f"None of the {noun} {place} occurs {self.min_count} times or more in the training texts, so there is "
                "nothing to learn from. Choose other texts, or lower `min_count`."
            )
        if encoder.length * many > MOST_IDS:
            raise WrongInput(
                f"{many:,} texts of {encoder.length:,} {noun} are too many to hold in memory: at most {MOST_IDS:,} in "
                "all are allowed. Lower `max_length`, or take fewer texts."
            )
        return encoder
