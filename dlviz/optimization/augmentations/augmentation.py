"""What an augmentation part is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

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


class OneKind(Augmentation, abstract=True):
    """Changes every input of one kind, each in its own way, and leaves targets as they are."""

    #: The kind of value that it changes, and what people call several of them.
    changes: ClassVar[type[Kind]]
    called: ClassVar[str]

    def why_not(self, inputs: Mapping[str, Kind], targets: Mapping[str, Kind]) -> str | None:
        if any(isinstance(kind, self.changes) for kind in inputs.values()):
            return None
        return f"{self.kind()} changes {self.called}, and this data has none."

    def apply(
        self, batch: Batch, inputs: Mapping[str, Kind], targets: Mapping[str, Kind], random: torch.Generator
    ) -> Batch:
        changed = dict(batch)
        for name, kind in inputs.items():
            if isinstance(kind, self.changes):
                changed[name] = self.change(batch[name], random)
        return changed

    def change(self, column: Tensor, random: torch.Generator, /) -> Tensor:
        """New values made of `column` (N, …), which stay as they are."""
        raise NotImplementedError
