"""ToyRecall and ToyDice: what must be remembered decides the class, and nothing tells of a die."""

from __future__ import annotations

from typing import Any

import torch

from dlviz.core.values import Category, Tokens
from dlviz.datasets.toy_dice import ToyDice
from dlviz.datasets.toy_recall import ToyRecall


def sequences(**settings: Any) -> list[tuple[list[str], str]]:
    data = ToyRecall.model_validate({"size": 400, **settings}).load(0)
    text, label = data.fields.inputs["text"], data.fields.targets["label"]
    assert isinstance(text, Tokens) and isinstance(label, Category)
    columns = data.train.columns
    return [
        ([text.vocabulary[each] for each in row if each], label.names[known])
        for row, known in zip(columns["text"].tolist(), columns["label"].tolist(), strict=True)
    ]


def test_the_first_word_is_the_class_and_no_other_tells_it() -> None:
    found = sequences(rule="far", steps=30)
    assert all(words[0] == label and not {*words[1:]} & {"red", "blue", "green", "white"} for words, label in found)
    lengths = [len(words) for words, _ in found]
    assert min(lengths) == 2 and max(lengths) == 31


def test_the_last_switch_decides() -> None:
    found = sequences(rule="switch", steps=8)
    assert all([word for word in words if word != "wait"][-1] == label for words, label in found)
    assert max(len(words) for words, _ in found) == 8


def test_what_stood_with_the_colour_is_the_answer() -> None:
    for words, label in sequences(rule="look up", steps=5):
        *pairs, asked = words
        known = {pair[:-1]: pair[-1] for pair in pairs}
        assert len(pairs) == len(known) == 5 and known[asked] == label


def test_the_tag_of_a_letter_is_the_next_one_and_no_letter_tells_of_it() -> None:
    data = ToyDice(steps=10, size=2000).load(0)
    letters, tags = data.train.columns["text"], data.train.columns["tags"]
    names, words = data.fields.targets["tags"].names, data.fields.inputs["text"].vocabulary  # type: ignore[attr-defined]
    assert [words[each] for each in letters[0, 1:]] == [names[each] for each in tags[0, :-1]]
    together = torch.stack([((letters == word)[..., None] & (tags[..., None] == torch.arange(6))).flatten(0, 1).sum(0)
                            for word in range(2, 8)]).double()  # fmt: skip
    assert (together / together.sum() - 1 / 36).abs().max() < 0.005
