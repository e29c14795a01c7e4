"""SpokenStrings: recordings of spoken digits, one by one or joined to strings, with what is said in them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dlviz.core.setting import setting
from dlviz.datasets import fsdd_files, on_disk
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.fsdd import DIGITS, EACH, RATE, SPEAKERS, Fsdd, Speaker, recordings, which
from dlviz.datasets.sounds import Sound, brought
from dlviz.datasets.split import Parts
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.transcripts import Spelling, speech_data, speech_fields, transcript_encoder

#: Seconds that a string has: so many for each digit, which last 0.44 on average, and so many more.
_A_DIGIT, _MORE = 0.6, 0.4
#: How loud the hiss under a string is, at least and at most: between two words it is never quite silent.
_HISS = (1e-3, 5e-3)
_RECORDINGS = len(DIGITS) * len(SPEAKERS) * EACH


class SpokenStrings(Dataset):
    """Strings of digits spoken in English by six people: write down what is said.

    Each string is joined from recordings of one speaker with small pauses; strings of the test part are joined from
    the official test recordings alone, or from those of a speaker whom the network has never heard.
    Source: Z. Jackson and others, Free Spoken Digit Dataset, CC BY-SA 4.0. 16 MB to download.
    """

    title: ClassVar[str] = "Spoken strings of digits"
    source: ClassVar[str] = "download"
    icon: ClassVar[str] = "record_voice_over"

    digits: int = setting(
        5, "How many digits a string has at most; shorter ones occur as often. 1: each recording by itself.", ge=1, le=8
    )
    spelled: Spelling = setting(
        "letters",
        "How transcripts are written. letters: `s`, `i`, `x`; the network learns to spell. words: each word is one "
        "symbol.",
    )
    speaker_apart: Speaker = setting(
        "none",
        "A speaker of whom the network hears nothing until the test: how good is it on a voice it does not know?",
    )
    pause: float = setting(0.2, "The longest pause before a digit.", ge=0, le=0.5, unit="s")
    repeats: int = setting(
        3, "In how many strings each recording occurs, with others each time. More: longer training.", ge=1, le=20
    )
    limit: int | None = setting(
        None, "Use only so many of the 2,700 training recordings, drawn by chance. Fewer: faster, less exact.",
        ge=100, le=2700, advanced=True,
    )  # fmt: skip
    validation: float = setting(
        0.1, "Share of the training recordings to check on while training.", ge=0.01, le=0.5, advanced=True
    )

    def describe(self, seed: int = 0) -> Fields:
        return speech_fields(self._encoder(), self._transcripts(), sum(len(part) for part in self._plan(seed)))

    def ready(self) -> bool:
        return fsdd_files.place() is not None

    def fetch(self, progress: Progress = silent) -> None:
        fsdd_files.fetch(progress)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        path, plan, encoder = fsdd_files.fetch(progress), self._plan(seed), self._encoder()
        strings = [string for part in plan for string in part]
        wanted = sorted({row for string in strings for row in string})
        spoken = {row: _loud(*sound) for row, sound in recordings(path, wanted, progress)}
        shape = (len(strings), encoder.samples)
        on_disk.check_room(4 * shape[0] * shape[1], f"{shape[0]:,} strings of {self._seconds():.3g} seconds")
        sounds = on_disk.room(shape, np.float32, not on_disk.fits(8 * shape[0] * shape[1]))
        texts = []
        random = np.random.default_rng([seed, 0x5A1D])
        for number, string in enumerate(strings):
            if number % 256 == 0:
                progress("Joining the recordings", number, len(strings))
            sound, fitting = self._joined([spoken[row] for row in string], random)
            sounds[number] = brought(sound, RATE, RATE, encoder.samples, "peak")
            texts.append(" ".join(DIGITS[which(row)[0]] for row in string[:fitting]))
        # a recording is the first of a string at most once in a round
        rounds: dict[int, int] = {}
        rows = np.zeros(len(strings), dtype=np.int64)
        for number, (first, *_) in enumerate(strings):
            rows[number] = first + _RECORDINGS * rounds.get(first, 0)
            rounds[first] = rounds.get(first, 0) + 1
        ends = np.cumsum([0, *map(len, plan)])
        parts = Parts(*(np.arange(begin, end) for begin, end in zip(ends, ends[1:], strict=False)))
        notes = []
        if self.speaker_apart != "none":
            notes.append(f"The test part is {self.speaker_apart}, of whom nothing is learned.")
        return speech_data(sounds, texts, rows, parts, self.describe(seed), (encoder, self._transcripts()), notes)

    def _plan(self, seed: int) -> tuple[list[list[int]], ...]:
        """The recordings of each string, for each part."""
        limit, apart = self.limit, self.speaker_apart
        parts, _ = Fsdd(speaker_apart=apart, limit=limit, validation=self.validation).parts(seed)
        if self.digits == 1:
            return tuple([[row] for row in part.tolist()] for part in parts)
        random = np.random.default_rng([seed, 0x51A9])
        return tuple(self._strings(part, random) for part in parts)

    def _strings(self, part: NDArray[np.int64], random: np.random.Generator) -> list[list[int]]:
        """In each round the recordings of each speaker in a new order, cut into strings."""
        speakers = np.array([which(row)[1] for row in part.tolist()])
        made: list[list[int]] = []
        for _ in range(self.repeats):
            for speaker in np.unique(speakers):
                order = random.permutation(part[speakers == speaker]).tolist()
                while order:
                    length = int(random.integers(1, self.digits + 1))
                    made.append(order[:length])
                    del order[:length]
        return [made[place] for place in random.permutation(len(made))]

    def _joined(self, recordings: list[Sound], random: np.random.Generator) -> tuple[Sound, int]:
        """(one string, how many of the recordings had room in it)."""
        room = round(self._seconds() * RATE)
        pieces: list[Sound] = []
        for number, recording in enumerate(recordings):
            quiet = np.zeros(round(random.uniform(0, self.pause) * RATE), np.float32)
            if number and sum(map(len, pieces)) + len(quiet) + len(recording) > room:
                return _hissing(pieces, room, random), number
            pieces += [quiet, recording]
        return _hissing(pieces, room, random), len(recordings)

    def _seconds(self) -> float:
        return _MORE + _A_DIGIT * self.digits

    def _encoder(self) -> AudioEncoder:
        return AudioEncoder(rate=RATE, samples=round(self._seconds() * RATE))

    def _transcripts(self) -> TextEncoder:
        length = self.digits * 6 - 1 if self.spelled == "letters" else self.digits  # "three" and a space
        return transcript_encoder(DIGITS, self.spelled, length)


def _hissing(pieces: list[Sound], room: int, random: np.random.Generator) -> Sound:
    sound = np.concatenate(pieces)[:room]
    strength = np.exp(random.uniform(*np.log(_HISS)))
    made: Sound = (sound + strength * random.normal(size=len(sound))).astype(np.float32)
    return made


def _loud(sound: Sound, rate: int) -> Sound:
    """A recording as loud as all the others."""
    return brought(sound, rate, RATE, -(-len(sound) * RATE // rate), "peak")
