"""How forces are drawn: they meet at the score, nothing rests on colour alone, labels keep out of the way."""

from __future__ import annotations

import numpy as np
import pytest

from dlviz import draw
from dlviz.core import values as v
from dlviz.core.values import Value
from dlviz.draw.ladder import NARROWEST, ladder

PUSHES = np.array([5.0, -8.0, 1.0, -0.5])
CELLS = np.array(["a = 1", "<b> = x", "c = (missing)", "2 other columns"])
ROW = Value(
    v.Forces(names=("a", "<b>", "c", "2 other columns"), base=10.0, title="y (m)"), PUSHES[None],
    more={"cells": CELLS[None], "rows": np.array(["test 3"])},
)  # fmt: skip


def test_arrows_meet_at_the_score_the_strongest_first() -> None:
    drawn = draw.figure(ROW)
    arrows = {trace.text.split("<br>")[0]: trace for trace in drawn.data if trace.fill == "toself"}
    ends = {name: (trace.x[2], trace.x[5]) for name, trace in arrows.items()}  # tip and end
    assert ends["a = 1"] == (7.5, 2.5) and ends["c = (missing)"] == (2.5, 1.5)  # from the left, up to the score
    assert ends["&lt;b&gt; = x"] == (7.5, 15.5) and ends["2 other columns"] == (15.5, 16)
    hatched = {name for name, trace in arrows.items() if trace.fillpattern.shape == "/"}
    assert hatched == {"&lt;b&gt; = x", "2 other columns"}
    colors = {name: trace.fillcolor for name, trace in arrows.items()}
    assert len({colors[name] for name in hatched}) == 1 and colors["a = 1"] not in colors[next(iter(hatched))]
    assert arrows["a = 1"].text.endswith("<b>+5</b>")
    left, right = drawn.layout.xaxis.range
    assert left < 1.5 and right > 16


def test_every_arrow_and_both_ends_are_named_at_their_place() -> None:
    drawn = draw.figure(ROW)
    named = {note.text: note for note in drawn.layout.annotations}
    assert set(named) == {
        "<b>this row</b> <b>7.5</b>", "<b>mean</b> <b>10</b>", "a = 1 <b>+5</b>", "&lt;b&gt; = x <b>-8</b>",
        "c = (missing) <b>+1</b>", "2 other columns <b>-0.5</b>",
    }  # fmt: skip
    assert named["a = 1 <b>+5</b>"].x == 5 and named["a = 1 <b>+5</b>"].y < 0  # below what pushes up
    assert named["&lt;b&gt; = x <b>-8</b>"].x == 11.5 and named["&lt;b&gt; = x <b>-8</b>"].y > 34
    assert len({note.y for note in drawn.layout.annotations}) == 6  # a line each
    low, high = drawn.layout.yaxis.range
    assert all(low < note.y < high for note in drawn.layout.annotations)
    assert draw.summary(ROW) == "From 10 to 7.5; the strongest pushes: <b> -8, a +5, c +1."


def test_a_row_that_nothing_pushes_shows_its_score() -> None:
    drawn = draw.figure(Value(v.Forces(names=("a",), base=3.0), np.zeros((1, 1))))
    assert [note.x for note in drawn.layout.annotations] == [3, 3]
    assert not [trace for trace in drawn.data if trace.fill == "toself"]


def test_an_arrow_shorter_than_its_tip_does_not_turn_around() -> None:
    drawn = draw.figure(Value(v.Forces(names=("a", "b"), base=0.0), np.array([[1.0, 0.001]])))
    tiny = next(trace for trace in drawn.data if trace.text and trace.text.startswith("b"))
    assert min(tiny.x) == tiny.x[0] <= tiny.x[1] <= tiny.x[2]


@pytest.mark.parametrize("dark", [False, True])
def test_areas_lie_below_the_line_where_they_raised_it_and_hatched_above_where_they_lowered_it(dark: bool) -> None:
    pushes = np.array([[2.0, -1.0], [1.0, 3.0], [-2.0, -1.0]])
    cells = np.array([["a = 1", "b = x"], ["a = 2", "b = y"], ["a = 3", "b = <i>"]])
    kind = v.Forces(names=("a", "b"), base=10.0, title="y")
    value = Value(kind, pushes, more={"cells": cells, "rows": np.array(["test 4", "test 9", "test 1"])})
    drawn = draw.figure(value, dark)
    areas = [trace for trace in drawn.data if trace.fill == "tonexty"]
    up, down = (areas[:2], areas[2:])
    np.testing.assert_allclose([trace.y for trace in up], [[9, 13, 7], [9, 10, 7]])  # 11, 14, 7 less what raised them
    np.testing.assert_allclose([trace.y for trace in down], [[11, 14, 9], [12, 14, 10]])
    assert {trace.fillpattern.shape for trace in up} == {""} and {trace.fillpattern.shape for trace in down} == {"/"}
    assert len({trace.fillcolor for trace in areas}) == 4
    line = next(trace for trace in drawn.data if trace.hoverinfo == "text")
    np.testing.assert_allclose(line.y, [11, 14, 7])
    assert line.text[1] == "test 9: <b>14</b><br>b = y <b>+3</b><br>a = 2 <b>+1</b>"
    assert "b = &lt;i&gt;" in line.text[2]
    assert [trace.name for trace in drawn.data if trace.name] == ["a", "b"]  # the legend, in the order of the areas
    assert draw.summary(value) == "3 rows, from 7 to 14, pushed from 10; most on average: a 1.667, b 1.667."


def test_labels_stay_within_a_telephone_and_out_of_the_way_of_leading_lines() -> None:
    at, letters = [0.9, 0.7, 0.45, 0.2, 0.1, 0.05], [5, 12, 10, 8, 9, 10]
    rungs = ladder(at, letters)
    assert rungs[0].line == 0 and sorted(rung.line for rung in rungs) == list(range(6))
    for place, many, rung in zip(at, letters, rungs, strict=True):
        before = {"right": 0.0, "left": 1.0, "middle": 0.5}[rung.side]
        wide = (5.5 * many + 8) / NARROWEST
        start, end = place - before * wide, place + (1 - before) * wide
        assert start >= 0 and end <= 1
        deeper = [other for other, one in zip(at, rungs, strict=True) if one.line > rung.line]
        assert not any(start < other < end for other in deeper)


@pytest.mark.parametrize("place", np.linspace(0, 1, 21))
def test_a_name_as_long_as_they_come_finds_room_wherever_it_belongs(place: float) -> None:
    (rung,) = ladder([place], [34])
    before = {"right": 0.0, "left": 1.0, "middle": 0.5}[rung.side]
    wide = (5.5 * 34 + 8) / NARROWEST
    assert -0.01 < place - before * wide and place + (1 - before) * wide < 1.01
