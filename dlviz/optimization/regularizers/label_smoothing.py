"""LabelSmoothing: the network is not asked to be quite sure."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from dlviz.core.setting import setting
from dlviz.core.values import Category, Kind
from dlviz.datasets.data import Batch
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.optimization.soft import soft


class LabelSmoothing(Regularizer):
    """Asks for a little less than certainty: the true class gets 1 - amount, and `amount` is shared by all classes.

    So the logits need not grow without end. Szegedy et al. 2016.
    """

    amount: float = setting(0.1, "How much is taken from the true class. More: less sure answers.", ge=0, lt=1)

    def why_not(self, inputs: Mapping[str, Kind], targets: Mapping[str, Kind]) -> str | None:
        if any(isinstance(kind, Category) for kind in targets.values()):
            return None
        return "LabelSmoothing softens classes, and this target is none."

    def batch(self, batch: Batch, targets: Mapping[str, Kind], random: torch.Generator) -> Batch:
        changed = dict(batch)
        for name, kind in targets.items():
            if isinstance(kind, Category):
                classes = len(kind.names)
                changed[name] = soft(batch[name], classes) * (1 - self.amount) + self.amount / classes
        return changed
