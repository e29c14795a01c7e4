"""An example that a person changed: read as any other, or refused in a sentence."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from dlviz.asking.edited import edited
from dlviz.asking.request import Request
from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category, Kind, Series
from dlviz.datasets.breast_cancer import BreastCancer
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.digits import Digits
from dlviz.datasets.toy_text import ToyText


def png(pixels: Any) -> str:
    buffer = io.BytesIO()
    Pillow.fromarray(np.asarray(pixels, np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def one(data: Data) -> dict[str, torch.Tensor]:
    return {name: data.test.columns[name][:1] for name in data.fields.inputs}


def bare(kind: Kind, x: torch.Tensor) -> Data:
    part = Examples({"x": x, "y": torch.zeros(len(x), dtype=torch.long)}, torch.arange(len(x)))
    return Data(Fields({"x": kind}, {"y": Category(names=("a", "b"))}), part, part, part, {})


def test_a_picture_that_is_painted_black() -> None:
    data = Digits().load(0)
    changed = edited(data, one(data), {"picture": png(np.zeros((8, 8)))})["image"]
    encoder = data.encoders["image"]
    assert changed.shape == (1, 1, 8, 8) and float(encoder.decode(changed).data.max()) == 0


def test_a_picture_that_was_not_touched_is_the_same() -> None:
    data = Digits().load(0)
    shown = data.encoders["image"].decode(one(data)["image"]).data[0, 0]
    same = edited(data, one(data), {"picture": png((shown * 255).round())})["image"]
    torch.testing.assert_close(same, one(data)["image"], atol=0.02, rtol=0)  # bytes have 256 levels


def test_a_cell_a_word_a_past_and_a_silence() -> None:
    data = BreastCancer().load(0)
    name = next(iter(data.fields.inputs))
    columns = data.fields.inputs[name].names  # type: ignore[attr-defined]
    changed = edited(data, one(data), {"cells": {columns[0]: 20.5}})[name]
    differs = (changed != one(data)[name])[0].nonzero().flatten().tolist()
    assert 0 in differs and len(differs) <= len(columns)
    texts = ToyText().load(0)
    name = next(iter(texts.fields.inputs))
    read = edited(texts, one(texts), {"text": "good"})[name]
    assert torch.equal(read, texts.encoders[name].encode(["good"]))
    series = bare(Series(names=("a",), steps=3), torch.ones(2, 1, 3))
    assert edited(series, one(series), {"values": [1, 2, 4]})["x"].tolist() == [[[1.0, 2.0, 4.0]]]
    sound = bare(Audio(rate=10, samples=10), torch.ones(2, 10))
    silent = edited(sound, one(sound), {"silence": [[0.2, 0.5]]})["x"][0]
    assert silent.tolist() == [1, 1, 0, 0, 0, 1, 1, 1, 1, 1] and bool((sound.test.columns["x"] == 1).all())


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"picture": "no picture"}, "PNG in base64"),
        ({"picture": png(np.zeros((9, 8)))}, "8×8 pixels. Received: 8×9"),
        ({"picture": base64.b64encode(b"\x80\x04pickle").decode()}, "PNG in base64"),
        ({"text": "words"}, "Received: text"),
    ],
)
def test_what_is_no_change_of_a_picture_is_refused(edit: dict[str, Any], said: str) -> None:
    data = Digits().load(0)
    with pytest.raises(WrongInput, match=said):
        edited(data, one(data), edit)


@pytest.mark.parametrize(
    ("kind", "x", "edit", "said"),
    [
        (Series(names=("a",), steps=3), torch.ones(1, 1, 3), {"values": [1, 2]}, "1 × 3 values. Received: 1 × 2"),
        (Series(names=("a",), steps=3), torch.ones(1, 1, 3), {"values": ["a", 1, 2]}, "are numbers"),
        (Series(names=("a",), steps=3), torch.ones(1, 1, 3), {"values": [float("nan"), 1, 2]}, "NaN or infinite"),
        (Audio(rate=10, samples=10), torch.ones(1, 10), {"silence": [[0.5, 0.2]]}, "each from 0 to 1"),
        (Audio(rate=10, samples=10), torch.ones(1, 10), {"silence": "all"}, "each from 0 to 1"),
    ],
)
def test_what_is_no_change_is_refused(kind: Kind, x: torch.Tensor, edit: dict[str, Any], said: str) -> None:
    data = bare(kind, x)
    with pytest.raises(WrongInput, match=said):
        edited(data, one(data), edit)


def test_a_text_of_nothing_and_a_column_that_is_not_there_are_refused() -> None:
    texts, rows = ToyText().load(0), BreastCancer().load(0)
    with pytest.raises(WrongInput, match="Type at least one word"):
        edited(texts, one(texts), {"text": "  "})
    with pytest.raises(WrongInput, match="There is no column `radius`"):
        edited(rows, one(rows), {"cells": {"radius": 3}})


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"index": 1, "only": "prediction", "muted": "conv"}, "`muted` is a list"),
        ({"index": 1, "only": "prediction", "muted": [["conv", "x"]]}, r"\[layer, number\]"),
        ({"index": 1, "only": "prediction", "against": "cat"}, "`against` must be a whole number"),
        ({"index": 1, "compare": {"by": "taste"}}, "Received: {'by': 'taste'}"),
        ({"index": 1, "compare": {"by": "runs", "method": "Occlusion", "others": [3]}}, "the others are ids"),
        ({"index": 1, "compare": {"by": "methods", "methods": ["Occlusion"] * 40}}, "Up to 16"),
        ({"index": 1, "study": {"kind": "Mutter"}}, "Did you mean"),
        ({"index": 1}, "method"),
    ],
)
def test_a_request_that_asks_for_nothing_is_refused(request_: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongInput, match=said):
        Request.parse(request_)
