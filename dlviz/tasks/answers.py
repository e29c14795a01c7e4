"""Answers: how written texts are measured against those that were wanted.

BLEU (Papineni et al. 2002) by sacrebleu, its usual tokenization: how many runs of one to four words stand in the wanted
text, too, with a penalty for texts that are too short; 0 to 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric

from dlviz.core.values import Array, Tokens
from dlviz.datasets.answer_encoder import own_tokens
from dlviz.datasets.bpe import SPACE
from dlviz.datasets.bpe import joined as pieces
from dlviz.datasets.words import joined as words
from dlviz.tasks.token_metrics import TokenMean

#: Before the ids of the answer: what stands in a row of a task's outputs. The sums of a text's loss in nats, of its
#: tokens said right, of its tokens; 1 where all of them are right.
LOSS, RIGHT, TOKENS, WHOLE, IDS = range(5)


def text_of(kind: Tokens, ids: Sequence[int]) -> str:
    """An answer as it reads. Single characters without a space among them are words of their own."""
    tokens = [kind.vocabulary[number] for number in own_tokens(ids)]
    if _has(kind.vocabulary, SPACE):
        return pieces(tokens).strip()
    return "".join(tokens) if " " in kind.vocabulary else words(tokens)


@cache
def _has(vocabulary: tuple[str, ...], mark: str) -> bool:
    return any(token.startswith(mark) for token in vocabulary)


def is_translation(kind: Tokens) -> bool:
    """Whether the answers have words: of single signs, such as digits, it tells more how many are right as a whole."""
    return " " in kind.vocabulary or any(len(token) > 1 for token in kind.vocabulary[4:])


@cache
def _bleu() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU()


def counted(written: Sequence[str], wanted: Sequence[str]) -> Array:
    """(N, 10): of each text, of one to four words in a row, how many are right, how many there are; then how many words
    it has, and how many are wanted. BLEU follows from their sums."""
    rows = []
    for own, true in zip(written, wanted, strict=True):
        score = _bleu().corpus_score([own], [[true]])
        rows.append([*score.counts, *score.totals, score.sys_len, score.ref_len])
    return np.array(rows, dtype=float).reshape(-1, 10)


def bleu(sums: Array) -> Array:
    """BLEU (…,) of summed counts (…, 10), smoothed as sacrebleu does: the k-th order without a match counts 1/2^k."""
    right, of, own, true = sums[..., :4], sums[..., 4:8], sums[..., 8], sums[..., 9]
    halvings = np.cumsum((right == 0) & (of > 0), axis=-1)
    smoothed = np.where(right > 0, right, 0.5**halvings)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(of > 0, smoothed / of, 0.0)).mean(-1)
        short = np.where(own > 0, np.minimum(0, 1 - true / own), -np.inf)
    found: Array = 100 * np.exp(logs + short) * (right.sum(-1) > 0)
    return found


class Bleu(Metric):
    """BLEU of the answers that were written; `update((N, 4 + L) outputs, (N, L) wanted ids)`. Without any: NaN."""

    full_state_update = False
    higher_is_better = True
    while_training = False  # nothing is written there
    sums: Tensor

    def __init__(self, kind: Tokens) -> None:
        super().__init__()
        self.kind = kind
        self.add_state("sums", torch.zeros(10, dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, outputs: Tensor, wanted: Tensor) -> None:
        rows = were_written(outputs)
        if len(rows):
            own = counted(*(self._texts(ids) for ids in (outputs[rows, IDS:].long(), wanted[rows])))
            self.sums = self.sums + torch.from_numpy(own.sum(0)).to(self.sums.device)

    def _texts(self, ids: Tensor) -> list[str]:
        return [text_of(self.kind, row) for row in ids.tolist()]

    def compute(self) -> Tensor:
        if not float(self.sums[9]):
            return torch.tensor(float("nan"))
        return torch.tensor(float(bleu(self.sums.cpu().numpy())))


class ExactMatch(TokenMean):
    """The share of texts of which every token is right: just those are written right by taking the likeliest token each
    time. `update((N, 4 + L) outputs, …)`."""

    higher_is_better = True
    column = WHOLE

    def update(self, sums: Tensor, tokens: Tensor) -> None:
        super().update(sums, torch.ones(len(sums)))


class Said(TokenMean):
    """The share of tokens that the network, shown the true ones before, held for the likeliest."""

    higher_is_better = True
    column = RIGHT

    def update(self, sums: Tensor, tokens: Tensor) -> None:
        super().update(sums, sums[:, TOKENS])


def were_written(outputs: Tensor) -> Tensor:
    """Which rows of a task's outputs hold an answer."""
    return (outputs[:, IDS] > 0).nonzero()[:, 0]
