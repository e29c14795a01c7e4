"""SpeechFolder: the user's own sounds with what is said in them, in a zip or a folder with a table."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.archive import entries
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.sound_files import encoder_for, heard, measured
from dlviz.datasets.sounds import Loudness
from dlviz.datasets.split import TEST, VALIDATION, Parts, leave_some, split
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.transcript_table import Transcribed, transcribed
from dlviz.datasets.transcripts import (
    Spelling,
    speech_data,
    speech_fields,
    spoken_words,
    symbols_in,
    transcript_encoder,
)

#: The longest that `auto` takes, in seconds.
_LONGEST = 20.0


class SpeechFolder(Dataset):
    """Your own recordings with what is said in them: learn to write it down.

    A zip or folder of sounds (WAV, FLAC, OGG, MP3) with a table such as `transcripts.csv`, a line a sound: `file,text`,
    and `speaker` where that is known. Marks and capital letters of the texts are left out: they are not heard.
    """

    source: ClassVar[str] = "yours"
    title: ClassVar[str] = "Speech with transcripts"

    path: str = setting(help="The zip or folder.", widget="path")
    spelled: Spelling = setting(
        "letters",
        "How transcripts are written. letters: any word can be written, and more must be learned. words: for few words "
        "that are said often.",
    )
    speaker_apart: str = setting(
        "", "A name of the column `speaker`: of this person nothing is heard until the test. Empty: by chance."
    )
    rate: Annotated[int, Field(ge=1000, le=48_000)] | Literal["auto"] = setting(
        "auto", "How many samples make a second. auto: as most sounds have, at most 16,000.", unit="Hz"
    )
    seconds: Annotated[float, Field(ge=0.05, le=60)] | Literal["auto"] = setting(
        "auto",
        "How long a sound may be. Longer ones are left out, since their text would not fit what is heard. auto: as "
        "long as the longest, at most 20.",
        unit="s",
    )
    loudness: Loudness = setting("peak", "peak: each sound is made equally loud. recorded: as it is.", advanced=True)
    validation: float = setting(VALIDATION, "Share to check on while training.", ge=0.01, le=0.5, advanced=True)
    test: float = setting(TEST, "Share kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> SpeechFolder:
        leave_some(self.validation, self.test)
        return self

    def describe(self, seed: int = 0) -> Fields:
        with entries(self.path, "sounds") as found:
            known = transcribed(found, self.path)
            encoder = self._form(known)
        return speech_fields(encoder, self._transcripts(known, self._parts(known, seed)), len(known.sounds))

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        with entries(self.path, "sounds") as found:
            known = transcribed(found, self.path)
            encoder, parts = self._form(known), self._parts(known, seed)
            transcripts = self._transcripts(known, parts)
            found_sounds = heard(known.sounds, encoder, progress, whole=True)
        places, long = found_sounds.places, found_sounds.long
        notes = [*known.notes, *found_sounds.notes()]
        if long:
            notes.append(
                f"{long:,} of {len(known.sounds):,} sounds last longer than {encoder.samples / encoder.rate:.3g} "
                "seconds and were left out. Raise `seconds`, or cut them into sentences."
            )
        if self.speaker_apart:
            notes.append(f"The test part is {self.speaker_apart}, of whom nothing is learned.")
        where = np.full(len(known.sounds), -1)  # in what could be read
        where[places] = np.arange(len(places))
        left = Parts(*(found[found >= 0] for found in (where[index] for index in parts)))
        if not all(map(len, left)):
            raise WrongInput(
                f"{self.path}: each part needs a readable sound that is short enough. There are {len(left.train)} to "
                f"train on, {len(left.validation)} to check on and {len(left.test)} to test on. Add sounds."
            )
        texts = [spoken_words(known.texts[place]) for place in places]
        fields = speech_fields(encoder, transcripts, len(known.sounds))
        return speech_data(found_sounds.sounds, texts, places, left, fields, (encoder, transcripts), notes)

    def _parts(self, known: Transcribed, seed: int) -> Parts:
        if not self.speaker_apart:
            return split(len(known.sounds), validation=self.validation, test=self.test, seed=seed)
        apart = np.array([speaker == self.speaker_apart for speaker in known.speakers])
        if not apart.any() or apart.all():
            who = sorted(set(known.speakers) - {""})
            there = ", ".join(f"`{name[:30]}`" for name in who[:8]) or "none: the table has no column `speaker`"
            raise WrongInput(
                "`speaker_apart` must be one of several speakers that the table names. "
                f"Received: `{self.speaker_apart[:30]}`; there are: {there}."
            )
        others = np.flatnonzero(~apart)
        drawn = split(len(others), validation=self.validation, test=0, seed=seed)
        return Parts(others[drawn.train], others[drawn.validation], np.flatnonzero(apart))

    def _transcripts(self, known: Transcribed, parts: Parts) -> TextEncoder:
        texts = [spoken_words(text) for text in known.texts]
        length = max(symbols_in(text, self.spelled) for text in texts)
        return transcript_encoder([texts[place] for place in parts.train], self.spelled, length)

    def _form(self, known: Transcribed) -> AudioEncoder:
        """Rate and length, as far as they are not chosen."""
        rate, lasts = measured(known.sounds, self.path, all_of_them=self.seconds == "auto")
        seconds = self.seconds if self.seconds != "auto" else min(_LONGEST, max(lasts))
        return encoder_for(len(known.sounds), rate, self.rate, seconds, self.loudness)
