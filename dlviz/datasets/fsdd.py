"""Fsdd: the Free Spoken Digit Dataset."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets import fsdd_files
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.audio_set import audio_data, audio_fields
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.sounds import Loudness, Sound, sound_from
from dlviz.datasets.split import Index, Parts, split

RATE = 8000
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
Speaker = Literal["none", "george", "jackson", "lucas", "nicolas", "theo", "yweweler"]
#: Of each speaker's fifty recordings of a digit the first five are the official test part.
EACH, _TEST = 50, 5


class Fsdd(Dataset):
    """3,000 recordings of the digits zero to nine, spoken in English by six people: tell the digit, or who speaks.

    The test part is the official one (recordings 0 to 4 of each digit and speaker), or all recordings of one speaker.
    Source: Z. Jackson and others, Free Spoken Digit Dataset, CC BY-SA 4.0. 16 MB to download.
    """

    title: ClassVar[str] = "Spoken digits"
    source: ClassVar[str] = "download"
    icon: ClassVar[str] = "graphic_eq"

    label: Literal["digit", "speaker"] = setting("digit", "What is to be told: the digit, or who speaks.")
    speaker_apart: Speaker = setting(
        "none",
        "A speaker of whom the network hears nothing until the test: how good is it on a voice that it does not know? "
        "For digits only.",
    )
    seconds: float = setting(
        1.0, "How much of each recording is heard; what is shorter ends in silence.", ge=0.1, le=3, unit="s"
    )
    loudness: Loudness = setting(
        "peak", "peak: each recording is made equally loud. recorded: as it is.", advanced=True
    )
    limit: int | None = setting(
        None, "Use only so many of the 2,700 training recordings, drawn by chance. Fewer: faster, less exact.",
        ge=100, le=2700, advanced=True,
    )  # fmt: skip
    validation: float = setting(
        0.1, "Share of the training recordings to check on while training.", ge=0.01, le=0.5, advanced=True
    )

    @model_validator(mode="after")
    def _consistent(self) -> Fsdd:
        if self.label == "speaker" and self.speaker_apart != "none":
            raise ValueError("nobody can name a speaker never heard: keep a speaker apart only for the digits.")
        return self

    def describe(self, seed: int = 0) -> Fields:
        names = DIGITS if self.label == "digit" else SPEAKERS
        return audio_fields(self._encoder(), self.label, names, self.parts(seed)[1])

    def ready(self) -> bool:
        return fsdd_files.place() is not None

    def fetch(self, progress: Progress = silent) -> None:
        fsdd_files.fetch(progress)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        path = fsdd_files.fetch(progress)
        encoder, (parts, _) = self._encoder(), self.parts(seed)
        wanted = np.unique(np.concatenate(parts))
        sounds = np.zeros((len(DIGITS) * len(SPEAKERS) * EACH, encoder.samples), np.float32)
        for row, sound in recordings(path, wanted.tolist(), progress):
            sounds[row] = encoder.encode([sound])[0].numpy()
        labels = np.array([which(row)[0 if self.label == "digit" else 1] for row in range(len(sounds))])
        notes = []
        if self.speaker_apart != "none":
            notes.append(f"The test part is {self.speaker_apart}, of whom nothing is learned.")
        return audio_data(sounds, labels.astype(np.int64), self.describe(seed), parts, encoder, notes)

    def _encoder(self) -> AudioEncoder:
        return AudioEncoder(rate=RATE, samples=round(self.seconds * RATE), loudness=self.loudness)

    def parts(self, seed: int) -> tuple[Parts, int]:
        """(which recordings lie in which part, as `which` counts them; how many these are)."""
        every = [which(row) for row in range(len(DIGITS) * len(SPEAKERS) * EACH)]
        if self.speaker_apart == "none":
            test = [number < _TEST for _, _, number in every]
        else:
            test = [SPEAKERS[speaker] == self.speaker_apart for _, speaker, _ in every]
        known: Index = np.flatnonzero(~np.array(test))
        labels = np.array([every[row][0 if self.label == "digit" else 1] for row in known])
        if self.limit is not None and self.limit < len(known):
            chosen = split(len(known), labels, validation=0, test=self.limit / len(known), seed=seed).test
            known, labels = known[chosen], labels[chosen]
        drawn = split(len(known), labels, validation=self.validation, test=0, seed=seed)
        parts = Parts(known[drawn.train], known[drawn.validation], np.flatnonzero(np.array(test)))
        return parts, sum(map(len, parts))


def which(row: int) -> tuple[int, int, int]:
    """(digit, speaker, number of the recording) of a row: neighbours are of several digits and speakers, so that the
    first few of a part show what there is."""
    rest, digit = divmod(row, len(DIGITS))
    number, speaker = divmod(rest, len(SPEAKERS))
    return digit, speaker, number


def recordings(path: Path, rows: Sequence[int], progress: Progress) -> Iterator[tuple[int, tuple[Sound, int]]]:
    """(row, (its sound, samples a second)) of each of these rows, read from the archive."""
    with zipfile.ZipFile(path) as archive:
        members = fsdd_files.recordings(archive)
        for done, row in enumerate(rows):
            if done % 64 == 0:
                progress("Reading the recordings", done, len(rows))
            digit, speaker, number = which(row)
            name = members.get((digit, SPEAKERS[speaker], number))
            if name is None:
                raise WrongInput(f"{path} must hold all 3,000 recordings. It lacks some: delete it, and try again.")
            yield row, sound_from(archive.read(name), name)
