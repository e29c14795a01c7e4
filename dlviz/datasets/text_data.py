"""Data from texts in memory: what TextTable, ToyText and others share. The input is called `text`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.core.values import Category
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.split import Index, Parts
from dlviz.datasets.suspicions import imbalance, repeated
from dlviz.datasets.tabular import Target
from dlviz.datasets.text_encoder import PAD_ID, UNKNOWN_ID, TextEncoder
from dlviz.datasets.tokenizer import NOUNS

#: The name of the input.
TEXT = "text"


@dataclass(frozen=True)
class KnownTexts:
    """What a source of texts gives under some settings and a seed; `rows` says where in it each text stands."""

    texts: NDArray[np.object_]
    target: Target
    rows: Index
    parts: Parts
    encoder: TextEncoder
    notes: tuple[str, ...]


def text_fields(encoder: TextEncoder, target: Target) -> Fields:
    return Fields({TEXT: encoder.kind_of_text()}, {_field(target): target.kind}, len(target.values))


def text_data(
    texts: NDArray[np.object_],
    target: Target,
    rows: Index,
    parts: Parts,
    encoder: TextEncoder,
    notes: Sequence[str] = (),
    suspicious: bool = True,
) -> Data:
    """The texts as `Data`: encoded, split as `parts` says, with warnings about what looks suspicious. `rows` says where
    in the source each text stands."""
    ids = encoder.encode(texts)
    answer = torch.from_numpy(target.values if target.labels is not None else target.values.astype(np.float32))

    def examples(index: Index) -> Examples:
        own = torch.from_numpy(index)
        return Examples({TEXT: ids[own], _field(target): answer[own]}, torch.from_numpy(rows[index]))

    found = list(notes)
    if suspicious:
        if target.labels is not None and isinstance(target.kind, Category):
            found += imbalance(target.labels, target.kind.names)
        found += repeated(list(zip(texts.tolist(), target.values.tolist(), strict=True)), parts, "texts")
        found += _unknown(ids, parts, NOUNS[encoder.tokenizer])
    return Data(
        fields=text_fields(encoder, target),
        train=examples(parts.train),
        validation=examples(parts.validation),
        test=examples(parts.test),
        encoders={TEXT: encoder},
        warnings=found,
    )


def _field(target: Target) -> str:
    return target.name if target.name != TEXT else "label"


def _unknown(ids: torch.Tensor, parts: Parts, noun: str) -> list[str]:
    """A sentence where much of the validation texts is unknown."""
    seen = ids[torch.from_numpy(parts.validation)]
    words = int((seen != PAD_ID).sum())
    share = int((seen == UNKNOWN_ID).sum()) / max(1, words)
    if share < 0.1:
        return []
    return [
        f"{share:.0%} of the {noun} in the validation texts are unknown: the training texts have them too rarely. More "
        "texts, a lower `min_count` or a larger `vocabulary_size` would help."
    ]
