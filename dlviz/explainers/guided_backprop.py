"""GuidedBackprop: the gradient with all that is negative taken out at every ReLU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from dlviz.core.setting import setting
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step
from dlviz.explainers.rehearsal import rehearsal
from dlviz.explainers.saliency import sizes, why_not_sloped
from dlviz.explainers.slopes import slopes
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import smooth
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

    unit: Unit = setting("token", UNITS)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        why = why_not_sloped(task, networks, fields)
        if why:
            return why
        with steady(networks):
            about = smooth(rehearsal(task, networks, fields))
            with Guided() as guided, torch.no_grad():
                about.score(about.x)
        if not guided.met:
            return "It changes what passes back through ReLU, and this network has none: it would be the gradient."
        return None

    def explain(self, question: Question, step: Step) -> Explanation:
        step(0, 1)
        with steady(question.networks), Guided():
            about = smooth(question).in_units(self.unit)
            scores, found = slopes(about.score, about.x)
        step(1, 1)
        return Explanation(sizes(found[0], about), about.attribution(), float(scores), self.reading, under=about.under)


class Guided(TorchFunctionMode):
    """Puts the guided ReLU in place of torch's, in whatever form a network calls it: as a layer, once or several times,
    or as a function. `met`: how many it has replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.met = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if func.__name__ in ("relu", "relu_"):
            self.met += 1
            given: Tensor = args[0] if args else (kwargs or {})["input"]
            return _GuidedReLU.apply(given)
        return func(*args, **(kwargs or {}))


class _GuidedReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        guided: Tensor = slopes[0].clamp(min=0) * (x > 0)
        return guided
