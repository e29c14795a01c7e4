"""Attributions over texts, series, sounds and spectrograms: what one sees, and what one is told."""

from __future__ import annotations

import numpy as np
import pytest

from dlviz import draw
from dlviz.core.values import Array, Attribution, Over, Value
from dlviz.datasets.tokenizer import as_read
from dlviz.draw import palette
from dlviz.draw.attributions_text import _LINE, laid
from dlviz.draw.attributions_time import between, binned

CHANCE = np.random.default_rng(0)


def over(kind: Over, data: Array, names: tuple[str, ...] = (), spaced: bool = True, **more: Array) -> Value:
    return Value(Attribution(names=names, over=kind, spaced=spaced), data, more=more)


EXAMPLES = {
    "text": over("text", np.array([0.1, -2.0, 1.0]), ("a", "<b>", "word"), input=np.array("a <b> word")),
    "long": over("text", CHANCE.normal(size=600), tuple(f"word{n % 7}" for n in range(600))),
    "letters": over("text", CHANCE.normal(size=400), tuple("ab␣cd⏎" * 66 + "abcd"), spaced=False),
    "nothing": over("text", np.zeros(2), ("no", "weight")),
    "series": over(
        "series", CHANCE.normal(size=(3, 40)), input=CHANCE.normal(size=(3, 40)), channels=np.array(["a", "b", "c"]),
        unit=np.array(["MW"]), start=np.array([-39]), forecast=np.arange(5.0), ahead=np.array([2]),
        forecast_of=np.array(["b"]),
    ),
    "alone": over("series", CHANCE.normal(size=(1, 4000)), input=CHANCE.normal(size=(1, 4000))),
    "sound": over("sound", np.repeat(CHANCE.normal(size=32), 500), input=CHANCE.normal(size=16000), seconds=np.ones(1)),
    "spectrogram": over(
        "spectrogram", CHANCE.normal(size=(1, 24, 33)), input=CHANCE.random((1, 24, 33)), seconds=np.ones(1),
        hertz=np.linspace(50, 1900, 24),
    ),
    "bands": over("spectrogram", CHANCE.normal(size=(1, 8, 9))),
}  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", EXAMPLES)
def test_draws(name: str, dark: bool) -> None:
    figure = draw.figure(EXAMPLES[name], dark)
    assert figure.layout.height >= 100
    assert len(figure.to_json()) < 700_000
    assert len(figure.layout.annotations) + len(figure.layout.shapes) < 1000
    told = draw.summary(EXAMPLES[name])
    assert told.endswith(".") and "nan" not in told


def test_words_are_tinted_and_underlined_by_their_sign() -> None:
    """Colour never speaks alone: the line below is whole for, dotted against; the strongest bear their numbers."""
    figure = draw.figure(EXAMPLES["text"])
    lines = {shape.y0: shape.line.dash for shape in figure.layout.shapes if shape.type == "line"}
    by_place = [shape for shape in figure.layout.shapes if shape.type == "line"][:3]
    assert [shape.line.dash for shape in by_place] == ["solid", "2px,3px", "solid"] and len(lines) == 2
    texts = [note.text for note in figure.layout.annotations]
    assert "&lt;b&gt;" in texts and "-2" in texts and "for" in texts and "against" in texts
    hovers = [note.hovertext for note in figure.layout.annotations if note.hovertext]
    assert hovers == ["a: +0.1", "&lt;b&gt;: -2", "word: +1"]


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_on_their_ground(dark: bool) -> None:
    ground = palette.ground(dark)
    value = over("text", np.array([1.0, -1.0]), ("for", "against"))
    fills = [shape.fillcolor for shape in draw.figure(value, dark).layout.shapes if shape.type == "rect"]
    assert len(fills) == 2
    for fill in fills:
        assert palette.contrast(fill, ground.ink) >= 4.5


def test_a_text_is_written_as_it_reads() -> None:
    words = ("It", "is", "good", ",", "(", "very", ")", "!")
    assert "".join(text for text, _ in as_read(words, True)) == "It is good, (very)!"
    pieces = ("▁un", "like", "ly", "!", "⏎", "▁No")
    assert "".join(text for text, _ in as_read(pieces, False)) == "unlikely!⏎No"
    assert "".join(text for text, _ in as_read(tuple("a␣b"), False)) == "a b"


@pytest.mark.parametrize("name", ["long", "letters", "text"])
def test_lines_fit_a_telephone_and_break_between_words(name: str) -> None:
    value = EXAMPLES[name]
    kind = value.kind
    assert isinstance(kind, Attribution)
    marks = laid(kind.names, kind.spaced, value.data / np.abs(value.data).max())
    assert all(0 <= mark.x and mark.x + len(mark.text) <= _LINE for mark in marks)
    lines: dict[int, str] = {}
    for mark in marks:
        own = lines.get(mark.line, "")
        assert len(own) <= mark.x  # no piece lies on another
        lines[mark.line] = own.ljust(mark.x) + mark.text
    said = " ".join(line.strip() for line in lines.values()).split()
    assert said == "".join(text for text, _ in as_read(kind.names, kind.spaced)).replace("⏎", "⏎ ").split()


def test_a_word_longer_than_a_line_is_cut() -> None:
    marks = laid(("x" * 100,), True, np.ones(1))
    assert [mark.line for mark in marks] == [0, 1, 2] and "".join(mark.text for mark in marks) == "x" * 100


def test_a_series_goes_on_into_its_forecast() -> None:
    figure = draw.figure(EXAMPLES["series"])
    names = [trace.name for trace in figure.data if trace.name]
    assert names == ["a", "b", "expected", "explained", "c"]
    explained = next(trace for trace in figure.data if trace.name == "explained")
    assert list(explained.x) == [3] and list(explained.y) == [2.0]
    assert any(note.text == "b · ◆ explained: +3, 2 MW" for note in figure.layout.annotations)
    assert next(trace for trace in figure.data if trace.name == "a").x[0] == -39
    bars = [trace for trace in figure.data if trace.type == "bar"]
    np.testing.assert_allclose(bars[1].y, EXAMPLES["series"].data[1])


def test_series_that_weigh_nothing_are_left_out() -> None:
    data = np.zeros((7, 30))
    data[4], data[2] = 1.0, -0.2
    value = over("series", data, input=CHANCE.normal(size=(7, 30)), channels=np.array(list("abcdefg")))
    figure = draw.figure(value)
    assert [trace.name for trace in figure.data if trace.type == "scatter"] == ["c", "e"]
    assert figure.layout.xaxis.title.text == "step · 5 more series weigh less"
    flat = draw.figure(over("series", 0 * data, input=CHANCE.normal(size=(7, 30))))
    assert len([trace for trace in flat.data if trace.type == "bar"]) == 5


def test_bars_of_a_long_series_keep_the_sum() -> None:
    numbers = CHANCE.normal(size=(2, 1003))
    found = binned(numbers, 128)
    assert found.shape[1] <= 128
    np.testing.assert_allclose(found.sum(1), numbers.sum(1))


def test_where_most_of_it_lies() -> None:
    assert between(np.array([0, 0, 3, 3, 0, 1.0])) == (2, 3)
    assert between(np.array([5.0])) == (0, 0)
    data = np.zeros(1000)
    data[300:400] = 1
    told = draw.summary(over("sound", data, input=np.zeros(1000), seconds=np.array([2.0])))
    assert told == "100 % of the weight speaks for the target; most of it lies between 0.60 and 0.70 seconds."
    series = np.zeros((2, 20))
    series[1, 15] = -1
    value = over("series", series, start=np.array([-19]), channels=np.array(["load", "sun"]))
    assert draw.summary(value) == "0 % of the weight speaks for the target; most of it lies in sun, from step -4 to -4."
    plane = np.zeros((1, 4, 11))
    plane[0, 2, 5] = 1
    told = draw.summary(over("spectrogram", plane, seconds=np.ones(1), hertz=np.array([100.0, 300, 700, 1500])))
    assert told.endswith("most of it lies between 0.45 and 0.55 seconds, from 700 to 700 Hz.")


def test_pitch_goes_upwards() -> None:
    """The first band of a spectrogram is the lowest; in its picture it lies at the bottom."""
    plane = np.zeros((1, 4, 5))
    plane[0, 0, 0] = 1
    figure = draw.figure(over("spectrogram", plane, input=np.zeros((1, 4, 5)), seconds=np.ones(1)))
    assert figure.layout.yaxis.range == (-0.5, 3.5)
    assert figure.data[0].z[0][0] == 1
    assert len(figure.layout.images) == 1


@pytest.mark.parametrize("over", ["picture", "series"])
def test_both_sides_are_called_what_they_mean(over):
    kind = Attribution(over=over, sides=("worse", "better"))
    values = np.ones((1, 4, 4) if over == "picture" else (1, 8))
    value = Value(kind, values, more={"input": values})
    drawn = draw.figure(value).to_json()
    assert "worse" in drawn and "better" in drawn and "against" not in drawn
    assert "“worse”" in draw.summary(value)
