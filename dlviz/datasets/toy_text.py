"""ToyText: short sentences made by rule."""

from __future__ import annotations

from typing import Literal

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

Rule = Literal["word", "negation", "order"]
_THINGS = "film book song play meal game trip show".split()
_GOOD = "lovely great fine clever warm".split()
_BAD = "dull awful poor silly cold".split()
_ENDS = ["", "we saw it on monday", "my sister came along", "it was late", "there were many people", "i had some tea"]
_TIMES = "late early monday crowded".split()
_DOES = "sees hears finds follows meets likes".split()
_WHERE = ["", "in the garden", "behind the old house", "this morning", "near the river", "again and again"]


class ToyText(Dataset):
    """Short made-up sentences, to see which networks can read what: one word, a `not` before it, or who comes first.

    A bag of words learns the rule `word`. With `negation` it is right three times in four at most: it sees a `not` and
    not where it stands. At `order` it can only guess: both classes have the same words. An LSTM, a CNN or a transformer
    reads all three.
    """

    rule: Rule = setting(
        "negation",
        "What decides the class. word: a kind or an unkind word. negation: a `not` before it turns it round. order: "
        "whether the cat or the dog comes first.",
    )
    noise: float = setting(0.0, "The share of sentences with a wrong label. More: harder to learn.", ge=0, le=0.5)
    size: int = setting(1000, "How many sentences in all. More: the rule is clearer.", ge=40, le=50_000)

    def describe(self, seed: int = 0) -> Fields:
        texts, target, parts = self._made(seed)
        return text_fields(_encoder(texts, parts), target)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        texts, target, parts = self._made(seed)
        rows = np.arange(len(texts), dtype=np.int64)
        # the same sentence comes up often: there are only so many
        return text_data(texts, target, rows, parts, _encoder(texts, parts), suspicious=False)

    def _made(self, seed: int) -> tuple[NDArray[np.object_], Target, Parts]:
        random = np.random.default_rng([seed, 0x7E87])
        labels = np.arange(self.size, dtype=np.int64) % 2
        texts = np.array([self._sentence(int(label), random) for label in labels], dtype=object)
        wrong = random.random(self.size) < self.noise
        labels = np.where(wrong, 1 - labels, labels)
        names = ("cat first", "dog first") if self.rule == "order" else ("bad", "good")
        return texts, Target("label", Category(names=names), labels), split(self.size, labels, seed=seed)

    def _sentence(self, label: int, random: np.random.Generator) -> str:
        def one(words: list[str]) -> str:
            return words[int(random.integers(len(words)))]

        if self.rule == "order":
            first, second = ("cat", "dog") if label == 0 else ("dog", "cat")
            return f"{one(_WHERE)} the {first} {one(_DOES)} the {second} {one(_WHERE)}".strip()
        turned = self.rule == "negation" and random.random() < 0.5
        said = one(_GOOD if (label == 1) != turned else _BAD)
        verdict = f"the {one(_THINGS)} was {'not ' if turned else ''}{said}"
        other = one(_ENDS)
        if self.rule == "negation":  # a `not` that turns nothing, so that the number of them says little
            other = f"it was {'not ' if random.random() < 0.5 else ''}{one(_TIMES)}"
        parts = [verdict, other] if random.random() < 0.5 else [other, verdict]
        return ", ".join(part for part in parts if part)


def _encoder(texts: NDArray[np.object_], parts: Parts) -> TextEncoder:
    train = (str(text) for text in texts[parts.train])
    return learn_text_encoder(train, most_words=1000, min_count=1, length=20, lowercase=True, target="label")
