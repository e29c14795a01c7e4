"""The layout: no overlap ever, straight chains, no crossing for the usual shapes, nothing moves without need."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.ui.board import rows
from dlviz.ui.board.beside import overlap
from dlviz.ui.board.layout import Arranged, Item
from dlviz.ui.board.layout import arranged as arranged_tuple

Point = tuple[float, float]


def arranged(items: Sequence[Item]) -> Arranged:
    return arranged_tuple.__wrapped__(tuple(items))


def graph(text: str) -> list[Item]:
    """`a b<a c<a,b`: nodes and what they read."""
    made = []
    for word in text.split():
        name, _, inputs = word.partition("<")
        made.append(Item(name, 96 + 8 * len(name), 56, tuple(inputs.split(",")) if inputs else ()))
    return made


RESIDUAL = "in r0<in c1<r0 r1<c1 c2<r1 add<c2,r0 out<add c3<out r3<c3 c4<r3 add2<c4,out end<add2"
PROJECTED = "in c1<in n1<c1 r1<n1 c2<r1 n2<c2 p<in pn<p add<n2,pn out<add"
INCEPTION = "in s<in b1<s b2a<s b2<b2a b3a<s b3<b3a p<s b4<p cat<b1,b2,b3,b4 out<cat"
UNET = (
    "in e1<in d1<e1 e2<d1 d2<e2 e3<d2 d3<e3 m<d3 u3<m k3<u3,e3 f3<k3 u2<f3 k2<u2,e2 f2<k2 u1<f2 k1<u1,e1 f1<k1 out<f1"
)
SQUEEZE = "in c<in pool<c fc1<pool r<fc1 fc2<r s<fc2 mul<s,c out<mul"
TWO_INPUTS = "a b fa<a fb<b cat<fa,fb out<cat"
DENSE = "in a<in b<a,in c<b,a d<c,b"
SHAPES = [RESIDUAL, PROJECTED, INCEPTION, UNET, SQUEEZE, TWO_INPUTS, DENSE]


def ways(items: Sequence[Item], found: Arranged) -> list[list[Point]]:
    """Each edge as the points from the right side of one node to the left side of the other."""
    by_name = {item.name: item for item in items}
    made = []
    for item in items:
        for source in dict.fromkeys(item.inputs):
            if source not in by_name:
                continue
            (x0, y0), (x1, y1) = found.at[source], found.at[item.name]
            start = (x0 + by_name[source].width, y0 + by_name[source].height / 2)
            made.append([start, *found.bends.get((source, item.name), []), (x1, y1 + item.height / 2)])
    return made


@pytest.fixture
def one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in a single row, however long."""
    monkeypatch.setattr(rows, "SINGLE", 1e9)


def cross(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    """Whether two pieces cross inside both."""

    def side(a: Point, b: Point, c: Point) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    (a, b), (c, d) = one, other
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def crossings(items: Sequence[Item], found: Arranged) -> int:
    pieces = [list(zip(way, way[1:], strict=False)) for way in ways(items, found)]
    return sum(cross(a, b) for one, other in combinations(pieces, 2) for a in one for b in other)


def overlaps(items: Sequence[Item], found: Arranged) -> list[tuple[str, str]]:
    boxes = {item.name: (*found.at[item.name], item.width, item.height) for item in items}
    return [(a, b) for a, b in combinations(boxes, 2) if overlap(boxes[a], boxes[b])]


@pytest.mark.parametrize("text", SHAPES)
def test_the_usual_shapes_do_not_cross(text: str, one_row: None) -> None:
    items = graph(text)
    found = arranged(items)
    assert crossings(items, found) == 0
    assert not overlaps(items, found)


@pytest.mark.parametrize("text", SHAPES)
def test_no_edge_runs_through_a_node(text: str, one_row: None) -> None:
    items = graph(text)
    found = arranged(items)
    for way in ways(items, found):
        for start, end in zip(way, way[1:], strict=False):
            for item in items:
                x, y = found.at[item.name]
                inside = start[0] < x + item.width - 1 and end[0] > x + 1
                assert not (inside and min(start[1], end[1]) > y and max(start[1], end[1]) < y + item.height)


@pytest.mark.parametrize("text", [RESIDUAL, PROJECTED, UNET, SQUEEZE])
def test_the_longest_chain_is_straight(text: str, one_row: None) -> None:
    items = graph(text)
    at = arranged(items).at
    straight = [name for name, (_, y) in at.items() if y == at["in"][1]]
    assert len(straight) >= len(items) - 2
    assert at["out"][1] == at["in"][1]


def test_inner_shortcuts_lie_inside_outer_ones(one_row: None) -> None:
    bends = arranged(graph(UNET)).bends
    heights = [abs(bends[f"e{n}", f"k{n}"][0][1]) for n in (1, 2, 3)]
    assert heights == sorted(heights, reverse=True) and len(set(heights)) == 3
    assert all(len(bends[f"e{n}", f"k{n}"]) == 2 for n in (1, 2, 3))


def test_a_shortcut_goes_around_on_the_side_of_its_port() -> None:
    below = arranged(graph("a b<a c<b d<c,a")).bends["a", "d"]
    above = arranged(graph("a b<a c<b d<a,c")).bends["a", "d"]
    assert below[0][1] > 28 > above[0][1]


@pytest.mark.parametrize("text", SHAPES)
def test_a_node_added_at_the_end_moves_no_other(text: str, one_row: None) -> None:
    items = graph(text)
    end = items[-1].name
    before = arranged(items).at
    after = arranged([*items, Item("new", 120, 56, (end,))]).at
    assert {name: after[name] for name in before} == before


def test_what_is_too_long_goes_on_in_the_next_row() -> None:
    items = graph("a " + " ".join(f"n{n}<{'n' + str(n - 1) if n else 'a'}" for n in range(8)))
    found = arranged(items)
    lines = {name: y for name, (_, y) in found.at.items()}
    assert len(set(lines.values())) == 2 and lines["a"] == 0.0
    assert list(lines.values()) == sorted(lines.values()), "from row to row as one reads"
    for y in set(lines.values()):
        row = [found.at[name][0] for name in lines if lines[name] == y]
        assert row == sorted(row) and row[0] == 0.0
    assert max(found.at[item.name][0] + item.width for item in items) <= rows.ROW
    assert sorted(set(lines.values()))[1] >= 56 + rows.GAP_ROW


@pytest.mark.parametrize("text", [*SHAPES, "a " + " ".join(f"n{n}<{f'n{n - 1}' if n else 'a'}" for n in range(12))])
def test_on_a_telephone_rows_are_short_wherever_they_can_be_cut(text: str) -> None:
    items = graph(text)
    wide, found = arranged(items), arranged_tuple.__wrapped__(tuple(items), narrow=True)
    assert not overlaps(items, found)
    reach = [max(one.at[item.name][0] + item.width for item in items) for one in (wide, found)]
    assert reach[1] <= max(reach[0], rows.NARROW)
    if all(len(item.inputs) <= 1 for item in items):
        assert reach[1] <= rows.NARROW


def test_what_a_hand_laid_out_wide_stays_so_on_a_telephone() -> None:
    items = [Item("a", 100, 56), Item("b", 100, 56, ("a",), at=(900, 0)), *graph("c<b d<c")]
    assert arranged_tuple.__wrapped__(tuple(items), narrow=True).at == arranged(items).at


def test_an_input_and_an_output_are_not_alone_beside_a_row_that_cannot_be_cut() -> None:
    found = arranged(graph("in a<in b<a c<b d<c e<d f<e,b g<f,a out<g"))
    assert found.at["in"][1] == found.at["g"][1] == found.at["out"][1]
    assert found.at["in"][0] == 0 and found.at["out"][0] == max(x for x, _ in found.at.values())


@pytest.mark.parametrize("many", [8, 9, 12, 14])
def test_a_node_added_to_a_further_row_moves_no_other(many: int) -> None:
    items = graph("a " + " ".join(f"n{n}<{'n' + str(n - 1) if n else 'a'}" for n in range(many)))
    before, after = arranged(items[:-1]).at, arranged(items).at
    assert {name: after[name] for name in before} == before


def test_branches_stay_in_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SINGLE", 100.0)
    monkeypatch.setattr(rows, "ROW", 100.0)
    items = graph("in " + RESIDUAL.removeprefix("in "))
    found = arranged(items)
    assert not overlaps(items, found)
    row = {name: y for name, (_, y) in found.at.items()}
    assert row["r0"] == row["c1"] == row["add"] and row["out"] == row["c3"] == row["add2"], "a shortcut holds its row"
    for item in items:
        for source in item.inputs:
            assert found.at[source][0] < found.at[item.name][0] or row[item.name] >= row[source] + 56 + rows.GAP_ROW
    for (source, target), points in found.bends.items():
        assert all(found.at[source][0] < x < found.at[target][0] + 200 for x, _ in points)


def test_a_row_begins_only_where_a_single_edge_goes_over() -> None:
    level = {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4}
    chain = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]
    assert rows.cuts(level, chain, 5) == [1, 2, 3, 4]
    assert rows.cuts(level, [*chain, ("b", "d")], 5) == [1, 4]
    assert rows.cuts(level, [*chain, ("a", "e")], 5) == []


def test_rows_of_a_long_drawing_grow_wider() -> None:
    spans = [(140.0 * n, 140.0 * n + 100) for n in range(200)]
    begins = rows.starts(spans, 56, list(range(1, 200)))
    assert 1.0 < (spans[begins[1] - 1][1]) / (len(begins) * (56 + rows.GAP_ROW)) < 2.0


@st.composite
def drawings(draw: st.DrawFn, by_hand: bool = True) -> list[Item]:
    items: list[Item] = []
    for number in range(draw(st.integers(1, 24))):
        known = [f"n{each}" for each in range(number)] + ["missing"]
        at = st.tuples(st.integers(-50, 900), st.integers(-300, 300)) if by_hand else st.none()
        items.append(
            Item(
                f"n{number}",
                draw(st.sampled_from([88, 120, 160, 600])),
                draw(st.sampled_from([56, 56, 56, 240])),
                tuple(draw(st.lists(st.sampled_from(known), max_size=4))),
                draw(st.none() | at) if by_hand else None,
            )
        )
    return items


@given(drawings(by_hand=False))
def test_no_two_nodes_overlap(items: list[Item]) -> None:
    found = arranged(items)
    assert not overlaps(items, found)
    for item in items:
        for source in item.inputs:
            if source in found.at:
                (x0, y0), (x1, y1) = found.at[source], found.at[item.name]
                assert x0 < x1 or y1 >= y0 + rows.GAP_ROW, "to the right, or into the next row"


@given(drawings())
def test_what_was_put_by_hand_stays_and_the_others_give_way(items: list[Item]) -> None:
    found = arranged(items)
    by_hand = {item.name: item.at for item in items if item.at is not None}
    assert {name: found.at[name] for name in by_hand} == by_hand
    assert all(a in by_hand and b in by_hand for a, b in overlaps(items, found))


@given(drawings(by_hand=False))
def test_the_same_drawing_comes_out_each_time(items: list[Item]) -> None:
    assert arranged(items) == arranged(items)


def test_a_circle_is_drawn_all_the_same() -> None:
    items = graph("a<c b<a c<b d")
    assert not overlaps(items, arranged(items))


def test_moving_one_node_by_hand_moves_no_other() -> None:
    items = graph(UNET)
    before = arranged(items).at
    moved = [Item(i.name, i.width, i.height, i.inputs, (500, 900) if i.name == "m" else None) for i in items]
    after = arranged(moved).at
    assert {name: at for name, at in after.items() if name != "m"} == {n: at for n, at in before.items() if n != "m"}
