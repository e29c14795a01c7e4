"""A look at texts: how long they are, which tokens they use most, and how the network reads one of them."""

from __future__ import annotations

import numpy as np
import torch

from dlviz.core.values import Category, Scalar, Tokens, Value
from dlviz.datasets.tokenizer import NOUNS, PAD_ID, UNKNOWN_ID, Tokenizing, visible

#: So many of the most frequent tokens are shown.
MOST = 20


def of_texts(kind: Tokens, ids: torch.Tensor, tokenizer: Tokenizing = "words") -> list[Value]:
    """Of training texts (N, length): their lengths, the share of each of the most frequent tokens, one text as ids."""
    noun = NOUNS[tokenizer]
    lengths = (ids != PAD_ID).sum(1).numpy()
    counts = torch.bincount(ids.flatten(), minlength=len(kind.vocabulary)).numpy()
    full, unknown = float((lengths == kind.length).mean()), counts[UNKNOWN_ID] / max(1, int(lengths.sum()))
    cut = f" {full:.0%} fill all {kind.length} that are read; what comes after is cut off." if full else ""
    span = f"From {lengths.min():,} to {lengths.max():,} {noun}, {np.median(lengths):g} in the middle.{cut}"
    order = np.argsort(-counts[2:], kind="stable")[:MOST] + 2
    names = tuple(visible(kind.vocabulary[number]) for number in order)
    place = {int(number): rank for rank, number in enumerate(order)}
    told = f"The vocabulary has {len(kind.vocabulary) - 2:,} {noun}; {unknown:.1%} of those read are unknown."
    frequent = np.array([place[n] for n in ids.flatten().tolist() if n in place], dtype=np.int64)
    return [
        Value(Scalar(unit=noun), lengths, "How long the texts are", span),
        Value(Category(names=names), frequent, f"The most frequent {noun}", told),
        _example(kind, ids, lengths, noun),
    ]


def _example(
    kind: Tokens, ids: torch.Tensor, lengths: np.ndarray[tuple[int, ...], np.dtype[np.int64]], noun: str
) -> Value:
    """A text of middling length, if possible with an unknown token."""
    unknown = (ids == UNKNOWN_ID).any(1).numpy()
    among = np.flatnonzero(unknown) if unknown.any() else np.arange(len(ids))
    middle = among[np.abs(lengths[among] - np.median(lengths)).argmin()]
    row = ids[int(middle) : int(middle) + 1]
    many = int((row == UNKNOWN_ID).sum())
    note = (
        f"A training text as the network reads it: {int(lengths[middle])} {noun} with their numbers, {many} unknown "
        f"({kind.vocabulary[UNKNOWN_ID]}), filled up to {kind.length} with {kind.vocabulary[PAD_ID]}."
    )
    return Value(kind, row.numpy(), "How a text is read", note)
