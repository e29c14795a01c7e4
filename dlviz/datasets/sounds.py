"""Sounds from files and bytes: checked before they are decoded, made mono, brought to one rate and length."""

from __future__ import annotations

import io
from math import gcd
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput
from dlviz.datasets.broken import Broken

Sound = NDArray[np.float32]
Loudness = Literal["peak", "recorded"]

#: Formats that are read, all by libsndfile.
FORMATS = ("WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3", "MPEG")
SUFFIXES = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3")
#: Nothing longer is read: a small compressed file may stand for days of silence.
MOST_SECONDS = 600
_RATES = (1000, 192_000)
_MOST_CHANNELS = 16
#: How loud the loudest moment is made; what is quieter than _SILENT is left as it is.
_PEAK, _SILENT = 0.95, 1e-4


def opened(content: bytes, name: str) -> tuple[int, int]:
    """(rate, samples) as the header in `content` says; nothing is decoded yet. Raises `Broken`."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            return _checked(file)
    except Broken:
        raise
    except Exception as error:  # soundfile's own, and what damaged headers do to its reading of them
        raise Broken(f"no readable sound ({_short(error)})") from None


def decoded(content: bytes, name: str) -> tuple[Sound, int]:
    """(samples of the mean of all channels, float32 from -1 to 1; their rate). Raises `Broken`."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            rate, samples = _checked(file)
            numbers = file.read(samples, dtype="float32", always_2d=True)
    except Broken:
        raise
    except (Exception, MemoryError) as error:
        raise Broken(f"no readable sound ({_short(error)})") from None
    if not len(numbers):
        raise Broken("a sound without samples")
    if not np.isfinite(numbers).all():
        raise Broken("it holds samples that are no numbers")
    mono = numbers.mean(axis=1, dtype=np.float32) if numbers.shape[1] > 1 else numbers[:, 0]
    return np.clip(mono, -1, 1), rate


def _checked(file: object) -> tuple[int, int]:
    rate, channels, samples, form = (getattr(file, name) for name in ("samplerate", "channels", "frames", "format"))
    if form not in FORMATS:
        raise Broken(f"a sound in a format that is not read ({form})")
    if not _RATES[0] <= rate <= _RATES[1]:
        raise Broken(f"a rate of {rate:,} Hz; {_RATES[0]:,} to {_RATES[1]:,} are read")
    if channels > _MOST_CHANNELS:
        raise Broken(f"{channels} channels; at most {_MOST_CHANNELS} are read")
    if samples > MOST_SECONDS * rate:
        raise Broken(f"longer than {MOST_SECONDS // 60} minutes")
    if samples < 1:
        raise Broken("a sound without samples")
    return int(rate), int(samples)


def resampled(sound: Sound, old: int, new: int) -> Sound:
    """The same sound with `new` samples a second in place of `old`: a polyphase filter, a windowed sinc."""
    if old == new:
        return sound
    from scipy.signal import resample_poly

    common = gcd(old, new)
    made: Sound = resample_poly(sound.astype(np.float64), new // common, old // common).astype(np.float32)
    return np.clip(made, -1, 1)


def brought(sound: Sound, old: int, rate: int, samples: int, loudness: Loudness) -> Sound:
    """The sound at `rate`, its end cut off or filled with silence, so that it has so many samples."""
    most = -(-samples * old // rate) + old // 10  # what is cut off need not be resampled
    heard = resampled(sound[:most], old, rate)[:samples]
    if loudness == "peak":
        peak = float(np.abs(heard).max(initial=0))
        heard = heard * np.float32(_PEAK / peak) if peak > _SILENT else heard
    made = np.zeros(samples, np.float32)
    made[: len(heard)] = heard
    return made


def sound_from(content: bytes, name: str) -> tuple[Sound, int]:
    """As `decoded`, for a file that a person named. Raises `WrongInput`."""
    try:
        return decoded(content, name)
    except Broken as error:
        raise WrongInput(f"{name} must be a sound (WAV, FLAC, OGG or MP3). Received: {error}.") from None


def _short(error: BaseException) -> str:
    text = str(error).rpartition(">: ")[2].strip() or type(error).__name__
    return text[:80].rstrip(".")
