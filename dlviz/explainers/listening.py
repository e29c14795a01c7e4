"""Listening: the part of a sound that spoke most for a target, all else faded to silence."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array
from dlviz.layers.log_mel import MelSpectrogram

#: What is kept holds this share of all that speaks for the target, if it takes no more than that share of the sound.
WEIGHT, MOST = 0.8, 0.4
#: How long it takes to fade in and out, in seconds: shorter ones click.
_RAMP = 0.01


def kept(sound: Array, values: Array, rate: int, front: MelSpectrogram | None = None) -> Array | None:
    """The sound (samples,) with only its most important moments, or, of a spectrogram, pitches for a while.

    `values`: (samples,) as an explanation gives them, or (channels, bands, columns) over the spectrogram that `front`
    makes. None where nothing speaks for the target.
    """
    weights = np.clip(values.sum(0) if values.ndim == 3 else values, 0, None)
    strongest = _strongest(weights)
    if strongest is None:
        return None
    wave = torch.from_numpy(np.asarray(sound, dtype=np.float32))
    chosen = torch.from_numpy(strongest).float()
    if values.ndim == 3:
        assert front is not None, "only a network's own first layer makes a spectrogram to be explained"
        return np.asarray(_filtered(wave, chosen, front).numpy())
    width = 2 * max(1, round(_RAMP * rate / 2)) + 1
    faded = torch.nn.functional.avg_pool1d(chosen[None], width, 1, width // 2)[0]
    return np.asarray((wave * faded).numpy())


def _strongest(weights: Array) -> Array | None:
    """Where the strongest weights lie: as few as hold `WEIGHT` of the sum. What is equally strong stays together."""
    total, levels = float(weights.sum()), np.unique(weights[weights > 0])[::-1]
    if not len(levels):
        return None
    ordered = np.sort(weights, axis=None)[::-1]
    upto = np.searchsorted(-ordered, -levels, side="right")  # how many are at least so strong
    held = np.cumsum(ordered)[upto - 1]
    enough = int(np.searchsorted(held, WEIGHT * total - 1e-9 * total))
    fits = int((upto <= MOST * weights.size).sum()) - 1
    return np.asarray(weights >= levels[max(0, min(enough, fits))])


def _filtered(wave: Tensor, chosen: Tensor, front: MelSpectrogram) -> Tensor:
    """The wave with the chosen (bands, columns) alone: a filter whose bands open and close as time goes by."""
    hop = max(1, front.n_fft // 4)  # close enough for the pieces to add up again, whatever the layer's own step
    spectrum = torch.stft(
        wave, front.n_fft, hop, window=front.window, center=True, pad_mode="constant", return_complex=True
    )
    columns = (torch.arange(spectrum.shape[1]) * hop / front.hop_length).round().long()
    mask = chosen[:, columns.clamp(max=chosen.shape[1] - 1)]
    mask = torch.nn.functional.avg_pool1d(mask[None], 3, 1, 1)[0]
    gain = front.bands.T @ mask / front.bands.sum(0).clamp(min=1e-6)[:, None]
    return torch.istft(spectrum * gain, front.n_fft, hop, window=front.window, center=True, length=len(wave))
