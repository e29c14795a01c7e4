"""Data from sounds: what Fsdd, ToySounds and SoundFolder share. The input is called `sound`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from dlviz.core.values import Category
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.split import Index, Parts
from dlviz.datasets.suspicions import imbalance, repeated

#: The name of the input.
SOUND = "sound"


def audio_fields(encoder: AudioEncoder, target: str, names: tuple[str, ...], size: int | None) -> Fields:
    """One sound in, one class out."""
    return Fields({SOUND: encoder.kind_of_value()}, {target: Category(names=names)}, size)


def audio_data(
    sounds: NDArray[np.float32],
    labels: NDArray[np.int64],
    fields: Fields,
    parts: Parts,
    encoder: AudioEncoder,
    notes: Sequence[str] = (),
    suspicious: bool = True,
) -> Data:
    """Encoded sounds (N, samples) and class indices (N,) as `Data`, split as `parts` says."""
    (target, kind), *_ = fields.targets.items()
    assert isinstance(kind, Category)

    def examples(index: Index) -> Examples:
        columns = {SOUND: torch.from_numpy(sounds[index]), target: torch.from_numpy(labels[index])}
        return Examples(columns, torch.from_numpy(index))

    found = [*notes]
    if suspicious:
        found += imbalance(labels, kind.names)
        found += repeated([hashlib.blake2b(row, digest_size=16).digest() for row in sounds], parts, "sounds")
    return Data(
        fields=fields,
        train=examples(parts.train),
        validation=examples(parts.validation),
        test=examples(parts.test),
        encoders={SOUND: encoder},
        warnings=found,
    )
