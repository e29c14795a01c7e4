"""MixUp: examples laid over one another, and their targets too."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from dlviz.core.setting import setting
from dlviz.core.values import Category, Image, Kind, Scalar, Series, Vector
from dlviz.datasets.data import Batch
from dlviz.optimization.augmentations.augmentation import Augmentation
from dlviz.optimization.soft import soft


class MixUp(Augmentation):
    """Lays each example over another: 70 % of a cat and 30 % of a dog, to be called 70 % cat and 30 % dog.

    One mixing share λ from Beta(alpha, alpha) for each batch. Zhang et al. 2018.
    """

    alpha: float = setting(
        0.2, "Small: one of the two nearly always dominates; 1: every share is equally likely.", gt=0.01, le=10
    )

    def why_not(self, inputs: Mapping[str, Kind], targets: Mapping[str, Kind]) -> str | None:
        kinds = [*inputs.values(), *targets.values()]
        bad = [kind.kind() for kind in kinds if not isinstance(kind, (Image, Vector, Series, Scalar, Category))]
        return f"MixUp needs data that can be averaged, which {bad[0]} cannot." if bad else None

    def apply(
        self, batch: Batch, inputs: Mapping[str, Kind], targets: Mapping[str, Kind], random: torch.Generator
    ) -> Batch:
        changed = dict(batch)
        count = len(next(iter(batch.values())))
        # a Beta number is one Gamma number's share of two; torch.distributions would not take our generator
        gamma = torch._standard_gamma(
            torch.full((2,), self.alpha, dtype=torch.float64, device=random.device), generator=random
        )
        share = float(torch.nan_to_num(gamma[0] / gamma.sum(), nan=0.5))
        order = torch.randperm(count, generator=random, device=random.device)
        for name, kind in {**inputs, **targets}.items():
            column = soft(batch[name], len(kind.names)) if isinstance(kind, Category) else batch[name]
            changed[name] = share * column + (1 - share) * column[order.to(column.device)]
        return changed
