"""GradCam: where in the input the last convolution saw what speaks for the target."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.maps import MapMethod, Show
from dlviz.explainers.subject import Subject

#: The share of a map's slopes that their mean over places must leave for the mean to stand for them: 1 behind a global
#: mean or maximum; .2 to .45 where Flatten and Linear follow, of whose answers trials bore out 32 of 48 (31 of 36).
_LEFT = 0.7


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
        self, question: Question, about: Subject, score: Tensor, maps: list[Tensor], step: Step, show: Show
    ) -> list[Tensor]:
        slopes = torch.autograd.grad(score, maps, torch.ones_like(score))
        return [
            (slope.flatten(2).mean(2) @ given.flatten(2)).view(1, 1, *given.shape[2:])
            for slope, given in zip(slopes, maps, strict=True)
        ]

    def blurred(self, score: Tensor, maps: list[Tensor]) -> str | None:
        slopes = [slope.flatten(2) for slope in torch.autograd.grad(score.sum(), maps, retain_graph=True)]
        whole = sum(float(slope.abs().sum()) for slope in slopes)
        left = sum(float(slope.sum(2).abs().sum()) for slope in slopes)
        if whole and left / whole < _LEFT:
            return (
                "Behind its last convolution this network weighs each place by itself, as Flatten and Linear do, so "
                "the mean over places, by which Grad-CAM weighs a map, says little. It was made for networks that end "
                "in a global mean."
            )
        return super().blurred(score, maps)
