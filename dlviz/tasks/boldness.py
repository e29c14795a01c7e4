"""Boldness: among how many tokens a language model wavers at each temperature."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Tokens, Value, Vector
from dlviz.generation.sampling import shaped
from dlviz.generation.write import FIRST
from dlviz.tasks.task import Networks, device_of

TEMPERATURES = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
#: So many texts are read, of at most so many tokens, so many steps of them looked at: it is drawn while it trains.
_TEXTS, _TOKENS, _STEPS = 4, 128, 256


@torch.no_grad()
def temperatures(networks: Networks, texts: Tensor, kind: Tokens) -> Value:
    """The mean of e^H over the steps of some texts (N, L), H the entropy in nats of what is drawn from at each
    temperature: 1 is always the same token, as many as may be written is blind chance."""
    ids = texts[:_TEXTS].to(device_of(networks))
    short = ids.clone()
    short[:, _TOKENS:] = 0  # networks may need their whole length; beyond the end nothing reaches back
    logits = networks["model"](short)[:, :_TOKENS][ids[:, :_TOKENS] != 0][:_STEPS].float()
    logits[:, :FIRST] = float("-inf")
    wavers = [float(torch.special.entr(shaped(logits, each)).sum(1).exp().mean()) for each in TEMPERATURES]
    names = tuple(f"at {each:g}" for each in TEMPERATURES)
    usual, boldest = wavers[TEMPERATURES.index(1.0)], wavers[-1]
    note = (
        f"Among how many of {len(kind.vocabulary) - FIRST:,} tokens it wavers at each temperature, on the mean: "
        f"{usual:.3g} at 1, as it learned, {wavers[0]:.3g} at {TEMPERATURES[0]:g}, {boldest:.3g} at "
        f"{TEMPERATURES[-1]:g}."
    )
    assert all(map(math.isfinite, wavers))
    return Value(Vector(names=names), np.asarray(wavers)[None], "How boldly it would write", note)
