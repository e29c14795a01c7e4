"""Starter networks that say at each moment of a sound which symbol is heard, and what they train with."""

from __future__ import annotations

import math
from typing import Any

from dlviz.core.values import Audio, Tokens
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.audio_starters import OUTPUT, Layers, audio_start
from dlviz.tasks.starters import graph


def starters(fields: Fields) -> dict[str, Graph]:
    """Networks with an answer for each moment, by title; the first is the default."""
    return {"CRNN": graph(ctc_crnn(fields)), "CNN": graph(ctc_cnn(fields))}


def ctc_crnn(fields: Fields, width: int = 96, kind: str = "GRU") -> Layers:
    """Convolutions that look at a few columns, every other one, and a recurrent layer that reads what they saw from
    both ends."""
    return [
        *_seen(fields, (16, 32)),
        {"name": kind.lower(), "kind": kind, "hidden_size": width, "bidirectional": True},
        {"name": "dropout", "kind": "Dropout", "p": 0.3},
        OUTPUT,
    ]


def ctc_cnn(fields: Fields) -> Layers:
    """Convolutions alone: each moment is judged by what is heard a few tenths of a second around it."""
    layers = _seen(fields, (16, 32))
    layers.append({"name": "moments", "kind": "Transpose"})
    for number, dilation in enumerate((1, 2, 4), 3):
        layers += [
            {
                "name": f"conv{number}", "kind": "Conv1d", "out_channels": 128, "kernel_size": 5, "padding": "same",
                "dilation": dilation,
            },
            {"name": f"norm{number}", "kind": "BatchNorm1d"},
            {"name": f"relu{number}", "kind": "ReLU"},
        ]  # fmt: skip
    return [*layers, {"name": "steps2", "kind": "Transpose"}, {"name": "dropout", "kind": "Dropout", "p": 0.3}, OUTPUT]


def _seen(fields: Fields, channels: tuple[int, ...]) -> Layers:
    """From the sound to a row of numbers for each moment."""
    (kind,), (said,) = fields.inputs.values(), fields.targets.values()
    assert isinstance(kind, Audio) and isinstance(said, Tokens)
    layers = audio_start(kind)
    # letters follow each other faster than columns of a picture in which half of each overlaps
    hop = layers[1]["hop_length"] = layers[1]["n_fft"] // (4 if " " in said.vocabulary else 2)
    along = 2 if 1 + kind.samples // hop >= 4 * said.length else 1
    for number, many in enumerate(channels, 1):
        size, pace = (5, [2, along]) if number == 1 else (3, [2, 1])
        layers += [
            {
                "name": f"conv{number}", "kind": "Conv2d", "out_channels": many, "kernel_size": size, "stride": pace,
                "padding": size // 2,
            },
            {"name": f"norm{number}", "kind": "BatchNorm2d"},
            {"name": f"relu{number}", "kind": "ReLU"},
        ]  # fmt: skip
    return [
        *layers,
        {"name": "columns", "kind": "Permute", "dims": [3, 1, 2]},
        {"name": "steps", "kind": "Flatten", "start_dim": 2},
    ]


def recipe(fields: Fields) -> dict[str, Any]:
    """Without a band of pitches or a short moment the same is said: so the network learns to listen to all of it. What
    is masked is never as long as a word, which would then be written and not heard. Steps are clipped, since the first
    alignments are steep."""
    size = fields.size or 0
    kind = next(iter(fields.inputs.values()))
    assert isinstance(kind, Audio)
    # long sounds hold more to learn from, and cost more
    epochs = max(4, min(40, math.ceil(72_000 / max(1, size) / max(1.0, kind.samples / kind.rate) ** 0.5)))
    return {
        "optimization": {
            "optimizer": {"kind": "AdamW", "lr": 0.003},
            "schedule": {"kind": "OneCycleLR"},
            "regularizers": [{"kind": "GradientClipping"}],
            "augmentations": [{"kind": "SoundMasking", "time": 0.03, "frequency": 0.15}],
        },
        "training": {"epochs": epochs, "batch_size": 32 if size > 1000 else 16},
    }
