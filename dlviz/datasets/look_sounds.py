"""A look at sounds: how long they are."""

from __future__ import annotations

import numpy as np
import torch

from dlviz.core.values import Audio, Scalar, Value

#: What is quieter is silence, with which a sound is filled up.
_SILENT = 1e-4


def of_sounds(kind: Audio, sounds: torch.Tensor) -> list[Value]:
    """Of training sounds (N, samples): how long something is heard in each."""
    places = torch.arange(1, kind.samples + 1)
    ends = [(places * (piece.abs() > _SILENT)).amax(1) for piece in sounds.split(256)]
    lasts = np.asarray(torch.cat(ends).double().numpy()) / kind.rate
    full = float((lasts >= 0.99 * kind.samples / kind.rate).mean())
    cut = f" {full:.0%} fill all {kind.samples / kind.rate:.3g} seconds; what came after is cut off." if full else ""
    span = f"From {lasts.min():.2f} to {lasts.max():.2f} seconds, {np.median(lasts):.2f} in the middle.{cut}"
    return [Value(Scalar(unit="s"), lasts, "How long the sounds last", span)]
