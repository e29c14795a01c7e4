"""SoundMasking: sounds with a stretch of time or a band of pitches missing."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.optimization.augmentations.sounds import SoundAugmentation, ended, spans


class SoundMasking(SoundAugmentation):
    """Silences a stretch of time and a band of pitches of each sound, so that no single moment or tone decides alone.

    What SpecAugment does to a spectrogram (Park et al. 2019), done to the sound itself. The band is one of frequencies,
    cut out of the Fourier transform of the whole sound.
    """

    time: float = setting(0.1, "The longest stretch that is silenced, as a share of the sound.", ge=0, le=1)
    frequency: float = setting(0.1, "The widest band that is taken out, as a share of all frequencies.", ge=0, le=1)

    def change(self, sounds: Tensor, random: torch.Generator) -> Tensor:
        count, samples = sounds.shape
        wave = torch.fft.rfft(sounds)
        band = spans(wave.shape[1], self.frequency, count, sounds, random)
        heard = torch.fft.irfft(wave.masked_fill(band, 0), n=samples)
        silent = spans(samples, self.time, count, sounds, random)
        return ended(heard.masked_fill(silent, 0).clamp(-1, 1), sounds)
