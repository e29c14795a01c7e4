"""Digits: handwritten digits, small enough to train on in seconds."""

from __future__ import annotations

import numpy as np

from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.image_set import image_data, image_fields
from dlviz.datasets.split import split

_NAMES = tuple(str(digit) for digit in range(10))


class Digits(Dataset):
    """1,797 handwritten digits of 8×8 pixels. Learn to tell which digit is written.

    Source: E. Alpaydin and C. Kaynak, UCI "Optical Recognition of Handwritten Digits" (1998), its test part, as
    bundled with scikit-learn.
    """

    def describe(self, seed: int = 0) -> Fields:
        return image_fields(_NAMES, 1, 8, 8, 1797)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        from sklearn.datasets import load_digits

        digits = load_digits()
        pixels = np.round(digits.images * (255 / 16)).astype(np.uint8)[:, None]  # 17 grey levels, 0 to 16
        labels = digits.target.astype(np.int64)
        return image_data(pixels, labels, _NAMES, split(len(labels), labels, seed=seed))
