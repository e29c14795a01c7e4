"""AudioEncoder: sounds as a network takes them, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Audio, Value
from dlviz.datasets.archive import entries
from dlviz.datasets.broken import Broken
from dlviz.datasets.data import Encoder
from dlviz.datasets.pictures import MOST_BYTES
from dlviz.datasets.sounds import SUFFIXES, Loudness, Sound, brought, decoded, sound_from

#: What `read` gives: each sound with its own rate.
Raw = Sequence[tuple[Sound, int]]


class AudioEncoder(Encoder):
    """Sounds of one rate and length: what is longer is cut off at the end, what is shorter is filled with silence."""

    rate: int = setting(16000, "How many samples make a second.", ge=1000, le=192_000, unit="Hz")
    samples: int = setting(16000, "How many samples a sound has.", ge=1, le=10_000_000)
    loudness: Loudness = setting("peak", "Whether each sound is made equally loud, or stays as it was recorded.")

    def kind_of_value(self) -> Audio:
        return Audio(rate=self.rate, samples=self.samples)

    def encode(self, raw: Any) -> Tensor:
        """Sounds, each (samples, its rate), as float32 (N, samples)."""
        made = [brought(sound, rate, self.rate, self.samples, self.loudness) for sound, rate in raw]
        return torch.from_numpy(np.stack(made) if made else np.zeros((0, self.samples), np.float32))

    def decode(self, tensor: Tensor) -> Value:
        """The sounds in half precision: 11 bits are enough to look at and to listen to, and take half the room."""
        numbers = tensor.detach().cpu().float().clamp(-1, 1).half()
        return Value(self.kind_of_value(), np.asarray(numbers.numpy()), "sound")

    def read(self, path: str) -> Raw:
        """A sound, or all sounds of a zip or folder in the order of their names. Raises `WrongInput`."""
        file = Path(path).expanduser()
        if not file.exists():
            raise WrongInput(f"There is no sound {path}. Name a WAV, FLAC, OGG or MP3 file, or a zip of them.")
        if not file.is_dir() and file.suffix.lower() != ".zip":
            if file.stat().st_size > MOST_BYTES:
                size = file.stat().st_size
                raise WrongInput(f"{file.name}: a sound file may have at most 64 MB. Received: {size:,} bytes.")
            return [sound_from(file.read_bytes(), file.name)]
        with entries(file, "sounds") as found:
            chosen = [entry for entry in found if entry.way[-1].lower().endswith(SUFFIXES)]
            if not chosen:
                raise WrongInput(f"{file.name} must hold sounds (WAV, FLAC, OGG, MP3). It holds none.")
            read = []
            for entry in chosen:
                try:
                    read.append(decoded(entry.read(), entry.name))
                except Broken as error:
                    raise WrongInput(f"{file.name}: `{entry.name}` must be a sound. Received: {error}.") from None
        return read
