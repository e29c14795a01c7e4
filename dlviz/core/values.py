"""The kinds of value that flow through dlviz: what data sets give, networks take, pages draw.

A *kind* says what a value is (an image of 1×8×8, one of ten classes); a `Value` is a kind with
numbers. Everything shown anywhere is a `Value`, so `dlviz/draw/` can draw everything. A new kind is
added here and drawn there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dlviz.core.files import replace_with, write_json
from dlviz.core.part import Part
from dlviz.core.setting import setting
from dlviz.core.shape import Ids

Array = NDArray[Any]


class Kind(Part, family="kinds"):
    """What a value is."""

    def shape(self) -> tuple[int, ...]:
        """The shape of one example as a tensor, without the batch dimension; () for a number or a class; token ids
        and masks say what they are (`core/shape.py`)."""
        return ()


class Scalar(Kind):
    """One number."""

    unit: str = ""


class Vector(Kind):
    """Named numbers: a row of a table, a point of the plane. Data: (N, len(names))."""

    names: tuple[str, ...]

    def shape(self) -> tuple[int, ...]:
        return (len(self.names),)


class Category(Kind):
    """One of several classes. Data: indices (N,), or probabilities (N, len(names)). `sought`: the one of them that one
    looks for among the others, where there is one, as spam among messages."""

    names: tuple[str, ...]
    sought: str = ""


class Image(Kind):
    """A picture. Data: (N, channels, height, width), values 0 to 1."""

    channels: int = setting(ge=1)
    height: int = setting(ge=1)
    width: int = setting(ge=1)

    def shape(self) -> tuple[int, ...]:
        return (self.channels, self.height, self.width)


class Mask(Kind):
    """A class per pixel. Data: indices (N, height, width)."""

    names: tuple[str, ...]
    height: int
    width: int

    def shape(self) -> tuple[int, ...]:
        return (self.height, self.width)


class Boxes(Kind):
    """Rectangles with a class each. Data: (N, boxes, 5): left, top, right, bottom in pixels, class."""

    names: tuple[str, ...]


class Keypoints(Kind):
    """Named points in a picture. Data: (N, points, 2): x, y in pixels."""

    names: tuple[str, ...]

    def shape(self) -> tuple[int, ...]:
        return (len(self.names), 2)


class Series(Kind):
    """Numbers over time. Data: (N, channels, steps). `season`: after how many steps they usually repeat, such as 24 for
    hours; 1 where that is not known."""

    names: tuple[str, ...]
    steps: int
    unit: str = ""
    season: int = 1

    def shape(self) -> tuple[int, ...]:
        return (len(self.names), self.steps)


class Forecast(Kind):
    """What was and what is expected. Data: (N, series, steps + horizon), the past and what then came, NaN where that is
    not known. Arrays `median`, `low`, `high`, `naive` (N, series, horizon) lie beside it, all but the first if there
    are any."""

    names: tuple[str, ...]
    steps: int
    horizon: int
    unit: str = ""

    def shape(self) -> tuple[int, ...]:
        return (len(self.names), self.steps + self.horizon)


class Audio(Kind):
    """Sound. Data: (N, samples), values -1 to 1."""

    rate: int
    samples: int

    def shape(self) -> tuple[int, ...]:
        return (self.samples,)


class Alignment(Kind):
    """Sounds, and which symbol a network hears when. Data: spectrograms (N, height, width) from 0 to 1, `seconds` wide.
    Arrays `probability` (N, moments, symbols), `steps` (N,), how many moments are within the sound, and the texts
    `heard` and `true` (N,) lie beside it; true ones need not be known. `names`: the symbols, the blank first."""

    names: tuple[str, ...]
    seconds: float


class Notes(Kind):
    """Music as notes. Data: (N, notes, 4): start and length in steps, MIDI pitch, voice; a pitch of -1 fills up.
    `per_quarter` steps make a quarter note, of which `tempo` are played in a minute."""

    per_quarter: int
    tempo: float = 120.0


class Text(Kind):
    """Written text. Data: strings (N,)."""


class Tokens(Kind):
    """Text as numbers of a vocabulary. Data: ids (N, length); 0 is padding, 1 any unknown token."""

    vocabulary: tuple[str, ...]
    length: int

    def shape(self) -> Ids:
        return Ids((self.length,), len(self.vocabulary))


class Tags(Kind):
    """A class for each step of a sequence. Data: indices (N, length); -1 where the sequence has ended."""

    names: tuple[str, ...]
    length: int

    def shape(self) -> tuple[int, ...]:
        return (self.length,)


class Table(Kind):
    """Rows as the user wrote them, before any encoding. Data: strings and numbers (N, len(columns))."""

    columns: tuple[str, ...]


class Graph(Kind):
    """Nodes and directed edges between them. Data: edges (E, 2)."""

    names: tuple[str, ...]


class Matrix(Kind):
    """A table of numbers drawn as a heat map. Data: (len(rows), len(columns)).

    `scale` is "sequential" (0 upwards) or "diverging" (negative and positive about 0).
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_title: str = ""
    column_title: str = ""
    scale: Literal["sequential", "diverging"] = "sequential"


class Surface(Kind):
    """A function over the plane, with points on it. Data: (height, width, outputs) from low x, low y upwards;
    arrays `points` (N, 2) and `labels` (N,) may lie beside it.

    With `names` the outputs are probabilities of classes; without, one number.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    names: tuple[str, ...] = ()


class Points(Kind):
    """Groups of points of the plane. Data: (N, 2); array `group` (N,) of indices into `groups`."""

    groups: tuple[str, ...]


#: What an explanation lies over: a picture's pixels, a table's columns, a text's tokens, a series' steps, a sound's
#: samples, the picture that a network's first layer makes of a sound.
Over = Literal["picture", "columns", "text", "series", "sound", "spectrogram"]


class Attribution(Kind):
    """How much each part of an input spoke for (+) or against (-) a target. Data: in the input's shape; of a table one
    number a column, of a text one a token, both named by `names`. What lies under it is `more["input"]`.

    `over` says which; empty, as older answers are: columns where there are names, else a picture. Of a text, `unit`
    says what the numbers are given to, and `spaced` whether a space stands between two of the names. `sides`: what a
    number above 0 means, and one below.
    """

    names: tuple[str, ...] = ()
    over: Over | Literal[""] = ""
    unit: Literal["token", "word", "clause", "sentence"] = "token"
    spaced: bool = True
    sides: tuple[str, str] = ("for", "against")

    def lies_over(self) -> Over:
        return self.over or ("columns" if self.names else "picture")


class Attention(Kind):
    """How much each of the `queries` took from each of the `keys`. Data: (layers, heads, queries, keys), each row of
    keys sums to 1. `crossing`: the keys are of another sequence."""

    layers: tuple[str, ...]
    queries: tuple[str, ...]
    keys: tuple[str, ...]
    crossing: bool = False


class Curves(Kind):
    """Lines over one axis. Data: (lines, points); array `x` (points,) lies beside it, and `words` (points,) where the
    axis is one of words. Lines without a name are drawn faint, in the background. `low`, `high` (lines, points): a band
    about each."""

    names: tuple[str, ...]
    x_title: str = ""
    y_title: str = ""


class Bars(Kind):
    """Numbers by name. Data: (len(names),); arrays `low`, `high` of the same length may lie beside it. `signed`:
    they point to either side of 0."""

    names: tuple[str, ...]
    title: str = ""
    signed: bool = False


class Swarm(Kind):
    """Every example's attribution, feature by feature. Data: (N, len(names)); array `values` of the same shape, 0 (low)
    to 1 (high), NaN where it has no order, says how large the feature was there."""

    names: tuple[str, ...]
    title: str = ""


class Waterfall(Kind):
    """How single contributions lead from one number to another. Data: (len(names),), in the order to be drawn; they
    start at `base`."""

    names: tuple[str, ...]
    base: float
    title: str = ""


class Forces(Kind):
    """What pushes scores up (+) and down (−) from a base, row by row. Data: (N, len(names)), the rows as they are to be
    drawn, first the names that stand next to the score; a row's numbers and `base` make up its score. Arrays `cells` of
    the same shape, what stands in each column ("age = 31"), and `rows` (N,), what each row is called, may lie beside
    it."""

    names: tuple[str, ...]
    base: float
    title: str = ""


class Cloud(Kind):
    """Points over two axes. Data: (N, 2); array `color` (N,) of numbers may lie beside it, and `words` (N,)."""

    x_title: str = ""
    y_title: str = ""
    color_title: str = ""


@dataclass(frozen=True)
class Value:
    """A kind with its numbers, a title, and a sentence that says what one sees (read aloud, too).

    `data` as the kind says; `more` holds further arrays by name. Arrays hold numbers, bools or unicode text,
    never objects, so that a saved value can be read without pickle.
    """

    kind: Kind
    data: Array
    title: str = ""
    note: str = ""
    more: dict[str, Array] = field(default_factory=dict)

    def save(self, stem: Path) -> None:
        """Write `<stem>.npz` (the arrays), then `<stem>.json` (the rest), each atomically."""

        def write(path: Path) -> None:
            with path.open("wb") as file:
                np.savez_compressed(file, allow_pickle=False, data=self.data, **self.more)

        replace_with(stem.with_name(stem.name + ".npz"), write)
        head = {"kind": self.kind.document(), "title": self.title, "note": self.note}
        write_json(stem.with_name(stem.name + ".json"), head)

    @staticmethod
    def remove(stem: Path) -> None:
        """Take away what `save` wrote, if anything."""
        for end in (".json", ".npz"):
            stem.with_name(stem.name + end).unlink(missing_ok=True)

    @classmethod
    def load(cls, stem: Path) -> Value:
        """Read what `save` wrote."""
        head = json.loads(stem.with_name(stem.name + ".json").read_bytes())
        with np.load(stem.with_name(stem.name + ".npz"), allow_pickle=False) as arrays:
            more = {name: arrays[name] for name in arrays.files if name != "data"}
            kind = Kind.parse(head["kind"])
            assert kind is not None
            return cls(kind, arrays["data"], head["title"], head["note"], more)
