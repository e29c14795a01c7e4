"""Files of sounds, many of them: what rate and length they have, and their reading one by one into one array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput
from dlviz.datasets import on_disk
from dlviz.datasets.archive import Entry
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.broken import Broken, left_out
from dlviz.datasets.dataset import Progress
from dlviz.datasets.sounds import Loudness, decoded, opened

#: Of so many sounds, spread over all, rate and length are looked up.
_SAMPLE = 200
#: The highest rate that `auto` takes: enough for speech.
_HIGHEST = 16_000
#: A sound may be longer than asked for by so much without being cut.
_LONGER = 1.01


class Measured(NamedTuple):
    """The rate most sounds have, in samples a second, and how long each lasts, in seconds."""

    rate: int
    lasts: list[float]


def measured(files: Sequence[Entry], place: str, all_of_them: bool = False) -> Measured:
    """Rate and length of a sample spread over all files, or of every file. `WrongInput`: none can be read."""
    count, rates, lasts = len(files), Counter[int](), []
    looked_at = count if all_of_them else min(_SAMPLE, count)
    for number in np.unique(np.linspace(0, count - 1, looked_at).astype(int)):
        try:
            rate, samples = opened(files[number].read(), files[number].name)
        except Broken:
            continue
        rates[rate] += 1
        lasts.append(samples / rate)
    if not rates:
        raise WrongInput(f"{place}: no sound could be read. Are the files sounds (WAV, FLAC, OGG, MP3)?")
    return Measured(rates.most_common(1)[0][0], lasts)


def encoder_for(
    count: int, measured_rate: int, rate: int | Literal["auto"], seconds: float, loudness: Loudness
) -> AudioEncoder:
    """What brings `count` sounds to one form; `WrongInput` where there is no room for so many."""
    chosen = rate if rate != "auto" else min(_HIGHEST, measured_rate)
    samples = max(1, round(seconds * chosen))
    on_disk.check_room(4 * samples * count, f"{count:,} sounds of {seconds:.3g} seconds")
    return AudioEncoder(rate=chosen, samples=samples, loudness=loudness)


@dataclass(frozen=True)
class Heard:
    """Sounds (N, samples) that could be read and used, and which of all files they are; how many lasted too long; the
    names of what is broken, with the reason."""

    sounds: NDArray[np.float32]
    places: NDArray[np.int64]
    long: int
    broken: list[str]
    of: int

    def notes(self) -> list[str]:
        """What is to be said of files that could not be read."""
        return left_out(self.broken, self.of, "sounds")


def heard(files: Sequence[Entry], encoder: AudioEncoder, progress: Progress, *, whole: bool = False) -> Heard:
    """Read all files. `whole`: a sound that is too long is left out, not cut."""
    shape = (len(files), encoder.samples)
    sounds = on_disk.room(shape, np.float32, not on_disk.fits(8 * shape[0] * shape[1]))
    places, broken, long = list[int](), list[str](), 0
    for number, entry in enumerate(files):
        if number % 64 == 0:
            progress("Reading sounds", number, len(files))
        try:
            sound, rate = decoded(entry.read(), entry.name)
        except Broken as error:
            broken.append(f"`{entry.name}` ({error})")
            continue
        if len(sound) / rate > encoder.samples / encoder.rate * _LONGER:
            long += 1
            if whole:
                continue
        sounds[len(places)] = encoder.encode([(sound, rate)])[0].numpy()
        places.append(number)
    progress("Reading sounds", len(files), len(files))
    return Heard(sounds[: len(places)], np.array(places, dtype=np.int64), long, broken, len(files))
