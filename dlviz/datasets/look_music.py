"""A look at music: how high its notes are, which tokens it uses most, and how the network reads it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch

from dlviz.core.values import Category, Tokens, Value
from dlviz.datasets.music_encoder import MusicEncoder
from dlviz.datasets.music_tokens import BEGIN
from dlviz.datasets.score import pitch_name, pitch_of
from dlviz.datasets.tokenizer import UNKNOWN_ID

#: So many of the most frequent tokens are shown.
MOST = 20


def of_music(encoder: MusicEncoder, kind: Tokens, ids: torch.Tensor) -> list[Value]:
    """Of training windows (N, length): how often each pitch comes, the most frequent tokens, one window as ids."""
    counts = torch.bincount(ids.flatten(), minlength=len(kind.vocabulary)).numpy()
    pitches: Counter[int] = Counter()
    for token, many in zip(kind.vocabulary, counts.tolist(), strict=True):
        pitch = _pitch(token, encoder.form == "melody")
        if pitch is not None:
            pitches[pitch] += many
    low, high = min(pitches, default=60), max(pitches, default=60)
    names = tuple(pitch_name(pitch) for pitch in range(low, high + 1))
    heard = np.repeat(np.arange(len(names)), [pitches[low + place] for place in range(len(names))])
    usual = pitch_name(max(pitches, key=lambda pitch: pitches[pitch], default=60))
    span = f"From {names[0]} to {names[-1]}; most often {usual}."
    order = np.argsort(-counts[2:], kind="stable")[:MOST] + 2
    place_of = {int(number): rank for rank, number in enumerate(order)}
    frequent = np.array([place_of[n] for n in ids.flatten().tolist() if n in place_of], dtype=np.int64)
    unknown = counts[UNKNOWN_ID] / max(1, counts.sum())
    told = f"The vocabulary has {len(kind.vocabulary) - 2:,} tokens; {unknown:.1%} of those read are unknown."
    one = "a note and its length in quarter notes" if encoder.form == "melody" else "what one voice sings at a step"
    read = f"{kind.length} tokens as the network reads them, each with its number: {one}. {BEGIN} begins a piece."
    return [
        Value(Category(names=names), heard, "How often each pitch comes", span),
        Value(Category(names=tuple(kind.vocabulary[n] for n in order)), frequent, "The most frequent tokens", told),
        Value(kind, ids[:1].numpy(), "How music is read", read),
    ]


def _pitch(token: str, melody: bool) -> int | None:
    first, _, second = token.partition(":")
    return pitch_of(first if melody else second)
