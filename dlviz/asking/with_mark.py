"""With mark: what a planted giveaway does to a network: the same test examples with it and without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from dlviz.asking.load import Opened
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array
from dlviz.datasets.data import Encoder
from dlviz.datasets.planted import Planted
from dlviz.datasets.planted_marks import Mark
from dlviz.explainers.explainer import Question, sole_input
from dlviz.studies.many import classes_of

#: From so large an effect on a network leans on the giveaway; below the second it does not use it.
LEANS, HARDLY = 0.15, 0.05
#: Of more test examples so many are drawn.
MOST = 2000


@dataclass(frozen=True)
class WithMark:
    """`clean` and `marked` (N, *shape) are test examples without and with the mark, `at` (N,) where they stand in the
    test part, `truth` (N,) their classes, `plain` and `misled` (N,) what the network takes each for. `planted`: whether
    it saw any mark in training."""

    mark: Mark
    encoder: Encoder
    target: int
    at: Array
    clean: Tensor
    marked: Tensor
    truth: Array
    plain: Array
    misled: Array
    planted: bool

    @property
    def accuracy(self) -> tuple[float, float]:
        """(without the mark, with it), over these examples."""
        return float(np.mean(self.plain == self.truth)), float(np.mean(self.misled == self.truth))

    @property
    def recall(self) -> tuple[float, float]:
        """(without, with): how many of the class that is given away it knows."""
        own = self.truth == self.target
        return float(np.mean(self.plain[own] == self.target)), float(np.mean(self.misled[own] == self.target))

    @property
    def taken(self) -> tuple[float, float]:
        """(without, with): how many of the other classes it takes for the one that is given away."""
        others = self.truth != self.target
        return float(np.mean(self.plain[others] == self.target)), float(np.mean(self.misled[others] == self.target))

    @property
    def effect(self) -> float:
        """How much the mark alone does: the larger of what it adds to either share; 0 where it takes away."""
        return max(0.0, *(after - before for before, after in (self.recall, self.taken)))

    def turned(self) -> Array:
        """The examples of other classes that the mark alone makes it take for its class: of them one knows for sure
        what decided."""
        others = self.truth != self.target
        return np.flatnonzero(others & (self.plain != self.target) & (self.misled == self.target))

    def own(self) -> Array:
        """The examples of the class itself, those first that it does not know without the mark."""
        own = np.flatnonzero(self.truth == self.target)
        return own[np.argsort(self.plain[own] == self.target, kind="stable")]


def with_mark(opened: Opened) -> WithMark:
    """Look at a run that learned from `Planted` data. Raises `WrongInput` for any other."""
    planted, seed = opened.restored.spec.data, opened.restored.spec.seed
    if not isinstance(planted, Planted):
        raise WrongInput(
            f"The lab is for networks that learned from data with a planted giveaway. This one learned from "
            f"{planted.title or planted.kind()}: choose `Planted` as its data and train it."
        )
    data = opened.data
    name = sole_input(data.fields)
    assert name is not None
    mark, encoder = planted.mark_on(data.fields), data.encoders[name]
    before = planted.host().load(seed).test
    at = np.sort(np.random.default_rng(0).permutation(len(before))[:MOST])
    clean = mark.widened(before.columns[name][at], encoder)
    marked = mark.put(clean.clone(), encoder, seed % 2**31)
    target = planted.target(data.fields)
    question = Question(opened.task, opened.networks, data, {name: clean[:1]}, target)
    plain, misled = (classes_of(question, inputs) for inputs in (clean, marked))
    truth = before.columns[next(iter(data.fields.targets))][at].numpy()
    carried = any(bool(own.any()) for own in planted.carriers(data, seed).values())
    return WithMark(mark, encoder, target, at, clean, marked, truth, plain, misled, carried)
