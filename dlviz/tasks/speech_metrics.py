"""How much of what was said was heard wrongly, by jiwer."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torchmetrics import Metric

from dlviz.core.values import Array, Tokens

Unit = Literal["words", "characters"]


def text_of(ids: Tensor | Array | list[int], kind: Tokens) -> str:
    """The text of symbol ids without padding: letters as they follow each other where the vocabulary has a space, else
    words with a space between."""
    between = "" if " " in kind.vocabulary else " "
    return between.join(kind.vocabulary[int(number)] for number in ids if int(number) != 0)


def texts_of(ids: Tensor, kind: Tokens) -> list[str]:
    """The same for each row of (N, length)."""
    return [text_of(row, kind) for row in ids.tolist()]


def errors(true: str, heard: str, unit: Unit) -> tuple[int, int]:
    """(how many words or characters must be exchanged, taken out or put in to make the true text of what was heard,
    how many the true text has)."""
    import jiwer

    if not true.strip():
        return len(heard.split() if unit == "words" else heard), 0
    found = (jiwer.process_words if unit == "words" else jiwer.process_characters)(true, heard)
    return found.substitutions + found.deletions + found.insertions, found.hits + found.substitutions + found.deletions


class ErrorRate(Metric):
    """Errors over all texts as a share of all their words or characters: WER, CER. `update((N, T), (N, length))` takes
    the ids that were heard and the true ones."""

    full_state_update = False
    higher_is_better = False
    wrong: Tensor
    total: Tensor

    def __init__(self, kind: Tokens, unit: Unit) -> None:
        super().__init__()
        self.kind, self.unit = kind, unit
        self.add_state("wrong", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("total", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, heard: Tensor, true: Tensor) -> None:
        pairs = zip(texts_of(true, self.kind), texts_of(heard, self.kind), strict=True)
        counts = torch.tensor([errors(*pair, self.unit) for pair in pairs], dtype=torch.float64).reshape(-1, 2)
        self.wrong = self.wrong + counts[:, 0].sum().to(self.wrong.device)
        self.total = self.total + counts[:, 1].sum().to(self.total.device)

    def compute(self) -> Tensor:
        return self.wrong / self.total.clamp(min=1)
