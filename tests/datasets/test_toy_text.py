"""Made-up sentences: the rule holds, and the words alone say as much as each rule lets them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from dlviz.datasets.toy_text import _BAD, _GOOD, ToyText


def sentences(rule: str, **settings: object) -> tuple[list[str], list[str]]:
    data = ToyText.model_validate({"rule": rule, "size": 600, **settings}).load(0)
    shown = data.shown("train", np.arange(len(data.train)))
    names = data.fields.targets["label"].names  # type: ignore[attr-defined]
    return shown["text"].data.tolist(), [names[label] for label in shown["label"].data]


@pytest.mark.parametrize("rule", ["word", "negation"])
def test_the_verdict_decides_and_a_not_before_it_turns_it_round(rule: str) -> None:
    turned = 0
    for text, label in zip(*sentences(rule), strict=True):
        words = text.replace(",", "").split()
        (place,) = [at for at, word in enumerate(words) if word in _GOOD + _BAD]
        negated = words[place - 1] == "not"
        turned += negated
        assert label == ("good" if (words[place] in _GOOD) != negated else "bad"), text
    assert (turned > 100) == (rule == "negation")


def test_in_order_both_classes_have_the_same_words() -> None:
    texts, labels = sentences("order", size=4000)
    counts = {name: Counter(w for t, own in zip(texts, labels, strict=True) if own == name for w in t.split())
              for name in set(labels)}  # fmt: skip
    first, second = counts.values()
    assert set(first) == set(second)
    assert first["cat"] == first["dog"] == labels.count(next(iter(counts)))
    assert all(text.index("cat") < text.index("dog") for text, own in zip(texts, labels, strict=True) if own[0] == "c")


def test_in_negation_the_number_of_nots_says_nothing_where_there_is_one() -> None:
    texts, labels = sentences("negation", size=4000)
    kind = [any(word in text for word in _GOOD) for text in texts]
    single = [
        own == "good" for text, own, good in zip(texts, labels, kind, strict=True) if text.count("not ") == 1 and good
    ]
    assert 0.4 < sum(single) / len(single) < 0.6
    assert 0.4 < sum(text.count("not ") == 1 for text in texts) / len(texts) < 0.6


def test_noise_makes_so_many_labels_wrong() -> None:
    texts, labels = sentences("order", size=5000, noise=0.2)
    wrong = sum((t.index("cat") < t.index("dog")) != (own == "cat first") for t, own in zip(texts, labels, strict=True))
    assert 0.17 < wrong / len(texts) < 0.23
