"""Entities as spans: where tags begin and end one, and how many were found exactly (precision, recall, F1).

As conlleval counts (Tjong Kim Sang & Buchholz 2000): an entity is right where its type and both its borders are. One
begins at B, and at an I whose word before is of no entity of its type.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import Metric


def marks_entities(names: tuple[str, ...]) -> bool:
    """Whether tags mark entities (O, B-…, I-…) rather than saying something of each word alone."""
    return len(names) > 1 and names[0] == "O" and all(name[:2] in ("B-", "I-") for name in names[1:])


def types_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """The types of entities, in the order of the tags."""
    return tuple(dict.fromkeys(name[2:] for name in names if name[:2] in ("B-", "I-")))


class Spans:
    """Finds the entities that tags of certain names mark."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.types = types_of(names)
        # a tag of -1, beyond the end of a sentence, takes the last entry of each
        self._type = torch.tensor(
            [self.types.index(name[2:]) if name[2:] in self.types else -1 for name in names] + [-1]
        )
        self._begins = torch.tensor([name.startswith("B-") for name in names] + [False])

    def marked(self, tags: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of tags (N, length): (whether an entity begins at a step, its type or -1, the step after its end)."""
        kind, begins = self._type.to(tags.device)[tags], self._begins.to(tags.device)[tags]
        before = torch.nn.functional.pad(kind, (1, 0), value=-1)[:, :-1]
        start = (kind >= 0) & (begins | (before != kind))
        length = tags.shape[1]
        place = torch.arange(length, device=tags.device).expand_as(tags)
        border = torch.where(start | (kind < 0), place, length)  # an entity that begins here ends at the next of these
        after = torch.nn.functional.pad(border, (0, 1), value=length)[:, 1:]
        return start, kind, after.flip(1).cummin(1).values.flip(1)

    def counts(self, predicted: Tensor, true: Tensor) -> Tensor:
        """(N, 3): of each sentence the entities found exactly, those predicted, those there are."""
        start, kind, end = self.marked(predicted)
        true_start, true_kind, true_end = self.marked(true)
        exact = start & true_start & (kind == true_kind) & (end == true_end)
        return torch.stack([found.sum(1) for found in (exact, start, true_start)], dim=1)


def f1(right: Tensor, predicted: Tensor, true: Tensor) -> Tensor:
    """2 · right / (predicted + true); 0 where there is none of either."""
    return 2 * right / (predicted + true).clamp(min=1)


class SpanMetric(Metric):
    """Entities found exactly, as a share; `update((N, length) predicted tags, (N, length) true tags)`."""

    full_state_update = False
    higher_is_better = True
    sums: Tensor

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.spans = Spans(names)
        self.add_state("sums", torch.zeros(3, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, predicted: Tensor, true: Tensor) -> None:
        self.sums = self.sums + self.spans.counts(predicted, true).sum(0)


class SpanF1(SpanMetric):
    """The harmonic mean of precision and recall, over the entities of all sentences and types together."""

    def compute(self) -> Tensor:
        return f1(*self.sums)


class SpanPrecision(SpanMetric):
    """Of the entities predicted, the share that is right."""

    def compute(self) -> Tensor:
        return self.sums[0] / self.sums[1].clamp(min=1)


class SpanRecall(SpanMetric):
    """Of the entities there are, the share found."""

    def compute(self) -> Tensor:
        return self.sums[0] / self.sums[2].clamp(min=1)
