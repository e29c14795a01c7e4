"""GuidedBackprop: the gradient with all that is negative taken out at every ReLU."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step
from dlviz.explainers.places import way_to
from dlviz.explainers.rehearsal import rehearsal
from dlviz.explainers.saliency import sizes, why_not_sloped
from dlviz.explainers.slopes import slopes
from dlviz.explainers.smooth import smooth
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import Score
from dlviz.tasks.task import Networks, Task


class GuidedBackprop(Explainer):
    """Goes back through the network like the gradient, lets only what is positive pass each ReLU, and shows the size.

    It points at edges even of an untrained network, so it is not among the methods that are chosen at first.
    """

    paper: ClassVar[str] = (
        "Springenberg et al. 2014, Striving for Simplicity, arXiv:1412.6806; against it: Adebayo et al. 2018, Sanity "
        "Checks for Saliency Maps, arXiv:1810.03292"
    )
    reading: ClassVar[str] = (
        "It shows clear outlines, which look like what the network sees. Do not trust them: it points at edges even of "
        "an untrained network, so they tell of the picture rather than of the decision."
    )
    misleads: ClassVar[str] = (
        "Always, as an answer to why: it points at edges even of an untrained network, and hardly changes with the "
        "target."
    )
    cost: ClassVar[str] = "one pass there and back"
    needs: ClassVar[Needs] = "gradients"
    signed: ClassVar[bool] = False
    trusted: ClassVar[bool] = False

    unit: Unit = setting("token", UNITS, only=("text",))

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        why = why_not_sloped(task, networks, fields)
        if why:
            return why
        with steady(networks):
            about = smooth(rehearsal(task, networks, fields))
            with torch.enable_grad():
                rectified = _rectified(about.score(about.x.detach().requires_grad_()))
        if not rectified:
            return "It changes what passes back through ReLU, and this network has none: it would be the gradient."
        return None

    def explain(self, question: Question, step: Step) -> Explanation:
        step(0, 1)
        with steady(question.networks):
            about = smooth(question).in_units(self.unit)
            scores, found = slopes(_guided(about.score), about.x)
        step(1, 1)
        return Explanation(sizes(found[0], about), about.attribution(), float(scores), self.reading, under=about.under)


def _guided(score: Score) -> Score:
    """The same score, on the way back from which only what is positive comes to each ReLU."""

    def scored(inputs: Tensor) -> Tensor:
        scores = score(inputs)
        for node in _rectified(scores):
            node.register_prehook(lambda slopes: (slopes[0].clamp(min=0),))
        return scores

    return scored


def _rectified(scores: Tensor) -> list[Any]:
    """All ReLUs on the way to some scores, as autograd wrote them down: in whatever form the network calls them, as a
    layer, once or several times, or as a function."""
    return [node for node in way_to(scores) if node.name() == "ReluBackward0"]
