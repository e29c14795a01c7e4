"""GradCam: where in the input the last convolution saw what speaks for the target."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.maps import MapMethod
from dlviz.explainers.subject import Subject


class GradCam(MapMethod):
    """Weighs the maps of a convolution layer by how much the score would rise with each, and adds them up.

    map = ReLU(Σ_k α_k A_k), α_k the mean gradient of the score over map A_k; enlarged to the input, and shared evenly
    by its channels. It is as coarse as the layer's maps are. Over texts, series and sounds it is the same along steps.
    """

    paper: ClassVar[str] = "Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks, arXiv:1610.02391"
    reading: ClassVar[str] = (
        "It shows the regions whose patterns, as the chosen layer sees them, raise the score. The map is coarse: "
        "it says where, not which pixels, and it shows only what speaks for the target."
    )
    misleads: ClassVar[str] = (
        "Where several things speak for the target, the map may show one of them or the place between them; in early "
        "layers it says little about the decision."
    )
    cost: ClassVar[str] = "one pass there and back"

    def weighed(
        self, question: Question, about: Subject, score: Tensor, maps: list[Tensor], step: Step
    ) -> list[Tensor]:
        slopes = torch.autograd.grad(score.sum(), maps)
        return [
            (slope.flatten(2).mean(2) @ given.flatten(2)).view(1, 1, *given.shape[2:])
            for slope, given in zip(slopes, maps, strict=True)
        ]
