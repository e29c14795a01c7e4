"""The IDX format, in which MNIST and its kin come, and what these data sets share."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.image_set import image_data, image_fields
from dlviz.datasets.split import Parts, split


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of bytes in a gzipped IDX file. `WrongInput` where it is none, or not whole."""
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise WrongInput(f"{path} must be a gzip file. Received: {error}. Delete it; it is fetched anew.") from None
    dimensions = content[3] if len(content) >= 4 else 0
    start = 4 + 4 * dimensions
    if content[:3] != b"\0\0\x08" or len(content) < start:  # 0x08: unsigned bytes
        raise WrongInput(f"{path} must be an IDX file of bytes. It begins with {content[:4]!r}. Delete it.")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise WrongInput(f"{path} must hold {math.prod(shape):,} bytes. Received: {len(content) - start:,}. Delete it.")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


class IdxImages(Fetched, abstract=True):
    """Grey pictures of 28×28 pixels in ten classes, 60,000 to train on and 10,000 for the test, in four IDX files."""

    names: ClassVar[tuple[str, ...]]

    limit: int | None = setting(
        None, "Use only so many of the 60,000 training pictures, drawn by chance. Fewer: faster, less exact.",
        ge=100, le=60_000,
    )  # fmt: skip
    validation: float = setting(
        1 / 12, "Share of the training pictures to check on while training.", ge=0.01, le=0.5, advanced=True
    )

    def describe(self, seed: int = 0) -> Fields:
        return image_fields(self.names, 1, 28, 28, (self.limit or 60_000) + 10_000)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        paths = self.files.fetch(progress)
        progress("Reading the pictures", 0, None)
        train, train_labels, test, test_labels = (read_idx(path) for path in paths.values())
        labels = np.concatenate([train_labels, test_labels]).astype(np.int64)
        known = labels[: len(train)]
        if self.limit is not None and self.limit < len(train):
            chosen = split(len(train), known, validation=0, test=self.limit / len(train), seed=seed).test
        else:
            chosen = np.arange(len(train))
        inner = split(len(chosen), known[chosen], validation=self.validation, test=0, seed=seed)
        # The test part is the official one; the rows count on through both files.
        parts = Parts(chosen[inner.train], chosen[inner.validation], np.arange(len(train), len(labels)))
        pixels = np.concatenate([train, test])[:, None]
        return image_data(pixels, labels, self.names, parts)
