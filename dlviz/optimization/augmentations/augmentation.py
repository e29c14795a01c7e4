"""What an augmentation part is."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from dlviz.core.part import Part
from dlviz.core.values import Kind
from dlviz.datasets.data import Batch


class Augmentation(Part, family="augmentations"):
    """New training examples made of old ones, a whole batch at a time, on the batch's own device."""

    def why_not(self, inputs: Mapping[str, Kind], targets: Mapping[str, Kind]) -> str | None:
        """Why it cannot serve such data, in a sentence; None: it can."""
        return None

    def apply(
        self, batch: Batch, inputs: Mapping[str, Kind], targets: Mapping[str, Kind], random: torch.Generator
    ) -> Batch:
        """A new batch; the old one stays as it is. All chance comes from `random`."""
        raise NotImplementedError
