"""The sound of what mattered: kept where it spoke for the target, silent elsewhere, without a click."""

from __future__ import annotations

import numpy as np
import torch

from dlviz.explainers.listening import MOST, kept
from dlviz.layers.log_mel import MelSpectrogram

RATE, SAMPLES = 8000, 8000
TIME = np.arange(SAMPLES) / RATE


def loudness(sound: np.ndarray, begin: int, end: int) -> float:  # type: ignore[type-arg]
    return float(np.sqrt((sound[begin:end] ** 2).mean()))


def test_the_important_moment_stays_and_the_rest_is_silent() -> None:
    tone = np.sin(2 * np.pi * 440 * TIME)
    values = np.zeros(SAMPLES)
    values[2000:3000] = 1
    values[5000:6000] = -3
    values[7000:7500] = 0.01
    found = kept(tone, values, RATE)
    assert found is not None and found.shape == (SAMPLES,)
    np.testing.assert_allclose(found[2100:2900], tone[2100:2900], atol=1e-6)
    assert np.abs(found[:1900]).max() == np.abs(found[3100:]).max() == 0
    assert np.abs(np.diff(found)).max() < 1.1 * np.abs(np.diff(tone)).max()  # no click


def test_so_much_is_kept_as_speaks_for_it_most() -> None:
    tone = np.ones(SAMPLES)
    falling = np.linspace(1, 0, SAMPLES)
    found = kept(tone, falling, RATE)
    assert found is not None
    assert abs((found > 0.5).mean() - MOST) < 0.01
    same = kept(tone, np.ones(SAMPLES), RATE)
    assert same is not None and (same[100:-100] == 1).all()  # what is equally strong stays together


def test_nothing_for_it_keeps_nothing() -> None:
    assert kept(np.ones(SAMPLES), -np.ones(SAMPLES), RATE) is None
    assert kept(np.ones(SAMPLES), np.zeros(SAMPLES), RATE) is None


def test_a_pitch_is_kept_for_a_while() -> None:
    """Two tones all the time; of one of them, the second quarter."""
    low, high = 0.5 * np.sin(2 * np.pi * 500 * TIME), 0.5 * np.sin(2 * np.pi * 2000 * TIME)
    for hop in (128, 256, 512):
        front = MelSpectrogram(RATE, 512, hop, 32, 0.0, RATE / 2)
        picture = front(torch.from_numpy(low)[None])[0, 0]
        band = int(picture.mean(1).argmax())
        values = np.zeros((1, *picture.shape))
        columns = np.arange(picture.shape[1]) * hop
        values[0, max(0, band - 1) : band + 2, (columns >= 2000) & (columns < 4000)] = 1
        found = kept(low + high, values, RATE, front)
        assert found is not None and found.shape == (SAMPLES,)
        np.testing.assert_allclose(loudness(found, 2700, 3300), loudness(low, 2700, 3300), rtol=0.1)
        assert loudness(found, 0, 1200) < 0.02 and loudness(found, 5000, SAMPLES) < 0.02
        share = np.abs(np.fft.rfft(found[2500:3500])) ** 2
        assert share[240:260].sum() < 0.01 * share.sum()  # the high tone


def test_the_whole_picture_is_the_whole_sound() -> None:
    wave = np.random.default_rng(0).normal(size=SAMPLES) * 0.1
    front = MelSpectrogram(RATE, 512, 256, 32, 0.0, RATE / 2)
    found = kept(wave, np.ones((1, 32, 32)), RATE, front)
    assert found is not None
    spectrum, before = np.abs(np.fft.rfft(found)), np.abs(np.fft.rfft(wave))
    inner = slice(200, 3600)
    np.testing.assert_allclose(np.sqrt((spectrum[inner] ** 2).mean()), np.sqrt((before[inner] ** 2).mean()), rtol=0.05)
