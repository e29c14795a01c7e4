"""ScoreCam: shows the network only what one of its maps saw, for each map, and weighs the maps by what it then says."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Scalar, Series
from dlviz.explainers.batches import batches, even, measured_size
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.maps import MapMethod, Show
from dlviz.explainers.places import enlarged, laid_over, places_of
from dlviz.explainers.subject import HIDDEN, Baseline, Subject


class ScoreCam(MapMethod):
    """Enlarges each map of a convolution layer to a mask, asks what the network says of the input behind it, and adds
    up the maps with the softmax of those scores as their weights.

    map = ReLU(Σ_k α_k A_k), α = softmax(S), S_k = score(b + H_k (x - b)) - score(b), H_k the map from 0 to 1. The
    paper's b is a black picture. Scores in euros or degrees are taken in units of their own spread, for the softmax of
    large numbers is 1 for the largest and 0 for the rest. No gradient is asked for what a map is worth.
    """

    paper: ClassVar[str] = "Wang et al. 2020, Score-CAM: Score-Weighted Visual Explanations for CNNs, arXiv:1910.01279"
    reading: ClassVar[str] = (
        "It shows the regions that, left alone, keep the score high: the network was asked about the input seen "
        "through each of a layer's maps. The map is coarse and shows only what speaks for the target."
    )
    misleads: ClassVar[str] = (
        "A map that is bright everywhere lets the whole input through, keeps the score high and weighs most, though it "
        "says nothing about where; and where no map changes the score much, one sees merely where the layer is active."
    )
    cost: ClassVar[str] = "one answer for each map of the layer"
    trusted: ClassVar[bool] = False

    baseline: Baseline = setting("auto", f"What is seen where a map is dark. {HIDDEN}")

    def weighed(
        self, question: Question, about: Subject, score: Tensor, maps: list[Tensor], step: Step, show: Show
    ) -> list[Tensor]:
        given = [one.detach() for one in maps]
        masks = torch.cat([_masks(one, about) for one in given])
        # how much higher the score is of the input behind each mask; none for a map that was not asked about yet
        gained = torch.full((len(masks),), -torch.inf, dtype=torch.float64)
        in_units = any(isinstance(kind, Scalar | Series) for kind in question.data.fields.targets.values())

        def sums() -> list[Tensor]:
            scale = gained[gained.isfinite()].std(correction=0).clamp(min=1e-12) if in_units else 1.0
            weights = (gained / scale).softmax(0).to(about.x).split([one.shape[1] for one in given])
            return [
                (weight @ one[0].flatten(1)).view(1, 1, *one.shape[2:])
                for weight, one in zip(weights, given, strict=True)
            ]  # fmt: skip

        start = about.baseline(self.baseline)
        # the baseline goes with the first batch, as the input behind a mask that is dark everywhere
        masks = torch.cat([torch.zeros_like(masks[:1]), masks])
        scores = torch.empty(len(masks), dtype=torch.float64)
        for part in batches(len(masks), even(len(masks), measured_size(about.score, about.x[0]))):
            mixed = torch.lerp(start, about.x, laid_over(masks[part], about))
            scores[part] = about.score(mixed).double()
            gained[: part.stop - 1] = scores[1 : part.stop] - scores[0]
            step(part.stop / (len(masks) + 1), 1)
            show(sums)
        return sums()


def _masks(maps: Tensor, about: Subject) -> Tensor:
    """Maps (1, K, *their places) enlarged to the input's, each from 0 to 1 (K, *places); a flat one is dark."""
    large = enlarged(maps, places_of(about))[0]
    flat = large.flatten(1)
    low, high = flat.amin(1, keepdim=True), flat.amax(1, keepdim=True)
    return ((flat - low) / (high - low).clamp(min=1e-12)).view_as(large)
