"""Lines over numbers and words: told apart without colour, and told in words."""

from __future__ import annotations

import numpy as np
import pytest

from dlviz import draw
from dlviz.core.values import Curves, Value

X = np.array([20.0, 40.0, 60.0])
LINES = np.array([[0.1, 0.9, 0.3], [0.5, 0.2, 0.2], [0.3, 0.4, 0.5], [0.2, 0.2, 0.6]])


def value(names: tuple[str, ...], **more: np.ndarray) -> Value:
    kind = Curves(names=names, x_title="age", y_title="risk")
    return Value(kind, LINES, "Age", more={"x": X, **more})


@pytest.mark.parametrize("dark", [False, True])
def test_named_lines_differ_in_more_than_colour_and_others_are_faint(dark: bool) -> None:
    figure = draw.figure(value(("mean <b>", "  ", "other")), dark)
    behind, *named = figure.data
    assert behind.hoverinfo == "skip" and not behind.showlegend and behind.line.width < 2
    assert np.isnan(behind.y[3]) and list(behind.y[:3]) == list(LINES[1]) and list(behind.y[4:7]) == list(LINES[3])
    assert [line.name for line in named] == ["mean &lt;b&gt;", "other"]
    assert len({line.line.dash for line in named}) == len({line.line.color for line in named}) == 2
    assert [list(line.y) for line in named] == [list(LINES[0]), list(LINES[2])]
    assert figure.layout.showlegend and figure.layout.xaxis.title.text == "age"


def test_words_below_the_axis() -> None:
    figure = draw.figure(value(("mean",), words=np.array(["Bonn", "<i>", "Ulm"])))
    assert list(figure.layout.xaxis.ticktext) == ["Bonn", "&lt;i&gt;", "Ulm"]
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2]
    assert figure.data[-1].mode == "lines+markers"


def test_a_band_where_it_is_known() -> None:
    low, high = np.full((4, 3), np.nan), np.full((4, 3), np.nan)
    low[0], high[0] = LINES[0] - 0.1, LINES[0] + 0.1
    figure = draw.figure(value(("mean", "other"), low=low, high=high))
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(bands) == 1
    assert list(bands[0].y) == pytest.approx([*high[0], *low[0][::-1]])


def test_told_in_words() -> None:
    told = draw.summary(value(("mean", "", "other")))
    assert told == (
        "Age. mean: 0.1 at age 20, 0.3 at 60, highest 0.9 at 40. other: 0.3 at 20, 0.5 at 60. "
        "2 faint lines in the background."
    )
    assert "highest 0.9 at Rome" in draw.summary(value(("mean",), words=np.array(["Bonn", "Rome", "Ulm"])))


def test_gaps_and_nothing() -> None:
    gap = Value(Curves(names=("one", "two")), np.array([[1.0, np.nan, 3.0], [np.nan] * 3]))
    assert draw.summary(gap) == "one: 1 at 0, 3 at 2. two: no number."
    assert draw.figure(gap).data
    assert draw.summary(Value(Curves(names=()), np.zeros((0, 3)))) == "Nothing to show yet."
