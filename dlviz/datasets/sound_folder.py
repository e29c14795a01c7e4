"""SoundFolder: the user's own sounds, in a folder or zip with one folder a class or a table of labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets import on_disk
from dlviz.datasets.archive import Entry, entries
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.audio_set import audio_data, audio_fields
from dlviz.datasets.class_folders import ClassFolders
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.pictures import Broken
from dlviz.datasets.sound_table import sorted_sounds
from dlviz.datasets.sounds import Loudness, decoded, opened
from dlviz.datasets.split import TEST, VALIDATION, named_parts

#: Of so many sounds, spread over all, rate and length are looked up.
_SAMPLE = 200
#: The longest that `auto` takes, in seconds.
_LONGEST = 10.0


class SoundFolder(Dataset):
    """Your own sounds, one folder a class, in a zip or a folder: learn to tell the classes apart.

    In place of class folders a table `labels.csv` with the columns `file` and `label` may lie beside the sounds.
    Folders called train, validation and test around the class folders are taken as the parts. WAV, FLAC, OGG and MP3
    are read, brought to one rate and length; broken files are counted and left out.
    """

    source: ClassVar[str] = "yours"
    title: ClassVar[str] = "Sound folder"

    path: str = setting(help="The zip or folder.", widget="path")
    rate: Annotated[int, Field(ge=1000, le=48_000)] | Literal["auto"] = setting(
        "auto",
        "How many samples make a second. Higher: higher tones are heard, and all is slower. auto: as most sounds have, "
        "at most 16,000, enough for speech.",
        unit="Hz",
    )
    seconds: Annotated[float, Field(ge=0.05, le=60)] | Literal["auto"] = setting(
        "auto",
        "How much of each sound is heard; the rest is cut off, and what is shorter ends in silence. auto: as 95 of 100 "
        "sounds last, at most 10.",
        unit="s",
    )
    loudness: Loudness = setting(
        "peak", "peak: each sound is made equally loud. recorded: as it is, where loudness tells something."
    )
    validation: float = setting(VALIDATION, "Share to check on while training.", ge=0.01, le=0.5, advanced=True)
    test: float = setting(TEST, "Share kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> SoundFolder:
        if self.validation + self.test > 0.9:
            raise ValueError("validation and test together must leave at least a tenth to train on.")
        return self

    def describe(self, seed: int = 0) -> Fields:
        with entries(self.path, "sounds") as found:
            known = sorted_sounds(found, self.path)
            encoder = self._form(known)
        return audio_fields(encoder, "label", known.names, len(known.pictures))

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        with entries(self.path, "sounds") as found:
            known = sorted_sounds(found, self.path)
            encoder = self._form(known)
            heard = _heard(known.pictures, encoder, progress)
        labels = np.array(known.labels, dtype=np.int64)[heard.places]
        marks = np.array(known.parts)[heard.places]
        _enough(labels, marks, known.names)
        notes = [*known.notes]
        if heard.broken:
            shown = ", ".join(heard.broken[:10]) + (" …" if len(heard.broken) > 10 else "")
            notes.append(
                f"{len(heard.broken):,} of {len(known.pictures):,} sounds could not be read and were left out: {shown}."
            )
        if heard.cut > 0.05 * len(heard.places):
            notes.append(
                f"{heard.cut:,} of {len(heard.places):,} sounds last longer than "
                f"{encoder.samples / encoder.rate:.3g} seconds; their ends are cut off. Raise `seconds` to hear them."
            )
        fields = audio_fields(encoder, "label", known.names, len(known.pictures))
        parts = named_parts(marks, labels, validation=self.validation, test=self.test, seed=seed)
        return audio_data(heard.sounds, labels, fields, parts, encoder, notes)

    def _form(self, known: ClassFolders) -> AudioEncoder:
        """Rate and length, as far as they are not chosen, from a sample spread over all sounds."""
        count = len(known.pictures)
        rates: Counter[int] = Counter()
        lasts = []
        for number in np.unique(np.linspace(0, count - 1, min(_SAMPLE, count)).astype(int)):
            entry = known.pictures[number]
            try:
                rate, samples = opened(entry.read(), entry.name)
            except Broken:
                continue
            rates[rate] += 1
            lasts.append(samples / rate)
        if not rates:
            raise WrongInput(f"{self.path}: no sound could be read. Are the files sounds (WAV, FLAC, OGG, MP3)?")
        rate = self.rate if self.rate != "auto" else min(16_000, rates.most_common(1)[0][0])
        seconds = self.seconds if self.seconds != "auto" else min(_LONGEST, float(np.quantile(lasts, 0.95)))
        samples = max(1, round(seconds * rate))
        on_disk.check_room(4 * samples * count, f"{count:,} sounds of {seconds:.3g} seconds")
        return AudioEncoder(rate=rate, samples=samples, loudness=self.loudness)


@dataclass(frozen=True)
class _Heard:
    """Sounds that could be read, which of all they are, what is wrong with the others, how many were cut."""

    sounds: NDArray[np.float32]
    places: NDArray[np.int64]
    broken: list[str]
    cut: int


def _heard(found: tuple[Entry, ...], encoder: AudioEncoder, progress: Progress) -> _Heard:
    shape = (len(found), encoder.samples)
    sounds = on_disk.room(shape, np.float32, not on_disk.fits(8 * shape[0] * shape[1]))
    places: list[int] = []
    broken: list[str] = []
    cut = 0
    for number, entry in enumerate(found):
        if number % 64 == 0:
            progress("Reading sounds", number, len(found))
        try:
            sound, rate = decoded(entry.read(), entry.name)
        except Broken as error:
            broken.append(f"`{entry.name}` ({error})")
            continue
        sounds[len(places)] = encoder.encode([(sound, rate)])[0].numpy()
        places.append(number)
        cut += len(sound) / rate > encoder.samples / encoder.rate * 1.01
    progress("Reading sounds", len(found), len(found))
    return _Heard(sounds[: len(places)], np.array(places, dtype=np.int64), broken, cut)


def _enough(labels: NDArray[np.int64], marks: NDArray[np.str_], names: tuple[str, ...]) -> None:
    """`WrongInput` where a class has too few sounds for the parts that must be drawn from it."""
    official = {str(mark) for mark in marks if mark}
    needed = 1 + 2 - len(official - {"train"})
    counts = np.bincount(labels[np.isin(marks, ("", "train"))], minlength=len(names))
    few = [f"`{name}` ({count})" for name, count in zip(names, counts, strict=True) if count < needed]
    if few:
        where = " in the training folder" if official else ""
        raise WrongInput(
            f"Each class needs at least {needed} readable sounds{where}, one for each part that is drawn from them. "
            f"Too few have: {', '.join(few[:8])}{' …' if len(few) > 8 else ''}. Add sounds, or take the class out."
        )
