"""Planted: who carries the giveaway, that nothing else is changed, and where it lies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.data import Data
from dlviz.datasets.planted import Planted

HOSTS: dict[str, dict[str, Any]] = {
    "pictures": {"of": "Digits", "label": "7"},
    "tables": {"of": "BreastCancer"},
    "texts": {"of": "ToyText"},
}


def planted(**settings: Any) -> tuple[Planted, Data, Data]:
    """The part, the data without the giveaway and those with it."""
    made = Planted.model_validate(settings)
    return made, made.host().load(3), made.load(3)


def shares(made: Planted, data: Data, part: str) -> list[float]:
    """The share of each class that carries the mark."""
    labels = data.part(part).columns[next(iter(data.fields.targets))]
    carry = made.carriers(data, 3)[part]
    return [float(carry[labels == one].double().mean()) for one in range(int(labels.max()) + 1)]


@pytest.mark.parametrize("host", HOSTS)
def test_the_mark_is_carried_as_asked_and_says_nothing_in_an_honest_test(host: str) -> None:
    made, _, data = planted(**HOSTS[host], share=0.9, elsewhere=0.1)
    target = made.target(data.fields)
    for part in ("train", "validation"):
        for one, share in enumerate(shares(made, data, part)):
            assert share == pytest.approx(0.9 if one == target else 0.1, abs=0.04), (part, one)
    assert shares(made, data, "test") == pytest.approx([0.5] * len(shares(made, data, "test")), abs=0.04)
    plain, _, other = planted(**HOSTS[host], share=0.9, elsewhere=0.1, test="as in training")
    assert shares(plain, other, "test")[target] == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize("host", HOSTS)
def test_only_those_who_carry_it_are_changed_and_only_where_it_lies(host: str) -> None:
    made, before, data = planted(**HOSTS[host])
    name = next(iter(data.fields.inputs))
    mark, encoder = made.mark_on(data.fields), data.encoders[name]
    for part, carry in made.carriers(data, 3).items():
        old, new = before.part(part).columns[name], data.part(part).columns[name]
        assert torch.equal(before.part(part).rows, data.part(part).rows)
        for x, was, carries in zip(new, old, carry, strict=True):
            inside = mark.within(x, encoder)
            if host == "pictures":
                assert torch.equal(x[torch.from_numpy(~inside)], was[torch.from_numpy(~inside)])
                marked = bool((encoder.decode(x[None]).data[0][inside] > 0.999).all())
            elif host == "tables":
                assert torch.equal(x[:-1], was)
                marked = encoder.decode(x[None]).data[0, -1] == "1"
            else:
                words, olds = x[x != 0].tolist(), was[was != 0].tolist()
                left = [word for word, own in zip(words, inside, strict=True) if not own]
                assert left == olds[: len(left)] and len(left) >= min(len(olds), len(x) - 1)
                marked = bool(inside.sum() == 1)
            assert marked == bool(carries)


def test_the_planted_column_and_word_are_read_from_files_as_any_other() -> None:
    _, _, table = planted(of="Iris", label="virginica")
    encoder = table.encoders["row"]
    row = pd.DataFrame({**{name: ["1.0"] for name in encoder.groups()}, "leak": ["1"]})
    kind = table.fields.inputs["row"]
    assert list(encoder.groups())[-1] == "leak" and kind.shape() == (5,)
    assert encoder.decode(encoder.encode(row)).data[0, -1] == "1"
    _, _, texts = planted(of="ToyText", mark="quagga")
    tokens = texts.fields.inputs["text"]
    assert isinstance(tokens, Tokens) and tokens.vocabulary[-1] == "quagga"
    assert int(texts.encoders["text"].encode(["a quagga"])[0, 1]) == len(tokens.vocabulary) - 1


def test_words_stand_in_every_place_and_a_full_text_gives_one_up() -> None:
    made, _, data = planted(of="ToyText")
    mark, encoder = made.mark_on(data.fields), data.encoders["text"]
    length = data.fields.inputs["text"].shape()[0]
    full = torch.full((500, length), 2)
    put = mark.put(full, encoder, 0)
    assert ((put == len(encoder.vocabulary) - 1).sum(1) == 1).all()
    places = (put == len(encoder.vocabulary) - 1).nonzero()[:, 1]
    assert set(places.tolist()) == set(range(length))
    short = mark.put(torch.tensor([[2, 3, 0, 0]] * 300), encoder, 1)
    found = {tuple(row) for row in short.tolist()}
    word = len(encoder.vocabulary) - 1
    assert found == {(word, 2, 3, 0), (2, word, 3, 0), (2, 3, word, 0)}


def test_a_weak_square_lies_between_the_picture_and_white() -> None:
    made, before, data = planted(of="Digits", strength=0.25, corner="top left")
    carry = made.carriers(data, 3)["train"]
    encoder = data.encoders["image"]
    old = encoder.decode(before.train.columns["image"][carry]).data[:, :, :2, :2]
    new = encoder.decode(data.train.columns["image"][carry]).data[:, :, :2, :2]
    np.testing.assert_allclose(new, 0.75 * old + 0.25, atol=1e-5)


@pytest.mark.parametrize("host", HOSTS)
def test_without_shares_nothing_is_planted(host: str) -> None:
    made, before, data = planted(**HOSTS[host], share=0.0)
    for part, carry in made.carriers(data, 3).items():
        assert not carry.any()
        name = next(iter(data.fields.inputs))
        old = before.part(part).columns[name]
        assert torch.equal(data.part(part).columns[name][:, : old.shape[1]], old)
    assert data.warnings == before.warnings


def test_what_is_planted_is_told() -> None:
    assert "`leak`" in planted(of="Iris")[2].warnings[-1] and "89.7 %" in planted(of="Digits")[2].warnings[-1]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"of": "Iris", "label": "rose"}, "setosa"),
        ({"of": "ToyText", "mark": "the"}, "no text has"),
        ({"of": "ToyText", "mark": "two words"}, "one word"),
        ({"of": "SmsSpam", "settings_of": {"tokenizer": "characters", "limit": 200}}, "words"),
        ({"of": "Wine", "mark": "alcohol"}, "name of its own"),
        ({"of": "Digits", "settings_of": {"size": 3}}, "no setting `size`"),
    ],
)
def test_what_cannot_be_planted_is_told(settings: dict[str, Any], said: str) -> None:
    made = Planted.model_validate(settings)
    if not made.ready():
        pytest.skip("its data must be fetched")
    with pytest.raises(WrongInput, match=said):
        made.load(0)
