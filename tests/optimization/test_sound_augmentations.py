"""What each augmentation of sounds does to one whose answer is known."""

from __future__ import annotations

import math

import torch

from dlviz.core.values import Audio, Category, Image
from dlviz.optimization.augmentations.background_noise import BackgroundNoise
from dlviz.optimization.augmentations.sound_masking import SoundMasking
from dlviz.optimization.augmentations.time_shift import TimeShift


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_shifted_click_is_one_click_not_far_away() -> None:
    clicks = torch.zeros(200, 100)
    clicks[:, 50] = 1
    moved = TimeShift(share=0.1).change(clicks, chance())
    assert (moved.sum(1) == 1).all()
    assert set((moved.argmax(1) - 50).tolist()) == set(range(-10, 11))
    assert torch.equal(TimeShift(share=0).change(clicks, chance()), clicks)
    gone = TimeShift(share=1).change(torch.ones(50, 100), chance())  # what comes into the gap is silence
    assert ((gone == 0) | (gone == 1)).all() and gone.mean() < 0.8


def test_noise_is_as_strong_as_it_says_at_most() -> None:
    tone = 0.1 * torch.sin(torch.arange(8000) / 3)[None].repeat(50, 1)
    noise = BackgroundNoise(std=0.5).change(tone, chance()) - tone
    strength = noise.square().mean(1).sqrt() / tone.square().mean(1).sqrt()
    assert strength.max() <= 0.52 and 0.15 < strength.mean() < 0.35
    assert torch.equal(BackgroundNoise(std=0).change(tone, chance()), tone)


def test_masking_takes_out_a_stretch_and_a_band() -> None:
    noise = 0.1 * torch.randn(40, 1000, generator=chance(1))
    silenced = SoundMasking(time=0.5, frequency=0).change(noise, chance())
    silent = silenced == 0
    assert (silent.sum(1) <= 500).all() and 150 < silent.sum(1).float().mean() < 350
    assert ((silent[:, 1:] & ~silent[:, :-1]).sum(1) <= 1).all()  # in one piece
    torch.testing.assert_close(silenced[~silent], noise[~silent], rtol=0, atol=1e-6)
    tone = 0.5 * torch.sin(2 * math.pi * 100 * torch.arange(1000) / 1000)[None].repeat(200, 1)
    left = SoundMasking(time=0, frequency=0.5).change(tone, chance()).abs().amax(1)
    assert ((left < 1e-4) | (left > 0.47)).all()  # a pure tone is heard wholly or not at all
    assert 10 < int((left < 1e-4).sum()) < 120


def test_what_a_sound_is_filled_up_with_stays_silent() -> None:
    sounds = torch.randn(30, 400, generator=chance(2)).clamp(-1, 1)
    ends = torch.arange(30) * 10 + 50
    sounds[torch.arange(400)[None] >= ends[:, None]] = 0
    for part in (BackgroundNoise(std=1), SoundMasking(time=0, frequency=0.3)):
        changed = part.change(sounds, chance())
        assert ((torch.arange(1, 401) * (changed != 0)).amax(1) == ends).all() and not torch.equal(changed, sounds)


def test_they_decline_what_is_no_sound() -> None:
    target, picture = {"label": Category(names=("a", "b"))}, {"image": Image(channels=1, height=8, width=8)}
    for part in (TimeShift(), BackgroundNoise(), SoundMasking()):
        assert part.why_not({"sound": Audio(rate=8000, samples=10)}, target) is None
        assert "this data has none" in str(part.why_not(picture, target))
