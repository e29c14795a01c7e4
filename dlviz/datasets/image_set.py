"""Data from pictures: what Digits, MNIST and picture folders share."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.core.values import Category, Image
from dlviz.datasets import on_disk
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.datasets.pictures import Fit, Pixels
from dlviz.datasets.split import Parts
from dlviz.datasets.suspicions import imbalance, repeated

#: How many pictures are made numbers at a time.
_PIECE = 4096


def image_fields(names: tuple[str, ...], channels: int, height: int, width: int, size: int | None) -> Fields:
    """One picture in, one class out."""
    image = Image(channels=channels, height=height, width=width)
    return Fields({"image": image}, {"label": Category(names=names)}, size)


def image_data(
    pixels: Pixels,
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    parts: Parts,
    *,
    fit: Fit = "stretch",
    warnings: list[str] | None = None,
    size: int | None = None,
) -> Data:
    """Pictures (N, channels, height, width) 0 to 255 and class indices (N,) as `Data`, split as `parts` says."""
    encoder = ImageEncoder.learn(pixels, fit, parts.train)
    away = not on_disk.fits(4 * pixels.size)

    def examples(index: NDArray[np.int64]) -> Examples:
        column = on_disk.room((len(index), *pixels.shape[1:]), np.float32, away)
        for start in range(0, len(index), _PIECE):  # so that nothing lies in memory twice
            piece = slice(start, start + _PIECE)
            column[piece] = encoder.encode(pixels[index[piece]]).numpy()
        columns = {"image": torch.from_numpy(column), "label": torch.from_numpy(labels[index])}
        return Examples(columns, torch.from_numpy(index), away)

    found = [*(warnings or [])]
    found += imbalance(labels, names)
    found += repeated([hashlib.blake2b(row, digest_size=16).digest() for row in pixels], parts, "pictures")
    _, channels, height, width = pixels.shape
    if away:
        found.append("These pictures are more than memory holds. They are read from disk while the network learns.")
    return Data(
        fields=image_fields(names, channels, height, width, sum(map(len, parts)) if size is None else size),
        train=examples(parts.train),
        validation=examples(parts.validation),
        test=examples(parts.test),
        encoders={"image": encoder},
        warnings=found,
    )
