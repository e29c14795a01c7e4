"""Attention is drawn so that it can be read: which head, which words, what a row looked at most."""

import numpy as np
import pytest

from dlviz import draw
from dlviz.core.values import Attention, Value
from dlviz.draw.attention import chosen


def looks(layers: int, heads: int, queries: int, keys: int, **more: object) -> Value:
    """Every head looks evenly but the last of the first layer, which looks one step back."""
    data = np.full((layers, heads, queries, keys), 1 / keys)
    data[0, heads - 1] = np.eye(keys)[np.clip(np.arange(queries) - 1, 0, keys - 1)]
    names = tuple(f"w{n % 9}" for n in range(max(queries, keys)))  # the same words come again
    kind = Attention(layers=tuple(f"block{n}" for n in range(layers)), queries=names[:queries], keys=names[:keys])
    return Value(kind, data, more=more)  # type: ignore[arg-type]


def large(figure):
    return figure.data[0]


def test_the_head_that_looks_least_evenly_is_drawn_large_or_the_one_that_was_chosen():
    value = looks(2, 3, 12, 12)
    assert chosen(value) == (0, 2)
    figure = draw.figure(value)
    np.testing.assert_allclose(np.square(large(figure).z), value.data[0, 2], atol=1e-6)
    texts = [note.text for note in figure.layout.annotations]
    assert "<b>block0, head 3</b>" in texts and "<b>▸3</b>" in texts
    other = looks(2, 3, 12, 12, chosen=np.array([1, 0]))
    assert chosen(other) == (1, 0)
    np.testing.assert_allclose(np.square(large(draw.figure(other)).z), 1 / 12, atol=1e-6)
    assert chosen(looks(2, 3, 12, 12, chosen=np.array([7, 7]))) == (1, 2)


def test_a_ring_marks_what_a_row_looked_at_most_and_few_cells_tell_numbers():
    ring = draw.figure(looks(1, 1, 12, 12)).data[1]
    assert ring.mode == "markers" and ring.marker.symbol == "circle-open"
    keys = list(large(draw.figure(looks(1, 1, 12, 12))).x)
    assert [keys.index(name) for name in ring.x] == [0, *range(11)]
    few = draw.figure(looks(1, 1, 4, 4))
    assert len(few.data) == 1 and list(large(few).text[2]) == ["", "100", "", ""]


@pytest.mark.parametrize("steps", [3, 12, 64, 96])
def test_labels_do_not_run_into_each_other_and_every_word_can_be_pointed_at(steps):
    figure = draw.figure(looks(4, 8, steps, steps))
    down = figure.layout.yaxis.domain[1] - figure.layout.yaxis.domain[0]
    inner = (figure.layout.height - figure.layout.margin.t - figure.layout.margin.b) * down
    assert inner / len(figure.layout.yaxis.tickvals) >= 11
    assert 270 / len(figure.layout.xaxis.tickvals) >= 11  # as wide as on a telephone
    assert len(set(large(figure).y)) == len(set(large(figure).x)) == steps
    assert figure.layout.height < 1500 and len(figure.to_json()) < 300_000


def test_all_heads_stand_below_in_rows_and_none_beyond_the_figure():
    figure = draw.figure(looks(3, 5, 70, 40))
    small = figure.data[2:]
    assert len(small) == 15
    assert max(side for one in small for side in np.asarray(one.z).shape) <= 35
    for number in range(2, 17):
        axis = figure.layout[f"yaxis{number}"]
        assert 0 <= axis.domain[0] < axis.domain[1] < figure.layout.yaxis.domain[0]
    assert figure.layout.yaxis2.domain[0] > figure.layout.yaxis16.domain[1]


def test_words_that_look_like_markup_are_shown_as_they_are():
    kind = Attention(layers=("l",), queries=("<start>", "<b>"), keys=("<start>", "<b>"))
    figure = draw.figure(Value(kind, np.eye(2)[None, None]))
    assert list(figure.layout.yaxis.ticktext) == ["&lt;start&gt;", "&lt;b&gt;"]


def test_it_is_told_in_a_sentence():
    told = draw.summary(looks(2, 3, 12, 12))
    assert told == (
        "2 layers with 3 heads each. The clearest look of block0, head 3: “w0” at “w0”, 100 % of its looks."
    )
    value = looks(1, 1, 3, 3)
    assert draw.summary(Value(value.kind, value.data, "Where it looked", "As told.")) == "Where it looked. As told."
