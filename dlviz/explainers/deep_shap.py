"""DeepShap: shares handed back layer by layer, from the score to the input."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.data import Fields
from dlviz.explainers.additive import why_not_additive
from dlviz.explainers.batches import batches
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step
from dlviz.explainers.gradient_shap import usual
from dlviz.explainers.rehearsal import rehearsal
from dlviz.explainers.saliency import why_not_sloped
from dlviz.explainers.shap import import_shap
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import Score, smooth
from dlviz.tasks.task import Networks, Task

#: The part of the difference in score that may be missing from the sum of the shares.
MISSING = 0.01
#: Training examples that go through the network at once, each beside the input: this many, or of small ones so many as
#: have so many numbers.
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
    cost: ClassVar[str] = "`background` passes there and back, each of two inputs"
    needs: ClassVar[Needs] = "gradients"

    background: Annotated[int, Field(ge=1, le=5000)] | Literal["auto"] = setting(
        "auto",
        "How many training examples the input is held against. More: surer, slower. `auto`: 50 rows of a table, 20 of "
        "all else; a text is held against an embedding of nothing.",
    )
    unit: Unit = setting("token", UNITS)
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
        # what fails within shap leaves its marks on the network
        own = replace(question, networks=copy.deepcopy(dict(question.networks)))
        step(0, 1)
        import_shap()
        with steady(own.networks):
            about = smooth(own).in_units(self.unit)
            held = usual(about, self._examples(about.over == "columns"), self.seed)
            total = torch.zeros(about.x.shape[1:], dtype=torch.float64)
            apart: list[Tensor] = []
            for part in batches(len(held), max(AT_ONCE, NUMBERS // held[0].numel())):
                network = _Scored(own.networks, about.score)
                total += shares(network, about.x, held[part]) * (part.stop - part.start)
                apart.append(network.here() - network.given[0].double())
                step(part.stop, len(held) + 1)
        shared, differences, here = total / len(held), torch.cat(apart), network.here()
        gap = float(differences.mean() - shared.sum())
        missing = abs(gap) / max(float(differences.abs().mean()), 1e-6 * max(1.0, abs(here)))
        if missing > MISSING:
            raise WrongInput(
                f"DeepShap's shares do not add up through this network: {missing:.0%} of the difference in score is "
                "missing, and at most 1 % may be. It needs layers that are linear, functions of single numbers, or "
                "maxima. Use IntegratedGradients, GradientShap or Shap."
            )
        step(len(held) + 1, len(held) + 1)
        return Explanation(
            values=about.shown(shared),
            kind=about.attribution(),
            score=here,
            note=f"{self.reading} The average score is {here - float(differences.mean()):.4g}, this one {here:.4g}.",
            gap=gap,
            under=about.under,
        )

    def _examples(self, rows: bool) -> int:
        if self.background != "auto":
            return self.background
        return 50 if rows else 20


class _Scored(nn.Module):
    """The networks with one score as their only output. `given`: all that it has answered."""

    def __init__(self, networks: Networks, score: Score) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(dict(networks))
        self.score: Callable[[Tensor], Tensor] = score
        self.given: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        found = self.score(x)
        self.given.append(found.detach())
        return found[:, None]

    def here(self) -> float:
        """The score of what is explained: shap asks about the background first, then about both together."""
        return float(self.given[1][0])


def shares(network: nn.Module, x: Tensor, background: Tensor) -> Tensor:
    """DeepLIFT's shares of each position (*shape) of `x` (1, *shape), averaged over a background (B, *shape)."""
    from shap import DeepExplainer

    with warnings.catch_warnings():
        # layers of one's own that are linear pass shares on as they are; those that are not make a gap
        warnings.filterwarnings("ignore", "unrecognized nn.Module")
        warnings.filterwarnings("ignore", "Full backward hook is firing")
        explainer: Any = DeepExplainer(network, background)
        try:
            found = explainer.shap_values(x, check_additivity=False)
        except RuntimeError as error:
            raise WrongInput(
                "DeepShap cannot hand shares back through this network: it overwrites numbers behind a layer, or uses "
                "a layer twice. Use IntegratedGradients, GradientShap or Shap."
            ) from error
    return torch.from_numpy(found).double()[0, ..., 0]
