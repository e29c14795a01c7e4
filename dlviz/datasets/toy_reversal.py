"""ToyReversal: strings of digits, to be written backwards."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.pair_data import KnownPairs, known_pairs


class ToyReversal(Dataset):
    """Strings of digits, each of which is to be written backwards: 4815 becomes 5184.

    Nothing of it can be guessed: the first digit to write is the last one read. A network must learn where to look,
    and its attention shows where it does.
    """

    title: ClassVar[str] = "Digits backwards"
    icon: ClassVar[str] = "swap_horiz"

    digits: int = setting(8, "How many digits the longest strings have; the shortest have three.", ge=3, le=30)
    size: int = setting(10_000, "How many strings there are in all; no two are the same.", ge=100, le=100_000)

    def describe(self, seed: int = 0) -> Fields:
        return self._known(seed).fields()

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        return self._known(seed).data()

    def _known(self, seed: int) -> KnownPairs:
        random = np.random.default_rng([seed, 0xBAC4])
        strings: dict[str, None] = {}
        for _ in range(4 * self.size):  # of three digits there are a thousand alone
            many = int(random.integers(3, self.digits + 1))
            strings["".join(map(str, random.integers(0, 10, many)))] = None
            if len(strings) == self.size:
                break
        sources = list(strings)
        return known_pairs(
            sources, [text[::-1] for text in sources], np.arange(len(sources)), tokenizer="characters", most=10,
            min_count=1, lowercase=False, validation=0.1, test=0.15, seed=seed,
        )  # fmt: skip
