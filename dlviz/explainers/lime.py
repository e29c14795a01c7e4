"""Lime: a simple linear model that imitates the network near this one input."""

from __future__ import annotations

from math import ceil
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Array, Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import score_all
from dlviz.explainers.coalitions import Coalitions
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.features import Features
from dlviz.explainers.occlusion import Length
from dlviz.explainers.piecewise import SOUNDS, Sounds, as_asked, caveat
from dlviz.explainers.scored import why_not
from dlviz.explainers.segments import by_colour
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.subject import HIDDEN, Baseline, Subject
from dlviz.tasks.task import Networks, Task

#: A column of so few different values is compared by value, any other by the quarter of the training rows it lies in.
FEW = 20
#: Fewer parts of a picture than this say nothing about where.
FEWEST = 4


class Lime(Explainer):
    """Changes the input at random, asks the network each time, and fits a linear model that counts near changes most.

    A picture is cut into a grid of cells or into segments by colour, each kept or hidden. Of a table, each column takes
    its value from a training row; what counts is whether it stays in the same class or quarter of the values as in the
    input.
    """

    paper: ClassVar[str] = "Ribeiro, Singh & Guestrin 2016, “Why Should I Trust You?”, arXiv:1602.04938"
    reading: ClassVar[str] = (
        "It imitates the network near this input by a simple weighted sum: positive weights speak for the target, "
        "negative ones against it. R² says how well the sum imitates; near 0 the weights mean nothing."
    )

    misleads: ClassVar[str] = (
        "Chance and the width of “near” decide much: ask again with another seed, and trust only what stays. With a "
        "low R² there is no simple sum to be told."
    )
    cost: ClassVar[str] = "`samples` answers"

    samples: int = setting(
        1000, "How many changed inputs the network is asked about. More: steadier weights, slower.", ge=50, le=50_000
    )
    cell: Length | Literal["auto"] = setting(
        "auto",
        "Side of a picture's cells in pixels, or the width of a window in steps. `auto`: 2, or a sixteenth of a larger "
        "picture; of a series or sound the 32nd part.",
    )
    segments: Literal["grid", "colours"] = setting(
        "grid",
        "Of pictures: what is kept or hidden as one. `grid`: square cells. `colours`: about as many parts of one "
        "colour each, so that their borders follow what is to be seen.",
        only=("picture",),
    )
    baseline: Baseline = setting("auto", f"For all but tables. {HIDDEN}")
    unit: Unit = setting("token", UNITS, only=("text",))
    sounds: Sounds = setting("moments", SOUNDS, only=("sound",))
    seed: int = setting(0, "The chance by which inputs are changed.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def explain(self, question: Question, step: Step) -> Explanation:
        about = as_asked(question, self.unit, self.sounds)
        random = np.random.default_rng(self.seed)
        columns = about.over == "columns"
        features, said = (about.features(), "") if columns else self._parts(about)

        def told(same: Array, scores: Array) -> Explanation:
            if columns:
                far, width = np.sqrt((1 - same).sum(1)), 0.75 * np.sqrt(features.count)
            else:
                far, width = 1 - np.sqrt(same.mean(1)), 0.25  # the cosine distance of 0-1 vectors to all ones
            weights, fit = imitate(same, scores, far, width, self.seed)
            return Explanation(
                values=features.shown(torch.from_numpy(weights)),
                kind=about.attribution(),
                score=float(scores[0]),
                note=f"{self.reading} Here R² is {fit:.2f}.{said}" + caveat(question, about, self.baseline),
                under=about.under,
            )

        # lime takes the first for the input itself
        if columns:
            rows, same = changed(about.seen(), about.x, features, self.samples, random)
            return told(same, score_all(about.score, rows, step, lambda scores: told(same[: len(scores)], scores)))
        same = random.integers(0, 2, (self.samples, features.count))
        same[0] = 1
        return told(
            same, Coalitions(about.score, about.hiding(features, self.baseline), step, self.samples, told)(same)
        )

    def _parts(self, about: Subject) -> tuple[Features, str]:
        """What is kept or hidden as one, and what is to be said of it."""
        grid = about.features(self._side(tuple(about.x.shape[1:])))
        if self.segments == "grid" or not isinstance(about.kind, Image):
            return grid, ""
        found = Features.segments(about.kind, by_colour(about.x[0], grid.count))
        if found.count < FEWEST:
            return grid, f" By colour it has fewer than {FEWEST} parts ({found.count}), so it was cut into a grid."
        return found, f" The picture was cut into {found.count} parts by colour."

    def _side(self, shape: tuple[int, ...]) -> int:
        """The side of a cell in pixels, the width of a window in steps."""
        longest = max(shape[1:]) if len(shape) == 3 else shape[-1]
        parts = 16 if len(shape) == 3 else 32
        if self.cell == "auto":
            return max(2 if len(shape) == 3 else 1, ceil(longest / parts))
        return min(self.cell, min(shape[1:]) if len(shape) == 3 else longest)


def imitate(same: Array, scores: Array, far: Array, width: float, seed: int) -> tuple[Array, float]:
    """Lime's weighted ridge regression of `scores` (M,) on `same` (M, features): the weights and its R².

    `far` (M,) are distances to the input, which comes first; a sample weighs exp(-far² / 2 width²).
    """
    from lime.lime_base import LimeBase

    def near(distances: Array) -> Array:
        return np.asarray(np.sqrt(np.exp(-(distances**2) / width**2)))

    base = LimeBase(near, random_state=np.random.RandomState(seed))
    count = same.shape[1]
    _, found, fit, _ = base.explain_instance_with_data(same, scores[:, None], far, 0, count, feature_selection="none")
    weights = np.zeros(count)
    for feature, weight in found:
        weights[feature] = weight
    return weights, float(fit)


def changed(
    seen: Tensor, inputs: Tensor, features: Features, samples: int, random: np.random.Generator
) -> tuple[Tensor, Array]:
    """`samples` rows like `inputs` (1, width) whose columns each come from some row of `seen` (N, width), and where
    they count as the same as in the input: (samples, columns) of 0 and 1. The first is the input itself."""
    alike = torch.stack([_alike(seen[:, at], inputs[0, at]) for at in range(seen.shape[1])], 1)  # (N, width)
    drawn = torch.from_numpy(random.integers(0, len(seen), (samples, features.count)))
    rows = seen[drawn[:, features.of], torch.arange(seen.shape[1])]
    rows[0] = inputs[0]
    differs = torch.zeros(len(seen), features.count).index_add_(1, features.of, (~alike).float())
    same = np.asarray((differs[drawn, torch.arange(features.count)] == 0).long().numpy())
    same[0] = 1
    return rows, same


def _alike(seen: Tensor, value: Tensor) -> Tensor:
    """Which numbers (N,) count as the same as `value`: equal ones where there are few, else those in its quarter."""
    seen = seen.contiguous()
    if len(seen.unique()) <= FEW:
        return seen == value
    quarters = torch.quantile(seen[:100_000], torch.tensor([0.25, 0.5, 0.75], dtype=seen.dtype))
    return torch.bucketize(seen, quarters) == torch.bucketize(value, quarters)
