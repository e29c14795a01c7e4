"""ActivationMaximisation: what a unit would most like to see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.piecewise import subject
from dlviz.explainers.scored import scorer, why_not_others
from dlviz.explainers.smooth import smooth, why_not_smooth
from dlviz.explainers.subject import Subject
from dlviz.studies.ascent import Climb, Range, climb
from dlviz.studies.gallery import Place, gallery
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.made_inputs import SEEN, drawn, range_of
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.studies.units_of import Unit, answers_of, most_excited
from dlviz.tasks.task import Networks, Task


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
        "auto", "The layer of the unit. `auto`: the end; there the score asked about is what grows.", min_length=1,
        names="layer", usual="the end: the score asked about",
    )  # fmt: skip
    unit: Annotated[int, Field(ge=0)] | Literal["auto"] = setting(
        "auto", "Which of the layer's units (of convolutions a channel). `auto`: the one that the example excites "
        "most, against how other examples do.", names="unit",
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
        return why_not_others(task, networks, fields, kinds) or why_not_smooth(networks, fields)

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
        return Finding(self._says(called, grown, found), [*drawn(question, about, grown, called), real], numbers)

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
            number = most_excited(question, layers, self.layer, plain.seen()[rows[:SEEN]])
        return f"unit {number} of layer `{self.layer}`", Unit.of(question, layers, self.layer, number)

    def _climb(
        self, question: Question, about: Subject, height: Callable[[Tensor], Tensor], step: Step, done: int, of: int
    ) -> Climb:
        shape = tuple(about.x.shape[1:])
        wide = (1, *shape) if about.over == "sound" else shape  # a sound has places, too
        within = range_of(question, about)
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
