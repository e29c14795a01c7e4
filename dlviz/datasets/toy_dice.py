"""ToyDice: letters thrown with a die, each tagged with the one that comes next."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.datasets.conll import Sentence
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.split import split
from dlviz.datasets.tagged_data import Tagged, tagged

_LETTERS = "a b c d e f".split()


class ToyDice(Dataset):
    """Letters thrown with a die of six sides. The tag of each is the letter that comes next, which nobody can know.

    A network that is right more often than once in six has looked at what it should foretell.
    """

    icon: ClassVar[str] = "casino"
    title: ClassVar[str] = "Toy dice"

    steps: int = setting(12, "How many letters a sequence has.", ge=2, le=100)
    size: int = setting(1000, "How many sequences in all.", ge=60, le=50_000)

    def describe(self, seed: int = 0) -> Fields:
        return self._made(seed).fields()

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        return self._made(seed).data(suspicious=False)

    def _made(self, seed: int) -> Tagged:
        random = np.random.default_rng([seed, 0xD1CE])
        thrown = random.integers(len(_LETTERS), size=(self.size, self.steps + 1))
        made = [
            Sentence(tuple(letters[:-1]), tuple(letters[1:]), number + 1)
            for number, letters in enumerate([_LETTERS[side] for side in row] for row in thrown)
        ]
        parts = split(self.size, seed=seed)
        return tagged(
            [[made[place] for place in part] for part in parts], rows=[part.tolist() for part in parts],
            length=self.steps, most_words=1000, min_count=1, lowercase=False, shape=False,
        )  # fmt: skip
