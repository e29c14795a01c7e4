"""PNGs of answers of every form: what is blue, what is orange, and where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlviz.asking.answer import Answer
from dlviz.asking.picture import write_png
from dlviz.asking.sheet import AGAINST, FOR, strength, tint
from dlviz.core.values import Array, Attribution, Audio, Kind, Over, Scalar, Series, Text, Value
from dlviz.explainers.explainer import Explanation
from dlviz.explainers.occlusion import Occlusion

CHANCE = np.random.default_rng(0)


def answer(over: Over, values: Array, shown: Value, names: tuple[str, ...] = (), **more: Array) -> Answer:
    under = more.pop("under", None)
    kind = Attribution(names=names, over=over)
    explanation = Explanation(values, kind, 1.25, "A note.", under=under, more=dict(more))
    return Answer(Occlusion(), "test", 3, 0, "yes", shown, Value(Scalar(), np.array([1.25])), explanation, 0.1)


def shown(kind: Kind, data: Array) -> Value:
    return Value(kind, data[None])


WORDS = ("It", "is", "bad", ",", "no", "wonder", *("more",) * 40)
LINE = np.repeat([3.0, 0, -1, 0], 20)[None]
CASES = {
    "text": answer("text", np.r_[0, 0, -1, 0, 0, 2, np.zeros(40)], shown(Text(), np.array("…")), WORDS),
    "series": answer(
        "series", np.concatenate([LINE, 0 * LINE]), shown(Series(names=("load", "sun"), steps=80),
        CHANCE.normal(size=(2, 80))), channels=np.array(["load", "sun"]), start=np.array([-79]),
    ),
    "sound": answer(
        "sound", np.repeat([0.0, 1, 0, -0.5], 2000), shown(Audio(rate=8000, samples=8000), np.sin(np.arange(8000) / 9)),
        seconds=np.ones(1),
    ),
    "spectrogram": answer(
        "spectrogram", np.concatenate([np.ones((1, 6, 20)), -np.ones((1, 6, 20))], 1),
        shown(Audio(rate=8000, samples=8000), np.zeros(8000)), under=np.full((1, 12, 20), 0.5), seconds=np.ones(1),
        hertz=np.linspace(100, 3000, 12),
    ),
}  # fmt: skip


def pixels(path: Path) -> Array:
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def places(found: Array, color: tuple[int, int, int]) -> Array:
    """Rows and columns of the pixels of a colour, the legend's left out."""
    return np.argwhere((found[:-60] == color).all(-1))


@pytest.mark.parametrize("name", CASES)
def test_what_spoke_for_it_is_blue_and_what_against_is_orange(name: str, tmp_path: Path) -> None:
    write_png(CASES[name], tmp_path / "a.png")
    found = pixels(tmp_path / "a.png")
    assert found.shape[1] == 720 and 150 < found.shape[0] < 800
    if name == "spectrogram":  # the first band, which spoke for it, is the lowest
        blue, orange = (
            (found[:-60, ..., 2] - found[:-60, ..., 0] > 60),
            (found[:-60, ..., 0] - found[:-60, ..., 2] > 60),
        )
        assert np.argwhere(blue)[:, 0].min() > np.argwhere(orange)[:, 0].max() - 2
        return
    blue, orange = places(found, FOR), places(found, AGAINST)
    assert len(blue) > len(orange) > 0
    if name == "text":
        assert orange[:, 1].max() < blue[:, 1].min()  # “bad” stands before “wonder”
        assert (np.diff(np.unique(orange[:, 1])) > 1).any() and (
            np.diff(np.unique(blue[:, 1])) == 1
        ).all()  # broken, whole
        return
    middle = (blue[:, 0].max() + orange[:, 0].min()) / 2  # the bars' zero: up for, down against
    assert blue[:, 0].max() <= middle + 1 and orange[:, 0].min() >= middle - 1
    first, last = (0, 20) if name == "series" else (0.25, 0.5)
    span = 720 - 24 - 80
    share = (blue[:, 1] - 80) / span
    assert share.min() >= (first / 80 if name == "series" else first) - 0.01
    assert share.max() <= (last / 80 if name == "series" else last) + 0.01


def test_a_tint_leaves_the_words_readable() -> None:
    for own in (1.0, -1.0):
        bright = sum(weight * channel for weight, channel in zip((0.21, 0.72, 0.07), tint(own), strict=True))
        assert bright > 120  # dark ink on it
    np.testing.assert_allclose(strength(np.array([0.0, -4, 2])), [0, -1, 0.5])
    np.testing.assert_allclose(strength(np.zeros(3)), 0)
