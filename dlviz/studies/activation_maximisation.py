"""ActivationMaximisation: what a unit would most like to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Audio, Bars, Curves, Image, Series, Tokens, Value, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.subject import Subject, scorer, smooth, subject, why_not, why_not_smooth
from dlviz.studies.ascent import Climb, Range, climb
from dlviz.studies.gallery import Place, gallery
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.studies.units_of import Unit, answers_of, most_excited
from dlviz.tasks.task import Networks, Task, as_array

#: So many training examples say within which range inputs lie.
_SEEN = 1000


class ActivationMaximisation(Study):
    """Makes an input out of noise that excites one unit, or the score of a class, as strongly as it can, and shows the
    training examples that excite it most.

    The input climbs the unit's gradient within the range of real inputs. Of texts there is nothing to climb, for words
    cannot change a little: they have the examples alone.
    """

    paper: ClassVar[str] = (
        "Erhan et al. 2009, Visualizing Higher-Layer Features of a Deep Network; Olah, Mordvintsev & Schubert 2017, "
        "Feature Visualization, Distill"
    )
    reading: ClassVar[str] = (
        "What is made shows what the unit looks for, in its purest form; the real examples show what of it occurs. "
        "Where both agree, the unit may have a meaning that one can name."
    )
    misleads: ClassVar[str] = (
        "What is made need not look like anything that exists, and how it looks hangs on how much it is smoothed. A "
        "unit may answer to several unlike things: every start may show another."
    )
    cost: ClassVar[str] = "`steps` passes there and back, and one pass for each training example"
    group: ClassVar[Group] = "inside"

    layer: str = setting(
        "auto", "The layer of the unit. `auto`: the end; there the score asked about is what grows.", min_length=1
    )
    unit: Annotated[int, Field(ge=0)] | Literal["auto"] = setting(
        "auto", "Which of the layer's units (of convolutions a channel). `auto`: the one that the example excites "
        "most, against how other examples do.",
    )  # fmt: skip
    made: int = setting(3, "How many are made, each from other noise.", ge=1, le=12)
    steps: int = setting(150, "How many steps it climbs. More: stronger, and slower.", ge=1, le=5000)
    smooth: float = setting(
        0.1, "How much neighbours are evened out on the way. 0: the unit's purest wish, often speckled.", ge=0, le=1
    )
    jitter: Annotated[int, Field(ge=0, le=64)] | Literal["auto"] = setting(
        "auto", "By how many pixels or steps it is shifted to and fro while it climbs, so that nothing hangs on one "
        "pixel. `auto`: a sixteenth of its side.", advanced=True,
    )  # fmt: skip
    decay: float = setting(
        0.03, "How strongly what does not excite falls back to the middle. More: weaker contrasts.", ge=0, lt=1,
        advanced=True,
    )  # fmt: skip
    count: int = setting(6, "How many training examples to show.", ge=1, le=32)
    most: int = setting(5000, "How many training examples are looked at.", ge=10, le=10_000_000, advanced=True)
    seed: int = setting(0, "The chance of noise, shifts, and the examples looked at.", ge=0, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        kinds = (Image, Vector, Tokens, Series, Audio)
        return why_not(task, networks, fields, kinds) or why_not_smooth(networks, fields)

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        plain, rows = subject(question), self._rows(len(question.data.train))
        called, unit = self._unit(question, plain, rows)
        climbs = not isinstance(plain.kind, Tokens)
        of = len(rows) + (self.steps if climbs else 0)
        score = scorer(question)
        answer = unit.answers(score) if unit else score
        found = answers_of(answer, plain.seen()[rows], step, 0, of)
        best = found.argsort(descending=True, stable=True)[: self.count]
        heads = [f"{float(found[place]):.3g}" for place in best]
        note = f"Of {len(rows):,}, with how strongly {called} answered; on the mean it is {float(found.mean()):.3g}."
        places: list[Place] = [("train", int(rows[place])) for place in best]
        real = gallery(question.data, places, heads, "Training examples that excite it most", note)
        numbers: dict[str, object] = {
            "unit": unit.number if unit else None, "rows": [int(rows[place]) for place in best],
            "answers": [float(found[place]) for place in best], "mean": float(found.mean()),
        }  # fmt: skip
        if not climbs:
            says = f"The training examples that excite {called} most. Words cannot be changed a little: none are made."
            return Finding(says, [real], numbers)
        about = smooth(question)
        grown = self._climb(question, about, unit.answers(about.score) if unit else about.score, step, len(rows), of)
        numbers["made"] = [float(one) for one in grown.heights[-1]]
        return Finding(self._says(called, grown, found), [*_drawn(question, about, grown, called), real], numbers)

    def _rows(self, total: int) -> Tensor:
        if total <= self.most:
            return torch.arange(total)
        return torch.randperm(total, generator=torch.Generator().manual_seed(self.seed))[: self.most].sort().values

    def _unit(self, question: Question, plain: Subject, rows: Tensor) -> tuple[str, Unit | None]:
        """What is to grow, in words, and the unit; None: the score itself."""
        if self.layer == "auto":
            return f"the score of {question.task.targets(question.data.fields)[question.target]}", None
        layers = InnerLayers.of(question)
        layers.layer(self.layer)
        number = self.unit
        if number == "auto":
            number = most_excited(question, layers, self.layer, plain.seen()[rows[:_SEEN]])
        return f"unit {number} of layer `{self.layer}`", Unit.of(question, layers, self.layer, number)

    def _climb(
        self, question: Question, about: Subject, height: Callable[[Tensor], Tensor], step: Step, done: int, of: int
    ) -> Climb:
        shape = tuple(about.x.shape[1:])
        wide = (1, *shape) if about.over == "sound" else shape  # a sound has places, too
        within = _range(question, about)
        within = Range(within.low.reshape(wide), within.high.reshape(wide), within.mid.reshape(wide))
        jitter = (
            self.jitter if self.jitter != "auto" else min(shape[1:] or shape) // 16 if about.over != "columns" else 0
        )
        made = climb(
            lambda x: height(x.reshape(-1, *shape)), within, (self.made, *wide), steps=self.steps, decay=self.decay,
            smooth=self.smooth, jitter=jitter, seed=self.seed, step=step, done=done, of=of,
        )  # fmt: skip
        return Climb(made.made.reshape(-1, *shape), made.heights)

    def _says(self, called: str, grown: Climb, found: Tensor) -> str:
        made, real = float(grown.heights[-1].max()), float(found.max())
        if np.ptp(grown.heights) < 1e-9:
            return f"Nothing moves {called}: from every start its gradient is 0. It may be dead."
        further = "" if made >= real else " Less smoothing, or more steps, would bring what is made further."
        return (
            f"What was made moves {called} to {made:.3g}; the strongest of {len(found):,} training examples to "
            f"{real:.3g}, on the mean they move it to {float(found.mean()):.3g}.{further}"
        )


def _range(question: Question, about: Subject) -> Range:
    """Of a picture from black to white; of anything else what training inputs span, channel by channel. The middle is
    the training mean."""
    seen, mid = about.seen()[:_SEEN], about.baseline("auto")[0]
    encoder = question.data.encoders.get(next(iter(question.data.fields.inputs)))
    if about.over == "picture" and encoder is not None:
        black, white = (encoder.encode(np.full((1, *mid.shape), level, dtype=np.uint8))[0] for level in (0, 255))
        return Range(black.to(mid), white.to(mid), mid)
    if about.over == "columns":
        return Range(seen.amin(0), seen.amax(0), mid)
    axes = tuple(place for place in range(seen.dim()) if place != 1 or seen.dim() == 2)
    return Range(seen.amin(axes, keepdim=True)[0].expand_as(mid), seen.amax(axes, keepdim=True)[0].expand_as(mid), mid)


def _drawn(question: Question, about: Subject, grown: Climb, called: str) -> list[Value]:
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
        kind = Curves(names=tuple(heads), x_title="step", y_title=about.kind.names[0])
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
    return [shown, Value(curves, grown.heights.T, "How it grew", f"{called} while it climbs.", {"x": steps})]
