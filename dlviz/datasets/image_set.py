"""Data from pictures held in memory: what Digits, MNIST and picture folders share."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.core.values import Category, Image
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.datasets.pictures import Fit, Pixels
from dlviz.datasets.split import Parts
from dlviz.datasets.suspicions import imbalance, repeated


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
    train = pixels[parts.train]
    encoder = ImageEncoder.learn(train, fit)

    def examples(index: NDArray[np.int64], own: Pixels | None = None) -> Examples:
        column = encoder.encode(pixels[index] if own is None else own)
        return Examples({"image": column, "label": torch.from_numpy(labels[index])}, torch.from_numpy(index))

    found = [*(warnings or [])]
    found += imbalance(labels, names)
    found += repeated([row.tobytes() for row in pixels], parts, "pictures")
    _, channels, height, width = pixels.shape
    return Data(
        fields=image_fields(names, channels, height, width, sum(map(len, parts)) if size is None else size),
        train=examples(parts.train, train),
        validation=examples(parts.validation),
        test=examples(parts.test),
        encoders={"image": encoder},
        warnings=found,
    )
