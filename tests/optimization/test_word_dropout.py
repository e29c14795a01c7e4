"""WordDropout: what it hides, and what it leaves alone."""

from __future__ import annotations

import torch

from dlviz.core.values import Category, Image, Tokens
from dlviz.optimization.augmentations.word_dropout import WordDropout

INPUTS = {"text": Tokens(vocabulary=("<pad>", "<unk>", "a", "b"), length=6)}
TARGETS = {"label": Category(names=("x", "y"))}


def test_words_become_unknown_and_padding_stays() -> None:
    ids = torch.tensor([[2, 3, 2, 1, 0, 0]]).repeat(2000, 1)
    batch = {"text": ids, "label": torch.zeros(2000, dtype=torch.int64)}
    changed = WordDropout(p=0.25).apply(batch, INPUTS, TARGETS, torch.Generator().manual_seed(0))
    assert torch.equal(ids, torch.tensor([[2, 3, 2, 1, 0, 0]]).repeat(2000, 1)), "the old batch stays as it is"
    assert changed["label"] is batch["label"] and changed["text"].dtype == torch.int64
    hidden = changed["text"] != ids
    assert (changed["text"][hidden] == 1).all() and not hidden[:, 3:].any()
    assert 0.22 < hidden[:, :3].float().mean() < 0.28


def test_it_says_what_it_needs() -> None:
    assert WordDropout().why_not(INPUTS, TARGETS) is None
    why = WordDropout().why_not({"image": Image(channels=1, height=4, width=4)}, TARGETS)
    assert why == "WordDropout changes texts, and this data has none."
