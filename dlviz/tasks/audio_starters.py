"""Starter networks for sounds: each begins with a picture of how loud each pitch is at each time."""

from __future__ import annotations

import math
from typing import Any

from dlviz.core.values import Audio
from dlviz.layers.log_mel import most_bands

Layers = list[dict[str, Any]]
#: A column looks at about so much of the sound: long enough for the pitch of a voice, short enough for a syllable.
_SECONDS = 0.032


def audio_start(kind: Audio) -> Layers:
    """Input and log-mel picture, in sizes that suit the rate and the length."""
    return [{"name": "input", "kind": "Input"}, log_mel(kind)]


def log_mel(kind: Audio) -> dict[str, Any]:
    """The log-mel layer: columns of about 32 ms, half overlapping; as many bands as they tell apart, at most 64."""
    n_fft = 2 ** max(3, round(math.log2(_SECONDS * kind.rate)))
    bands = most_bands(kind.rate, n_fft, min(64, max(4, n_fft // 6 // 4 * 4)))
    return {
        "name": "log_mel", "kind": "LogMel", "rate": kind.rate, "n_fft": n_fft, "hop_length": n_fft // 2,
        "n_mels": bands,
    }  # fmt: skip


def picture_of(kind: Audio) -> tuple[int, int]:
    """(bands, columns) of the log-mel picture."""
    made = log_mel(kind)
    return made["n_mels"], 1 + kind.samples // made["hop_length"]


def audio_cnn(kind: Audio) -> Layers:
    """Convolutions over the picture; what they find is averaged over time, so that it does not matter when."""
    layers = audio_start(kind)
    bands, columns = picture_of(kind)
    for number, channels in enumerate((16, 32, 64), 1):
        layers += _convolution(number, channels)
        if min(bands, columns) >= 4:
            layers.append({"name": f"pool{number}", "kind": "MaxPool2d", "kernel_size": 2})
            bands, columns = bands // 2, columns // 2
    return [
        *layers,
        {"name": "over_time", "kind": "AdaptiveAvgPool2d", "output_size": [bands, 1]},
        {"name": "flatten", "kind": "Flatten"},
        {"name": "dropout", "kind": "Dropout", "p": 0.3},
        OUTPUT,
    ]


def crnn(kind: Audio) -> Layers:
    """Convolutions that look at a few columns, then a GRU that reads column by column, in both directions."""
    layers = audio_start(kind)
    bands, columns = picture_of(kind)
    for number, channels in enumerate((16, 32), 1):
        layers += _convolution(number, channels)
        if bands >= 4:
            along = 2 if number == 1 and columns >= 4 else 1
            layers.append({"name": f"pool{number}", "kind": "MaxPool2d", "kernel_size": [2, along]})
            bands //= 2
    return [
        *layers,
        {"name": "columns", "kind": "Permute", "dims": [3, 1, 2]},
        {"name": "steps", "kind": "Flatten", "start_dim": 2},
        {"name": "gru", "kind": "GRU", "hidden_size": 64, "bidirectional": True},
        {"name": "pool", "kind": "PoolSteps", "mode": "mean"},
        {"name": "dropout", "kind": "Dropout", "p": 0.3},
        OUTPUT,
    ]


def mean_spectrum(kind: Audio) -> Layers:
    """The mean loudness of each band over all time, and a small network: what sounds, not when."""
    bands, _ = picture_of(kind)
    return [
        *audio_start(kind),
        {"name": "over_time", "kind": "AdaptiveAvgPool2d", "output_size": [bands, 1]},
        {"name": "flatten", "kind": "Flatten"},
        {"name": "fc", "kind": "Linear", "out_features": 64},
        {"name": "relu", "kind": "ReLU"},
        {"name": "dropout", "kind": "Dropout", "p": 0.2},
        OUTPUT,
    ]


def audio_recipe(size: int, made: Any) -> dict[str, Any]:
    """A sound moved in time, and with a band of pitches or a moment missing, is still the same: the network is told so
    by examples."""
    epochs, batch = (10, 64) if size > 10_000 else (15, 32) if size > 1000 else (30, 16)
    recipe: dict[str, Any] = made({"kind": "AdamW", "lr": 0.003}, "OneCycleLR", epochs=epochs, batch_size=batch)
    recipe["optimization"]["augmentations"] = [{"kind": "TimeShift"}, {"kind": "SoundMasking"}]
    return recipe


def _convolution(number: int, channels: int) -> Layers:
    return [
        {"name": f"conv{number}", "kind": "Conv2d", "out_channels": channels, "kernel_size": 3, "padding": 1},
        {"name": f"norm{number}", "kind": "BatchNorm2d"},
        {"name": f"relu{number}", "kind": "ReLU"},
    ]


OUTPUT: dict[str, Any] = {"name": "output", "kind": "Linear", "out_features": "auto"}
