"""ToySounds: tones made by rule."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dlviz.core.setting import setting
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.audio_set import audio_data, audio_fields
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.split import split

Floats = NDArray[np.float64]
RATE, SAMPLES = 8000, 4000
NAMES = ("steady", "rising", "falling", "warbling", "beeping")


class ToySounds(Dataset):
    """Short made-up tones that stay, rise, fall, warble or beep: say which it is, whatever its pitch.

    Each begins at another pitch, at another time and has another timbre, so that no single moment tells the class.
    """

    title: ClassVar[str] = "Tones"
    icon: ClassVar[str] = "graphic_eq"

    noise: float = setting(
        0.05, "How strong the hiss behind each tone is, as a share of it. More: harder to hear.", ge=0, le=2
    )
    size: int = setting(600, "How many tones in all. More: the rule is clearer.", ge=40, le=10_000)

    def describe(self, seed: int = 0) -> Fields:
        return audio_fields(AudioEncoder(rate=RATE, samples=SAMPLES), "label", NAMES, self.size)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        random = np.random.default_rng([seed, 0x70E5])
        labels = np.arange(self.size, dtype=np.int64) % len(NAMES)
        encoder = AudioEncoder(rate=RATE, samples=SAMPLES)
        made = [(self._tone(NAMES[label], random).astype(np.float32), RATE) for label in labels]
        parts = split(self.size, labels, seed=seed)
        return audio_data(
            encoder.encode(made).numpy(), labels, self.describe(seed), parts, encoder, suspicious=False
        )  # fmt: skip

    def _tone(self, name: str, random: np.random.Generator) -> Floats:
        """Three to four tenths of a second of tone somewhere in half a second of silence, and hiss over all of it."""
        length = int(random.uniform(0.3, 0.4) * RATE)
        time = np.linspace(0, 1, length)
        octaves = random.uniform(0.5, 1.0)
        bend = {
            "rising": octaves * time, "falling": -octaves * time, "warbling": 0.25 * np.sin(2 * np.pi * 4 * time)
        }.get(name, np.zeros(length))  # fmt: skip
        low, high = (200.0, 800.0) if name != "falling" else (400.0, 1600.0)
        pitch = np.exp(random.uniform(np.log(low), np.log(high))) * 2.0**bend
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        tone = np.zeros(length)
        for part in (1, 2, 3):
            tone += random.uniform(0.2, 1) / part * np.sin(part * phase)
        tone *= np.minimum(1, 30 * np.minimum(time, 1 - time))  # no click at either end
        if name == "beeping":
            tone *= (4 * time) % 1 < 0.5
        sound: Floats = self.noise * np.sqrt((tone**2).mean()) * random.normal(size=SAMPLES)
        start = int(random.integers(0, SAMPLES - length + 1))
        sound[start : start + length] += tone
        sound /= max(1.0, float(np.abs(sound).max()))
        return sound
