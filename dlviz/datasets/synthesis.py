"""Synthesis: a score made audible, by adding sines (a tone and its overtones, each fading). No torch in here."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from dlviz.datasets.score import Score

RATE = 22_050
#: How loud each overtone is, the tone itself first.
OVERTONES = (1.0, 0.5, 0.25, 0.12, 0.06)
#: Seconds in which a tone swells, falls to a third, and fades at its end.
_ATTACK, _DECAY, _RELEASE = 0.01, 1.0, 0.08
#: Longer pieces are cut: a minute takes 5 MB of memory.
MOST_SECONDS = 600


def synthesised(score: Score, rate: int = RATE) -> NDArray[np.float32]:
    """The sound (samples,) of a score, from -0.9 to 0.9, and some silence behind it."""
    second = 60 / (score.per_quarter * score.tempo)
    length = min(score.seconds, MOST_SECONDS) + 0.3
    sound = np.zeros(int(length * rate) + 1, dtype=np.float64)
    for start, steps, pitch, _ in score.notes:
        begin = int(start * second * rate)
        tone = _tone(pitch, steps * second, rate)[: max(0, len(sound) - begin)]
        sound[begin : begin + len(tone)] += tone
    loudest = float(np.abs(sound).max(initial=0.0))
    return (sound * (0.9 / loudest if loudest else 1.0)).astype(np.float32)


def _tone(pitch: int, seconds: float, rate: int) -> NDArray[np.float64]:
    time = np.arange(int((seconds + _RELEASE) * rate)) / rate
    tune = 440.0 * 2 ** ((pitch - 69) / 12)
    made = np.zeros_like(time)
    for number, loud in enumerate(OVERTONES, start=1):
        if number * tune < rate / 2:  # above that a tone would fold back as a false one
            made += loud * np.sin(2 * np.pi * number * tune * time)
    envelope = np.minimum(time / _ATTACK, 1.0) * np.exp(-time / _DECAY)
    faded: NDArray[np.float64] = made * envelope * np.clip((seconds + _RELEASE - time) / _RELEASE, 0.0, 1.0)
    return faded


def wav(score: Score) -> bytes:
    """The score as a WAV file, 16 bit, one channel."""
    import soundfile

    kept = io.BytesIO()
    soundfile.write(kept, synthesised(score), RATE, format="WAV", subtype="PCM_16")
    return kept.getvalue()
