"""ToyRecall: short made-up sequences of words in which something has to be remembered."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from dlviz.core.setting import setting
from dlviz.core.values import Category
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.split import Parts, split
from dlviz.datasets.tabular import Target
from dlviz.datasets.text_data import text_data, text_fields
from dlviz.datasets.text_encoder import TextEncoder, learn_text_encoder

Rule = Literal["far", "switch", "look up"]
_COLOURS = "red blue green white".split()
_FILL = "la di da dum".split()
_KEYS = "red blue green white black pink grey brown".split()
_VALUES = "0 1 2 3 4 5 6 7".split()


class ToyRecall(Dataset):
    """Made-up sequences to remember something of: the first word for long, how a switch stands, what stood beside what.

    Nothing else has to be known, so it shows how a network remembers: how far back it reaches, what it writes into its
    state and when, where it looks.
    """

    icon: ClassVar[str] = "history"
    title: ClassVar[str] = "Toy memory"

    rule: Rule = setting(
        "far",
        "What has to be remembered. far: the first word, a colour, while others follow that say nothing. switch: "
        "whether the last of all `on` and `off` was `on`. look up: the number that stood with the colour asked for.",
    )
    steps: int = setting(
        20,
        "far: how many words follow the colour at most. switch: how many words at most. look up: how many pairs, at "
        "most 8. More: harder to remember.",
        ge=1, le=200,
    )  # fmt: skip
    size: int = setting(1000, "How many sequences in all. More: the rule is clearer.", ge=40, le=50_000)

    def describe(self, seed: int = 0) -> Fields:
        texts, target, parts = self._made(seed)
        return text_fields(self._encoder(texts, parts), target)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        texts, target, parts = self._made(seed)
        rows = np.arange(len(texts), dtype=np.int64)
        # the same sequence may come up often: there are only so many
        return text_data(texts, target, rows, parts, self._encoder(texts, parts), suspicious=False)

    def _made(self, seed: int) -> tuple[NDArray[np.object_], Target, Parts]:
        random = np.random.default_rng([seed, 0x2ECA])
        make, names = {
            "far": (self._far, tuple(_COLOURS)),
            "switch": (self._switch, ("off", "on")),
            "look up": (self._look_up, tuple(_VALUES)),
        }[self.rule]
        labels = np.arange(self.size, dtype=np.int64) % len(names)
        texts = np.array([" ".join(make(int(label), random)) for label in labels], dtype=object)
        return texts, Target("label", Category(names=names), labels), split(self.size, labels, seed=seed)

    def _far(self, label: int, random: np.random.Generator) -> list[str]:
        return [_COLOURS[label], *random.choice(_FILL, int(random.integers(1, self.steps + 1)))]

    def _switch(self, label: int, random: np.random.Generator) -> list[str]:
        """What comes before the last `on` or `off` is thrown, what comes after it is `wait`."""
        many = int(random.integers(1, self.steps + 1))
        before = int(random.integers(0, many))
        return [*random.choice(["on", "off", "wait"], before), ("off", "on")[label], *["wait"] * (many - before - 1)]

    def _look_up(self, label: int, random: np.random.Generator) -> list[str]:
        """Pairs of a colour and a number as one word each, in any order, then one of the colours."""
        many = min(self.steps, len(_KEYS))
        keys = random.permutation(_KEYS)[:many]
        values = random.choice(_VALUES, many)
        asked = int(random.integers(many))
        values[asked] = _VALUES[label]
        return [*(f"{key}{value}" for key, value in zip(keys, values, strict=True)), str(keys[asked])]

    def _encoder(self, texts: NDArray[np.object_], parts: Parts) -> TextEncoder:
        train = (str(text) for text in texts[parts.train])
        longest = min(self.steps, len(_KEYS)) + 1 if self.rule == "look up" else self.steps + (self.rule == "far")
        return learn_text_encoder(train, most_words=1000, min_count=1, length=longest, lowercase=True, target="label")
