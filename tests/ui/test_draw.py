"""Every kind of value can be drawn, in light and dark, and told in a sentence."""

import numpy as np
import pytest

from dlviz import draw
from dlviz.core import values as v
from dlviz.core.part import family
from dlviz.core.values import Value
from dlviz.draw.drawing import drawn_kinds

CHANCE = np.random.default_rng(0)
NAMES = ("cat", "dog", "owl")

EXAMPLES = {
    "scalar": Value(v.Scalar(unit="cm"), np.array([3.5])),
    "scalars": Value(v.Scalar(), CHANCE.normal(size=50)),
    "predicted": Value(v.Scalar(), np.arange(5.0), more={"target": np.arange(5.0) + 1}),
    "vector": Value(v.Vector(names=("a", "b")), np.array([[1.0, -2.0]])),
    "vectors": Value(v.Vector(names=("a", "b")), CHANCE.normal(size=(9, 2))),
    "classes": Value(v.Category(names=NAMES), np.array([0, 1, 1, 2])),
    "probabilities": Value(v.Category(names=NAMES), np.array([[0.1, 0.7, 0.2]]), more={"target": np.array([2])}),
    "image": Value(v.Image(channels=1, height=8, width=8), CHANCE.random((1, 1, 8, 8))),
    "images": Value(v.Image(channels=3, height=5, width=7), CHANCE.random((20, 3, 5, 7)), "Twenty"),
    "rows": Value(
        v.Image(channels=1, height=8, width=8), CHANCE.random((15, 1, 8, 8)), "Rows",
        more={"rows": np.array(["input", "noisy", "output"])},
    ),
    "mask": Value(v.Mask(names=NAMES, height=4, width=6), CHANCE.integers(0, 3, (2, 4, 6))),
    "boxes": Value(
        v.Boxes(names=NAMES), np.array([[[1.0, 1, 5, 5, 0], [2, 2, 6, 7, 2]]]), more={"image": CHANCE.random((3, 9, 9))}
    ),
    "keypoints": Value(v.Keypoints(names=("nose", "tail")), np.array([[[1.0, 2], [5, 6]]])),
    "series": Value(v.Series(names=("x", "y"), steps=5000), CHANCE.normal(size=(1, 2, 5000)).cumsum(-1)),
    "parted": Value(
        v.Series(names=("train", "validation"), steps=9),
        np.r_[np.arange(6.0), [np.nan] * 9, 6, 7, np.nan].reshape(1, 2, 9),
        more={"borders": np.array([6, 8])},
    ),
    "forecast": Value(
        v.Forecast(names=("a", "b"), steps=12, horizon=3, unit="cm"), CHANCE.normal(size=(2, 2, 15)),
        more={name: CHANCE.normal(size=(2, 2, 3)) + place for place, name in enumerate(("low", "median", "high"))},
    ),
    "window": Value(v.Forecast(names=("a",), steps=5, horizon=3), np.r_[np.arange(5.0), [np.nan] * 3][None, None]),
    "audio": Value(v.Audio(rate=8000, samples=8000), np.sin(np.arange(8000) / 20)[None]),
    "alignment": Value(
        v.Alignment(names=("–", "?", "␣", "a"), seconds=2), CHANCE.random((2, 48, 96)),
        more={
            "probability": CHANCE.dirichlet((0.2,) * 4, (2, 30)), "steps": np.array([30, 12]),
            "heard": np.array(["a a", "<b>"]), "true": np.array(["a", "<b>"]),
        },
    ),
    "notes": Value(
        v.Notes(per_quarter=4), np.array([[[0, 4, 60, 0], [0, 2, 48, 3], [4, 8, 64, 0], [0, 0, -1, 0]]]),
        more={"begun": np.array([4])},
    ),
    "silence": Value(v.Notes(per_quarter=4), np.full((1, 2, 4), -1)),
    "text": Value(v.Text(), np.array(["A <b>word</b> " * 30, "another"])),
    "tags": Value(
        v.Tags(names=("O", "PER"), length=4), np.array([[0, 1, 0, -1]]), more={"words": np.array(["a", "b", "c"])}
    ),
    "tokens": Value(v.Tokens(vocabulary=("<unk>", "a", "b"), length=15), np.array([[1, 2, 0] * 5])),
    "table": Value(v.Table(columns=("age", "town")), np.array([["31", "Bonn"], ["4", "Ulm"]])),
    "graph": Value(v.Graph(names=NAMES), np.array([[0, 1], [0, 2], [1, 2]])),
    "circle": Value(v.Graph(names=NAMES), np.array([[0, 1], [1, 2], [2, 0]])),
    "confusion": Value(v.Matrix(rows=NAMES, columns=NAMES), np.array([[5, 0, 1], [0, 7, 0], [2, 0, 4]])),
    "weights": Value(v.Matrix(rows=("r",) * 30, columns=("c",) * 30, scale="diverging"), CHANCE.normal(size=(30, 30))),
    "surface": Value(
        v.Surface(x=(-1, 1), y=(-2, 2), names=("no", "yes")), CHANCE.dirichlet((1, 1), (10, 10)),
        more={"points": CHANCE.uniform(-1, 1, (20, 2)), "labels": CHANCE.integers(0, 2, 20)},
    ),
    "height": Value(
        v.Surface(x=(-1, 1), y=(-1, 1)), CHANCE.normal(size=(10, 10, 1)),
        more={"points": CHANCE.uniform(-1, 1, (20, 2)), "labels": CHANCE.normal(size=20)},
    ),
    "points": Value(v.Points(groups=("real", "made")), CHANCE.normal(size=(30, 2)), more={"group": np.arange(30) % 2}),
    "attribution": Value(v.Attribution(), CHANCE.normal(size=(1, 8, 8)), more={"input": CHANCE.random((1, 1, 8, 8))}),
    "bare": Value(v.Attribution(), CHANCE.normal(size=(1, 3, 8, 8))),
    "bars": Value(
        v.Bars(names=("age", "<b>town</b>", "a name that is much too long to stand beside a bar"), signed=True),
        np.array([0.5, -0.2, 1e-9]), more={"low": np.array([0.3, -0.3, -0.1]), "high": np.array([0.6, 0.1, 0.1])},
    ),
    "counts": Value(v.Bars(names=NAMES, title="how many"), np.array([5.0, 0, 2])),
    "swarm": Value(
        v.Swarm(names=("age", "town")), CHANCE.normal(size=(60, 2)),
        more={"values": np.stack([np.linspace(0, 1, 60), np.full(60, np.nan)], axis=1)},
    ),
    "waterfall": Value(v.Waterfall(names=("age = 4", "town = Ulm", "2 others"), base=1.5), np.array([2.0, -1, 0.1])),
    "forces of a row": Value(
        v.Forces(names=("age", "<b>town</b>", "2 others"), base=1.5), np.array([[2.0, -1, 0.1]]),
        more={"cells": np.array([["age = 4", "<b>town</b> = Ulm", "2 others"]]), "rows": np.array(["test 3"])},
    ),
    "forces of rows": Value(v.Forces(names=("age", "town"), base=1.5, title="€"), CHANCE.normal(size=(60, 2))),
    "no forces": Value(v.Forces(names=("age",), base=0.0), np.zeros((1, 1))),
    "cloud": Value(
        v.Cloud(x_title="age", y_title="share", color_title="income"), CHANCE.normal(size=(50, 2)),
        more={"color": np.r_[np.nan, CHANCE.normal(size=49)], "words": np.array([f"fee = {at}" for at in range(50)])},
    ),
    "bare cloud": Value(v.Cloud(), CHANCE.normal(size=(5, 2))),
    "features": Value(v.Attribution(names=("age", "income")), np.array([0.5, -0.2])),
    "curves": Value(
        v.Curves(names=("mean", ""), x_title="age"), CHANCE.random((2, 9)), more={"x": np.arange(9.0)}
    ),
    "attention": Value(
        v.Attention(layers=("block1", "block2"), queries=("<start>",) * 70, keys=("<b>",) * 70),
        CHANCE.dirichlet((0.1,) * 70, (2, 8, 70)), more={"chosen": np.array([1, 3])},
    ),
    "one head": Value(
        v.Attention(layers=("all layers",), queries=("a", "b"), keys=("a", "a", "c"), crossing=True),
        np.array([[[[0.5, 0.25, 0.25], [0, 0, 0]]]]),
    ),
}  # fmt: skip


def test_rows_of_pictures_bear_their_titles():
    drawn = draw.figure(EXAMPLES["rows"])
    titles = drawn.layout.annotations
    assert [title.text for title in titles] == ["input", "noisy", "output"]
    pictures = drawn.layout.images
    assert [picture.x for picture in pictures[:5]] == [picture.x for picture in pictures[5:10]]
    assert titles[0].y < titles[1].y < titles[2].y and pictures[5].y < titles[1].y < pictures[10].y


def test_no_kind_is_left_undrawn():
    assert {kind.__name__ for kind in drawn_kinds()} == set(family("kinds"))
    assert {type(value.kind) for value in EXAMPLES.values()} == drawn_kinds()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", EXAMPLES)
def test_draws(name, dark):
    figure = draw.figure(EXAMPLES[name], dark)
    assert figure.layout.height >= 100
    assert figure.data or figure.layout.annotations or figure.layout.images
    assert len(figure.to_json()) < 300_000


@pytest.mark.parametrize("name", EXAMPLES)
def test_tells(name):
    told = draw.summary(EXAMPLES[name])
    assert told.strip().endswith((".", "<unk>"))
    assert "nan" not in told


def test_tells_what_matters():
    assert draw.summary(EXAMPLES["probabilities"]) == "Most likely: dog 70 %, owl 20 %, cat 10 %."
    assert "84.2 % lie on the diagonal; the largest cell off it is owl taken for cat, 2 times" in draw.summary(
        EXAMPLES["confusion"]
    )
    assert draw.summary(EXAMPLES["features"]) == "Most weight: age for it, income against it."


def test_a_value_without_numbers_says_so():
    empty = Value(v.Image(channels=1, height=8, width=8), np.zeros((0, 1, 8, 8)))
    assert draw.summary(empty) == "Nothing to show yet."
    assert draw.figure(empty).layout.annotations[0].text == "Nothing to show yet."


def test_a_value_that_is_all_nan_does_not_break_the_page():
    draw.figure(Value(v.Matrix(rows=("a",), columns=("b",)), np.array([[np.nan]])))
    assert "no finite number" in draw.summary(Value(v.Scalar(), np.array([np.nan, np.nan])))
