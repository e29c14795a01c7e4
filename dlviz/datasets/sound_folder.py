"""SoundFolder: the user's own sounds, in a folder or zip with one folder a class or a table of labels."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from dlviz.core.setting import setting
from dlviz.datasets.archive import entries
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.audio_set import audio_data, audio_fields
from dlviz.datasets.class_folders import ClassFolders
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.sound_files import encoder_for, heard, measured
from dlviz.datasets.sound_table import sorted_sounds
from dlviz.datasets.sounds import Loudness
from dlviz.datasets.split import TEST, VALIDATION, leave_some, named_parts

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
        leave_some(self.validation, self.test)
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
            found_sounds = heard(known.pictures, encoder, progress)
        sounds, places, cut = found_sounds.sounds, found_sounds.places, found_sounds.long
        known.check(places)
        labels, marks = np.array(known.labels, dtype=np.int64)[places], np.array(known.parts)[places]
        notes = [*known.notes, *found_sounds.notes()]
        if cut > 0.05 * len(places):
            notes.append(
                f"{cut:,} of {len(places):,} sounds last longer than {encoder.samples / encoder.rate:.3g} seconds; "
                "their ends are cut off. Raise `seconds` to hear them."
            )
        fields = audio_fields(encoder, "label", known.names, len(known.pictures))
        parts = named_parts(marks, labels, validation=self.validation, test=self.test, seed=seed)
        return audio_data(sounds, labels, fields, parts, encoder, notes)

    def _form(self, known: ClassFolders) -> AudioEncoder:
        """Rate and length, as far as they are not chosen, from a sample spread over all sounds."""
        rate, lasts = measured(known.pictures, self.path)
        seconds = self.seconds if self.seconds != "auto" else min(_LONGEST, float(np.quantile(lasts, 0.95)))
        return encoder_for(len(known.pictures), rate, self.rate, seconds, self.loudness)
