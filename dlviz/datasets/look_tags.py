"""A look at tagged sentences: some of them with their tags, and how often each kind of tag comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from dlviz.core.values import Category, Tags, Tokens, Value
from dlviz.datasets.data import Data


def telling(target: torch.Tensor, many: int) -> list[int]:
    """The first sentences in which a word has another tag than the first."""
    found: list[int] = (target > 0).any(1).nonzero()[:many, 0].tolist()
    return found or list(range(min(many, len(target))))


def with_words(data: Data, samples: Mapping[str, Value]) -> dict[str, Value]:
    """Samples whose tags know their words (`more["words"]`)."""
    (text, kind), *_ = data.fields.inputs.items()
    ids = samples[text].more.get("ids")
    if not isinstance(kind, Tokens) or ids is None:
        return dict(samples)
    words = np.asarray(kind.vocabulary, dtype=str)[ids]
    return {
        name: replace(value, more={**value.more, "words": words}) if isinstance(value.kind, Tags) else value
        for name, value in samples.items()
    }


def how_often(kind: Tags, target: torch.Tensor) -> Value:
    """How many entities of each type begin in the training part; of plain tags, how many words have each."""
    begins = [index for index, name in enumerate(kind.names) if name.startswith("B-")]
    chosen = begins or list(range(len(kind.names)))
    names = tuple(kind.names[index].removeprefix("B-") if begins else kind.names[index] for index in chosen)
    place = torch.full((len(kind.names) + 1,), -1)  # the last entry: beyond the end of a sentence
    place[torch.tensor(chosen)] = torch.arange(len(chosen))
    found = place[target].flatten()
    words = int((target >= 0).sum())
    plain = int((target == 0).sum()) / max(1, words)
    note = f"{int((found >= 0).sum()):,} in {words:,} words of the training part"
    note += f"; {plain:.0%} of the words are {kind.names[0]}, no part of any." if begins else "."
    title = "How often each kind of name comes" if begins else "How often each tag comes"
    return Value(Category(names=names), np.asarray(found[found >= 0].numpy()), title, note)
