"""DeepShap: shares handed back layer by layer, from the score to the input."""

from __future__ import annotations

from functools import partial
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.data import Fields
from dlviz.explainers.additive import why_not_additive
from dlviz.explainers.batches import batches, even
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step, offer
from dlviz.explainers.gradient_shap import usual
from dlviz.explainers.rehearsal import rehearsal
from dlviz.explainers.rescale import rescaled
from dlviz.explainers.saliency import why_not_sloped
from dlviz.explainers.smooth import smooth
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import Subject
from dlviz.tasks.task import Networks, Task

#: The part of the difference in score that may be missing from the sum of the shares.
MISSING = 0.01
#: Training examples that go through the network at once: about this many, or of small ones so many as have so many
#: numbers.
AT_ONCE, NUMBERS = 32, 2**15


class DeepShap(Explainer):
    """Compares every layer's numbers with those for a training example, hands the difference in score back layer by
    layer in proportion to them, and averages over examples (DeepLIFT's rescale rule).

    The shares sum to the score minus the mean score over the background, wherever each layer is linear, a function of
    single numbers, or a maximum over places that do not overlap. Elsewhere the rule is silently wrong, so this is
    measured, and no answer given if more than a hundredth is missing.
    """

    paper: ClassVar[str] = (
        "Lundberg & Lee 2017, A Unified Approach to Interpreting Model Predictions, arXiv:1705.07874; Shrikumar, "
        "Greenside & Kundaje 2017, Learning Important Features Through Propagating Activation Differences, "
        "arXiv:1704.02685"
    )
    reading: ClassVar[str] = (
        "It asks what makes this input score differently from usual ones, and hands the difference back from layer to "
        "layer: positive raised the score, negative lowered it; with the average score they make up this one."
    )
    misleads: ClassVar[str] = (
        "Two networks that always answer the same may get different shares, for they follow the layers. All is told "
        "relative to the training examples that it is held against."
    )
    cost: ClassVar[str] = "`background` passes there and back"
    needs: ClassVar[Needs] = "gradients"

    background: Annotated[int, Field(ge=1, le=5000)] | Literal["auto"] = setting(
        "auto",
        "How many training examples the input is held against. More: surer, slower. `auto`: 50 rows of a table, 20 of "
        "all else; a text is held against an embedding of nothing.",
    )
    unit: Unit = setting("token", UNITS, only=("text",))
    seed: int = setting(0, "The chance by which training examples are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        why = why_not_sloped(task, networks, fields)
        if why:
            return why
        (network,) = networks.values()
        with steady(networks):
            about = smooth(rehearsal(task, networks, fields))
            return why_not_additive(network, about.score, about.x)

    def explain(self, question: Question, step: Step) -> Explanation:
        step(0, 1)
        with steady(question.networks):
            about = smooth(question).in_units(self.unit)
            held = usual(about, self._examples(about.over == "columns"), self.seed)
            total = torch.zeros(about.x.shape[1:], dtype=torch.float64)
            apart: list[Tensor] = []
            for part in batches(len(held), even(len(held), max(AT_ONCE, NUMBERS // held[0].numel()))):
                scores, shares = _shares(question, about, held[part])
                total += shares.sum(0)
                apart.append((scores[0] - scores[1:]).double())
                here, differences = float(scores[0]), torch.cat(apart)
                step(part.stop, len(held) + 1)
                offer(step, partial(self._told, about, total / len(differences), differences, here))
        found = self._told(about, total / len(held), differences, here)
        assert found.gap is not None
        missing = abs(found.gap) / max(float(differences.abs().mean()), 1e-6 * max(1.0, abs(here)))
        if missing > MISSING:
            raise WrongInput(
                f"DeepShap's shares do not add up through this network: {missing:.0%} of the difference in score is "
                "missing, and at most 1 % may be. It needs layers that are linear, functions of single numbers, or "
                "maxima. Use IntegratedGradients, GradientShap or Shap."
            )
        step(len(held) + 1, len(held) + 1)
        return found

    def _told(self, about: Subject, shared: Tensor, differences: Tensor, here: float) -> Explanation:
        """What shares (*shape) and differences in score (B,) say of the score that is `here`."""
        apart = float(differences.mean())
        return Explanation(
            values=about.shown(shared),
            kind=about.attribution(),
            score=here,
            note=f"{self.reading} The average score is {here - apart:.4g}, this one {here:.4g}.",
            gap=apart - float(shared.sum()),
            under=about.under,
        )

    def _examples(self, rows: bool) -> int:
        if self.background != "auto":
            return self.background
        return 50 if rows else 20


def _shares(question: Question, about: Subject, held: Tensor) -> tuple[Tensor, Tensor]:
    try:
        return rescaled(question.networks, about.score, about.x, held)
    except RuntimeError as error:
        raise WrongInput(
            "DeepShap cannot hand shares back through this network: it overwrites numbers behind a layer. Use "
            "IntegratedGradients, GradientShap or Shap."
        ) from error
