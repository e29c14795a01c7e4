"""Validation examples as a page shows them: small pictures, or a line of text each."""

from __future__ import annotations

import json

import numpy as np
import torch
import torch.nn.functional as F

from dlviz.core.frames import quantized
from dlviz.core.values import Array, Audio, Category, Image, Scalar, Table, Text, Value
from dlviz.datasets.data import Data
from dlviz.datasets.spectrogram import spectrograms

#: The longer side of a picture, in pixels, and the letters of a text.
SIDE, LETTERS = 32, 240


def shown(data: Data, index: Array) -> tuple[Array | None, list[str]]:
    """(pictures (n, channels, height, width) u1 or None, a line of text each where there are no pictures)."""
    values = data.shown("validation", [int(each) for each in index])
    inputs = [values[name] for name in data.fields.inputs]
    for value in inputs:
        if isinstance(value.kind, Image):
            return quantized(_small(value.data), 0.0, 1.0), []
        if isinstance(value.kind, Audio):
            return quantized(_small(spectrograms(value.data, value.kind.rate)), 0.0, 1.0), []
    lines = [" · ".join(_line(value, row) for value in inputs) for row in range(len(index))]
    return None, [line if len(line) <= LETTERS else line[: LETTERS - 1] + "…" for line in lines]


def _small(pictures: Array) -> Array:
    height, width = pictures.shape[2:]
    scale = SIDE / max(height, width)
    if scale >= 1:
        return pictures
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    tensor = torch.as_tensor(np.ascontiguousarray(pictures, np.float32))
    return np.asarray(F.adaptive_avg_pool2d(tensor, size).numpy())


def _line(value: Value, row: int) -> str:
    """One example of a value in words."""
    kind, data = value.kind, value.data[row]
    if isinstance(kind, Text):
        return str(data)
    if isinstance(kind, Category):
        return kind.names[int(data)]
    if isinstance(kind, Scalar):
        return _short(data)
    names = kind.columns if isinstance(kind, Table) else getattr(kind, "names", ())
    flat = np.ravel(data)[:24]
    if len(names) >= len(flat):
        return ", ".join(f"{name} {_short(each)}" for name, each in zip(names, flat, strict=False))
    return ", ".join(map(_short, flat))


def _short(value: object) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    return f"{value:.4g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)
