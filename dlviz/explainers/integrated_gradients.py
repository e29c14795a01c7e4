"""IntegratedGradients: the gradient, summed on the straight way from a baseline to the input."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import measured_size, spread
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step, offer
from dlviz.explainers.piecewise import caveat
from dlviz.explainers.scored import field_of, why_not
from dlviz.explainers.slopes import slopes
from dlviz.explainers.smooth import smooth, why_not_smooth
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import HIDDEN, Baseline
from dlviz.tasks.task import Networks, Task

#: A text's embedding, or a recurrent layer, bends the way more than a picture does.
STEPS, LONG = 64, 300


class IntegratedGradients(Explainer):
    """Adds up how the score reacts to each feature on the way from a neutral input to this one.

    attributions_i = (x_i - b_i) · mean over t of ∂score/∂x_i at b + t(x - b). They sum to score(x) - score(b)
    (completeness); what is missing from that is reported as the gap. A text goes the way in its embedding (Layer
    Integrated Gradients), a sound in its spectrogram.
    """

    paper: ClassVar[str] = "Sundararajan, Taly & Yan 2017, Axiomatic Attribution for Deep Networks, arXiv:1703.01365"
    reading: ClassVar[str] = (
        "It walks from a neutral input to yours and adds up what each feature changes on the way: positive spoke for "
        "the target, negative against it, and together they make up the whole difference in the score."
    )
    misleads: ClassVar[str] = (
        "All is told relative to the baseline: what looks like it gets nothing, black ink on a black baseline, however "
        "much it matters. A large gap says that the walk had too few steps."
    )
    cost: ClassVar[str] = "`n_steps` passes there and back"
    needs: ClassVar[Needs] = "gradients"

    baseline: Baseline = setting("auto", f"Where the walk starts. {HIDDEN}")
    n_steps: Annotated[int, Field(ge=2, le=2000)] | Literal["auto"] = setting(
        "auto",
        "How many points of the walk are looked at. More: a smaller gap, and slower. "
        f"`auto`: {STEPS}, of a text {LONG}.",
    )
    unit: Unit = setting("token", UNITS, only=("text",))

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio)) or why_not_smooth(
            networks, fields
        )

    def explain(self, question: Question, step: Step) -> Explanation:
        steps = self.n_steps if self.n_steps != "auto" else LONG if _is_text(question) else STEPS
        along, weights = _points(steps)
        step(0, steps + 1)
        with steady(question.networks):
            subject = smooth(question).in_units(self.unit)
            start = subject.baseline(self.baseline)
            way = subject.x - start
            with torch.no_grad():
                here, there = subject.score(torch.cat([subject.x, start])).tolist()
            note = f"{self.reading} The baseline scores {there:.4g}, this input {here:.4g}."
            note += caveat(question, subject, self.baseline)
            total = torch.zeros(way.shape[1:], dtype=torch.float64)

            def told(share: float) -> Explanation:
                """What `total` comes to where the points behind it stand for such a share of the way."""
                values = total * way[0] / share
                gap = here - there - float(values.sum())
                return Explanation(
                    subject.shown(values), subject.attribution(), here, note, gap=gap, under=subject.under
                )

            for part, done in spread(steps, measured_size(subject.score, subject.x[0])):
                t = along[part].view(-1, *[1] * (way.dim() - 1))
                found = slopes(subject.score, torch.addcmul(start, t, way))[1]
                total += torch.tensordot(weights[part], found, 1)
                step(done, steps + 1)
                offer(step, partial(told, done / steps))
        step(steps + 1, steps + 1)
        return told(1)


def _is_text(question: Question) -> bool:
    return isinstance(field_of(question)[1], Tokens)


@lru_cache(maxsize=16)
def _points(steps: int) -> tuple[Tensor, Tensor]:
    """Where on the walk one looks, from 0 to 1, and how much each counts (steps,): those of Gauss and Legendre, with
    which the gap of a smooth walk falls faster with `steps` than with any power of it."""
    along, weights = np.polynomial.legendre.leggauss(steps)
    return torch.from_numpy((1 + along) / 2).float(), torch.from_numpy(weights / 2).float()
