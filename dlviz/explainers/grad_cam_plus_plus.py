"""GradCamPlusPlus: Grad-CAM that weighs places, too, so that several things of one kind are all seen."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.maps import MapMethod, Show
from dlviz.explainers.subject import Subject


class GradCamPlusPlus(MapMethod):
    """Weighs a layer's maps by their gradients where those are positive, each place by how well it alone explains them.

    map = ReLU(Σ_k w_k A_k), w_k = Σ_p α_kp ReLU(g_kp), with g the gradient of the score over map A_k at place p and
    α_kp = g² / (2g² + g³ Σ_q A_kq). That is the paper's closed form for a score behind an exponential; its factor,
    which is the same for all places, is left out. A small thing that is there three times is seen three times.
    """

    paper: ClassVar[str] = (
        "Chattopadhay et al. 2018, Grad-CAM++: Generalized Gradient-based Visual Explanations for CNNs"
    )
    reading: ClassVar[str] = (
        "Like Grad-CAM it shows the regions whose patterns raise the score, and gives small or repeated things their "
        "weight, too. The map is coarse and shows only what speaks for the target."
    )
    misleads: ClassVar[str] = (
        "What speaks against the target is left out before it is added up, so regions may light up that matter little "
        "on balance."
    )
    cost: ClassVar[str] = "one pass there and back"

    def weighed(
        self, question: Question, about: Subject, score: Tensor, maps: list[Tensor], step: Step, show: Show
    ) -> list[Tensor]:
        slopes = torch.autograd.grad(score, maps, torch.ones_like(score))
        return [_weighed(slope.flatten(2), given) for slope, given in zip(slopes, maps, strict=True)]


def _weighed(slope: Tensor, given: Tensor) -> Tensor:
    """`slope` (1, channels, places), `given` (1, channels, *places) → (1, 1, *places)."""
    flat = given.flatten(2)
    below = (slope * flat.sum(2, keepdim=True)).add_(2)  # the formula with g² taken out; where g is 0 so is its part
    weights = slope.clamp(min=0).div_(below).nan_to_num_(posinf=0.0).sum(2)
    return (weights @ flat).view(1, 1, *given.shape[2:])
