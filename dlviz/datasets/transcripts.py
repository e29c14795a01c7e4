"""Data from speech: what SpokenStrings and SpeechFolder share. The input is called `sound`, the target `said`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.audio_set import SOUND
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.split import Index, Parts
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.datasets.words import PADDING, UNKNOWN, words

#: The name of the target.
SAID = "said"
#: What a transcript is written with.
Spelling = Literal["letters", "words"]


def spoken_words(text: str) -> str:
    """A transcript as its words in small letters with one space between: marks are not heard."""
    return " ".join(word for word in words(text) if re.match(r"\w", word))


def transcript_encoder(texts: Iterable[str], spelled: Spelling, length: int) -> TextEncoder:
    """How transcripts become ids: `letters` always knows the space, so that words can be told from it; the words or
    letters are those of `texts`, in the order of the alphabet."""
    known = [spoken_words(text) for text in texts]
    if spelled == "letters":
        symbols = [" ", *sorted({letter for text in known for letter in text} - {" "})]
    else:
        symbols = sorted({word for text in known for word in text.split()})
    return TextEncoder(
        vocabulary=(PADDING, UNKNOWN, *symbols),
        length=length,
        tokenizer="characters" if spelled == "letters" else "words",
        column="text",
    )


def symbols_in(text: str, spelled: Spelling) -> int:
    """How many symbols a cleaned transcript has."""
    return len(text) if spelled == "letters" else len(text.split())


def speech_fields(encoder: AudioEncoder, transcripts: TextEncoder, size: int | None) -> Fields:
    """One sound in, what is said in it out."""
    return Fields({SOUND: encoder.kind_of_value()}, {SAID: transcripts.kind_of_text()}, size)


def speech_data(
    sounds: NDArray[np.float32],
    texts: Sequence[str],
    rows: NDArray[np.int64],
    parts: Parts,
    fields: Fields,
    encoders: tuple[AudioEncoder, TextEncoder],
    notes: Sequence[str] = (),
) -> Data:
    """Encoded sounds (N, samples) with their transcripts, split as `parts` says; `rows` (N,): their numbers in the
    source."""
    said = encoders[1].encode(texts)

    def examples(index: Index) -> Examples:
        columns = {SOUND: torch.from_numpy(sounds[index]), SAID: said[torch.from_numpy(index)]}
        return Examples(columns, torch.from_numpy(rows[index]))

    found = [*notes]
    unknown = sum(int((said[index] == UNKNOWN_ID).any(1).sum()) for index in map(torch.from_numpy, parts[1:]))
    if unknown:
        found.append(
            f"{unknown:,} transcripts to check or test on hold something that no training transcript has: it can never "
            "be recognised."
        )
    train, validation, test = (examples(index) for index in parts)
    return Data(fields, train, validation, test, encoders={SOUND: encoders[0], SAID: encoders[1]}, warnings=found)
