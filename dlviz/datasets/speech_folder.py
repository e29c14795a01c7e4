"""SpeechFolder: the user's own sounds with what is said in them, in a zip or a folder with a table."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets import on_disk
from dlviz.datasets.archive import entries
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.pictures import Broken
from dlviz.datasets.sounds import Loudness, decoded, opened
from dlviz.datasets.split import TEST, VALIDATION, Parts, split
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

#: Of so many sounds, spread over all, rate and length are looked up; the longest that `auto` takes, in seconds.
_SAMPLE, _LONGEST = 200, 20.0


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
        if self.validation + self.test > 0.9:
            raise ValueError("validation and test together must leave at least a tenth to train on.")
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
            shape = (len(known.sounds), encoder.samples)
            sounds = on_disk.room(shape, np.float32, not on_disk.fits(8 * shape[0] * shape[1]))
            fitting = np.zeros(len(sounds), dtype=bool)
            broken, long = [], 0
            for number, entry in enumerate(known.sounds):
                if number % 64 == 0:
                    progress("Reading sounds", number, len(sounds))
                try:
                    sound, rate = decoded(entry.read(), entry.name)
                except Broken as error:
                    broken.append(f"`{entry.name}` ({error})")
                    continue
                if len(sound) / rate > encoder.samples / encoder.rate * 1.01:
                    long += 1
                    continue
                sounds[number] = encoder.encode([(sound, rate)])[0].numpy()
                fitting[number] = True
        notes = [*known.notes]
        if broken:
            shown = ", ".join(broken[:10]) + (" …" if len(broken) > 10 else "")
            notes.append(f"{len(broken):,} of {len(sounds):,} sounds could not be read and were left out: {shown}.")
        if long:
            notes.append(
                f"{long:,} of {len(sounds):,} sounds last longer than {encoder.samples / encoder.rate:.3g} seconds and "
                "were left out. Raise `seconds`, or cut them into sentences."
            )
        if self.speaker_apart:
            notes.append(f"The test part is {self.speaker_apart}, of whom nothing is learned.")
        left = Parts(*(index[fitting[index]] for index in parts))
        if not all(map(len, left)):
            raise WrongInput(
                f"{self.path}: each part needs a readable sound that is short enough. There are {len(left.train)} to "
                f"train on, {len(left.validation)} to check on and {len(left.test)} to test on. Add sounds."
            )
        texts = [spoken_words(text) for text in known.texts]
        fields = speech_fields(encoder, transcripts, len(known.sounds))
        return speech_data(sounds, texts, np.arange(len(sounds)), left, fields, (encoder, transcripts), notes)

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
        count = len(known.sounds)
        rates: Counter[int] = Counter()
        lasts = []
        every = range(count) if self.seconds == "auto" else np.linspace(0, count - 1, min(_SAMPLE, count)).astype(int)
        for number in every:
            entry = known.sounds[number]
            try:
                rate, samples = opened(entry.read(), entry.name)
            except Broken:
                continue
            rates[rate] += 1
            lasts.append(samples / rate)
        if not rates:
            raise WrongInput(f"{self.path}: no sound could be read. Are the files sounds (WAV, FLAC, OGG, MP3)?")
        rate = self.rate if self.rate != "auto" else min(16_000, rates.most_common(1)[0][0])
        seconds = self.seconds if self.seconds != "auto" else min(_LONGEST, max(lasts))
        samples = max(1, round(seconds * rate))
        on_disk.check_room(4 * samples * count, f"{count:,} sounds of {seconds:.3g} seconds")
        return AudioEncoder(rate=rate, samples=samples, loudness=self.loudness)
