"""How bars, swarms, waterfalls and clouds are drawn: nothing rests on colour alone, names are harmless."""

from __future__ import annotations

import numpy as np
import pytest

from dlviz import draw
from dlviz.core import values as v
from dlviz.core.values import Value
from dlviz.draw.shades import LONGEST, cut, scaled
from dlviz.draw.swarm import beside

CHANCE = np.random.default_rng(0)


def test_bars_below_0_are_hatched_and_stand_in_their_order() -> None:
    value = Value(v.Bars(names=("b", "a", "<img>"), signed=True), np.array([2.0, -1.0, 0.5]))
    drawn = draw.figure(value)
    bar = drawn.data[0]
    assert list(bar.marker.pattern.shape) == ["", "/", ""] and len(set(bar.marker.color)) == 2
    assert list(drawn.layout.yaxis.ticktext) == ["b", "a", "&lt;img&gt;"]
    top, bottom = drawn.layout.yaxis.range[1], drawn.layout.yaxis.range[0]
    assert top < 0 < bottom  # the first name stands on top
    unsigned = draw.figure(Value(v.Bars(names=("a", "b")), np.array([2.0, -1.0])))
    assert set(unsigned.data[0].marker.pattern.shape) == {""}


def test_ranges_reach_from_low_to_high() -> None:
    low, high = np.array([1.0, -4.0]), np.array([5.0, 3.0])
    value = Value(v.Bars(names=("a", "b"), signed=True), np.array([2.0, -1.0]), more={"low": low, "high": high})
    drawn = draw.figure(value)
    error = drawn.data[0].error_x
    np.testing.assert_allclose(drawn.data[0].x + error.array, high)
    np.testing.assert_allclose(drawn.data[0].x - error.arrayminus, low)
    left, right = drawn.layout.xaxis.range
    assert left < -4 and right > 5


def test_two_names_that_look_alike_once_cut_keep_their_own_bars() -> None:
    names = tuple(f"{'x' * 25}{middle}{'y' * 25}" for middle in ("one", "two"))
    assert cut(names[0]) == cut(names[1]) and len(cut(names[0])) <= LONGEST
    drawn = draw.figure(Value(v.Bars(names=names), np.array([1.0, 2.0])))
    assert len(set(drawn.data[0].y)) == 2 and list(drawn.data[0].customdata) == list(names)


def test_a_swarm_tells_values_by_shape_too() -> None:
    values = np.stack([np.linspace(0, 1, 90), np.full(90, np.nan)], axis=1)
    drawn = draw.figure(Value(v.Swarm(names=("age", "town")), CHANCE.normal(size=(90, 2)), more={"values": values}))
    symbols = {trace.name: trace.marker.symbol for trace in drawn.data}
    assert len(symbols) == 4 and len(set(symbols.values())) == 4
    assert sum(len(trace.x) for trace in drawn.data) == 180
    for trace in drawn.data:
        near = np.abs(np.asarray(trace.y) - np.round(trace.y))
        assert near.max() <= 0.4 + 1e-9  # a dot stays in its own row


def test_dots_of_one_place_stand_beside_each_other() -> None:
    moved = beside(np.zeros(5), 0.0, 1.0)
    assert len(set(moved.round(6))) == 5 and moved.sum() == pytest.approx(0)
    crowded = beside(np.zeros(500), 0.0, 1.0)
    assert np.abs(crowded).max() <= 0.4 + 1e-9
    assert not beside(np.linspace(0, 1, 10), 0.0, 1.0).any()


def test_each_step_of_a_waterfall_begins_where_the_last_one_ended() -> None:
    value = Value(v.Waterfall(names=("a", "b", "c"), base=10.0), np.array([5.0, -8.0, 1.0]))
    drawn = draw.figure(value)
    bar = next(trace for trace in drawn.data if trace.type == "bar")
    assert list(bar.base) == [10, 15, 7] and list(bar.x) == [5, -8, 1]
    assert list(bar.marker.pattern.shape) == ["", "/", ""]
    ends = next(trace for trace in drawn.data if trace.type == "scatter" and trace.mode == "markers+text")
    assert list(ends.x) == [10, 8]
    assert draw.summary(value) == "From 10 to 8; the largest steps: b -8, a +5, c +1."
    left, right = drawn.layout.xaxis.range
    assert left < 7 and right > 15


def test_a_cloud_of_words_has_a_shape_for_each() -> None:
    words = np.array(["town = Bonn", "town = Ulm"] * 10)
    value = Value(
        v.Cloud(x_title="age", y_title="share", color_title="town"), CHANCE.normal(size=(20, 2)),
        more={"color": np.arange(20) % 2.0, "words": words},
    )  # fmt: skip
    drawn = draw.figure(value)
    assert [trace.name for trace in drawn.data] == ["town = Bonn", "town = Ulm"]
    assert len({trace.marker.symbol for trace in drawn.data}) == 2 and drawn.layout.showlegend


def test_a_cloud_of_numbers_says_what_its_shapes_hold() -> None:
    color = np.r_[np.linspace(0, 9, 19), np.nan]
    value = Value(v.Cloud(color_title="<i>fee</i>"), CHANCE.normal(size=(20, 2)), more={"color": color})
    drawn = draw.figure(value)
    assert [trace.name for trace in drawn.data] == [
        "&lt;i&gt;fee&lt;/i&gt;: missing", "&lt;i&gt;fee&lt;/i&gt;: 6 to 9", "&lt;i&gt;fee&lt;/i&gt;: 3 to 6",
        "&lt;i&gt;fee&lt;/i&gt;: 0 to 3",
    ]  # fmt: skip
    together = Value(v.Cloud(x_title="a", y_title="b"), np.stack([np.arange(9.0), 1 - np.arange(9.0)], axis=1))
    assert draw.summary(together) == "9 points; a from 0 to 8, b from -7 to 1; one falls as the other rises."


def test_numbers_are_scaled_by_their_own_range() -> None:
    np.testing.assert_allclose(scaled(np.array([2.0, 4.0, np.nan, 3.0])), [0, 1, np.nan, 0.5])
    np.testing.assert_allclose(scaled(np.array([7.0, 7.0])), [0.5, 0.5])
    assert np.isnan(scaled(np.array([np.nan]))).all()


def test_small_numbers_of_a_matrix_can_be_read() -> None:
    drawn = draw.figure(Value(v.Matrix(rows=("a", "b"), columns=("a", "b")), np.array([[0, 0.0031], [0.0031, 0]])))
    assert drawn.data[0].text[0][1] == "0.0031"


def test_how_alike_pairs_are_is_told_of_pairs() -> None:
    alike = v.Matrix(rows=("a", "b", "c"), columns=("a", "b", "c"))
    value = Value(alike, np.array([[1, 0.7, 0], [0.7, 1, 0.2], [0, 0.2, 1]]), "Alike?")
    assert draw.summary(value) == "Alike? Most alike are b and a (0.7), least c and a (0)."
    assert draw.figure(value).data[0].text[0][2] == "0.00"  # nothing in common is a finding, too
