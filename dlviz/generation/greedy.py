"""Greedy: the likeliest token each time, for many texts at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dlviz.datasets.answer_encoder import END_ID, START_ID
from dlviz.generation.answering import answering


@torch.no_grad()
def greedy(network: nn.Module, source: Tensor, length: int) -> Tensor:
    """What a network answers to texts (N, S): ids (N, length), the end last, then padding; an answer that does not end
    within `length` tokens is cut. `network` as in `answering`. It is left as it was, its mode too."""
    answers = source.new_zeros((len(source), length))
    if not len(source):
        return answers
    reader = answering(network, source, length)
    token = source.new_full((len(source),), START_ID)
    open_ = torch.ones_like(token, dtype=torch.bool)
    for step in range(length):
        token = allowed(reader.read(token)).argmax(1)
        answers[open_, step] = token[open_]
        open_ &= token != END_ID
        if not bool(open_.any()):
            break
    return answers


def allowed(logits: Tensor) -> Tensor:
    """The logits (…, V) with -∞ for what is never written: padding, the unknown token, the start."""
    shut = logits.float().clone()
    shut[..., :END_ID] = float("-inf")
    return shut
