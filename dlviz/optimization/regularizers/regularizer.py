"""What a regularizer part is: two hooks, of which each overrides one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from dlviz.core.part import Part
from dlviz.core.values import Kind
from dlviz.datasets.data import Batch


class Regularizer(Part, family="regularizers"):
    """What keeps a network from learning its examples by heart."""

    def why_not(self, inputs: Mapping[str, Kind], targets: Mapping[str, Kind]) -> str | None:
        """Why it cannot serve such data, in a sentence; None: it can."""
        return None

    def gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Change the gradients in place, after backward and before the step. (Adding λw to the gradient of w is
        the same as adding λ/2·w² to the loss, without a second graph.)"""

    def batch(self, batch: Batch, targets: Mapping[str, Kind], random: torch.Generator) -> Batch:
        """The training batch with softened targets, say; validation and test never pass here."""
        return batch
