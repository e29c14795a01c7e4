"""Made inputs: within which range an input may lie that is made for a network, and how it is shown."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Bars, Curves, Series, Value, Vector
from dlviz.explainers.explainer import Question
from dlviz.explainers.subject import Subject
from dlviz.studies.ascent import Climb, Range
from dlviz.tasks.task import as_array

#: So many training examples say within which range inputs lie.
SEEN = 1000


def range_of(question: Question, about: Subject) -> Range:
    """Of a picture from black to white; of anything else what training inputs span, channel by channel. The middle is
    the training mean."""
    seen, mid = about.seen()[:SEEN], about.baseline("auto")[0]
    encoder = question.data.encoders.get(next(iter(question.data.fields.inputs)))
    if about.over == "picture" and encoder is not None:
        black, white = (encoder.encode(np.full((1, *mid.shape), level, dtype=np.uint8))[0] for level in (0, 255))
        return Range(black.to(mid), white.to(mid), mid)
    if about.over == "columns":
        return Range(seen.amin(0), seen.amax(0), mid)
    axes = tuple(place for place in range(seen.dim()) if place != 1 or seen.dim() == 2)
    return Range(seen.amin(axes, keepdim=True)[0].expand_as(mid), seen.amax(axes, keepdim=True)[0].expand_as(mid), mid)


def drawn(question: Question, about: Subject, grown: Climb, called: str) -> list[Value]:
    """What was made, and how it grew."""
    data, name = question.data, next(iter(question.data.fields.inputs))
    heads = [f"{one:.3g}" for one in grown.heights[-1]]
    title, note = "Made for it", f"Each from other noise, with how strongly {called} answers."
    encoder = data.encoders.get(name)
    if about.over == "columns":
        assert isinstance(about.kind, Vector)
        note = f"What moves {called} most, as the network sees it: numbers scaled, a category as one number a word."
        shown = Value(Bars(names=about.kind.names, signed=True), as_array(grown.made[0]), title, note)
    elif about.over == "series":
        assert isinstance(about.kind, Series)
        scaled = " as the network reads it" if encoder else ""
        kind = Curves(names=tuple(heads), x_title="step", y_title=about.kind.names[0] + scaled)
        x = np.arange(grown.made.shape[-1], dtype=float)
        shown = Value(kind, as_array(grown.made[:, 0]), title, note, {"x": x})
    elif about.over == "spectrogram":
        low, high = grown.made.amin((1, 2, 3), keepdim=True), grown.made.amax((1, 2, 3), keepdim=True)
        pictures = as_array((grown.made - low) / (high - low).clamp(min=1e-12))
        pictures = np.ascontiguousarray(pictures[:, :, ::-1])  # pitch goes upwards
        note = f"{note} Spectrograms: pitch upwards, bright is loud."
        shown = Value(about.kind, pictures, title, note, {"captions": np.array(heads)})
    else:
        pictures = encoder.decode(grown.made).data if encoder else as_array(grown.made)
        shown = Value(about.kind, pictures, title, note, {"captions": np.array(heads)})
    names = tuple(f"start {number + 1}" for number in range(len(grown.made)))
    steps = np.arange(len(grown.heights), dtype=float)
    curves = Curves(names=names, x_title="step", y_title=called)
    return [
        shown,
        Value(
            curves, grown.heights.T, "How it grew", f"{called[:1].upper()}{called[1:]} while it climbs.", {"x": steps}
        ),
    ]
