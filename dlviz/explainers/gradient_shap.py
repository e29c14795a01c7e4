"""GradientShap: the gradient, averaged along the ways from many training examples to the input."""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import measured_size, score_all, spread
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step, offer
from dlviz.explainers.saliency import why_not_sloped
from dlviz.explainers.slopes import slopes
from dlviz.explainers.smooth import smooth
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import Subject
from dlviz.tasks.task import Networks, Task


class GradientShap(Explainer):
    """Expected gradients: integrated gradients from each of many training examples, averaged.

    attributions_i = mean over background b and t of (x_i - b_i) · ∂score/∂x_i at b + t(x - b). They approach shares
    that sum to the score minus the mean score over the background; what is missing from that is the gap. Chance is held
    small: each example is used equally often, and the t of all of them together are spread evenly from 0 to 1. A text
    has one background, an embedding of nothing; a sound goes the way in its spectrogram.
    """

    paper: ClassVar[str] = (
        "Erion et al. 2021, Improving performance of deep learning models with axiomatic attribution priors and "
        "expected gradients, arXiv:1906.10670; Lundberg & Lee 2017, arXiv:1705.07874"
    )
    reading: ClassVar[str] = (
        "It asks what makes this input score differently from usual ones: positive raised the score, negative lowered "
        "it; with the average score they make up this one, but for the gap."
    )
    misleads: ClassVar[str] = (
        "With few samples it errs: 5, a usual number, were found wrong by as much as the effect itself. A large gap "
        "says so. On the ways between two inputs there may be none that ever occurs."
    )
    cost: ClassVar[str] = "`samples` passes there and back"
    needs: ClassVar[Needs] = "gradients"

    samples: int = setting(
        200, "How many points on the ways from training examples to the input. More: surer, slower.", ge=2, le=50_000
    )
    background: Annotated[int, Field(ge=1, le=5000)] | Literal["auto"] = setting(
        "auto",
        "How many training examples the ways begin at; at most as many as there are samples. `auto`: 50 rows of a "
        "table, 20 of all else.",
    )
    unit: Unit = setting("token", UNITS, only=("text",))
    seed: int = setting(0, "The chance by which examples and points are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_sloped(task, networks, fields)

    def explain(self, question: Question, step: Step) -> Explanation:
        step(0, 1)
        with steady(question.networks):
            about = smooth(question).in_units(self.unit)
            start = usual(about, min(self.samples, self._examples(about)), self.seed)
            starts, along = self._points(len(start))
            many = len(starts)
            of = many + len(start) + 1
            scores = score_all(about.score, torch.cat([about.x, start]), lambda done, _: step(done, of))
            base, here = float(scores[1:].mean()), float(scores[0])
            total = torch.zeros(about.x.shape[1:], dtype=torch.float64)

            def told(points: int) -> Explanation:
                shares = total / points
                return Explanation(
                    values=about.shown(shares),
                    kind=about.attribution(),
                    score=here,
                    note=f"{self.reading} The average score is {base:.4g}, this one {here:.4g}.",
                    gap=here - base - float(shares.sum()),
                    under=about.under,
                )

            for part, done in spread(many, measured_size(about.score, about.x[0])):
                begun = start[starts[part]]
                way = about.x - begun
                t = along[part].view(-1, *[1] * (way.dim() - 1))
                total += (way * slopes(about.score, torch.addcmul(begun, t, way))[1]).sum(0)
                step(len(scores) + done, of)
                offer(step, partial(told, done))
        return told(many)

    def _examples(self, about: Subject) -> int:
        if self.background != "auto":
            return self.background
        return 50 if about.over == "columns" else 20

    def _points(self, examples: int) -> tuple[Tensor, Tensor]:
        """Where each of the ways begins (points,), and how far along it one looks (points,): each example equally
        often, its points a stretch apart, and those of all examples side by side within a stretch."""
        chance = torch.Generator().manual_seed(self.seed)
        stretches = -(-self.samples // examples)
        order = torch.stack([torch.randperm(examples, generator=chance) for _ in range(stretches)])
        within = (order + torch.rand(stretches, examples, generator=chance)) / examples
        along = (torch.arange(stretches)[:, None] + within) / stretches
        return torch.arange(examples).repeat(stretches), along.flatten()


def usual(about: Subject, most: int, seed: int) -> Tensor:
    """What the input is held against (B, *shape): training examples, or what stands in for a text's embedding."""
    return about.baseline("auto") if about.over == "text" else about.background(most, seed)
