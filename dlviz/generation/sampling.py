"""Sampling: from logits to the token that is written next."""

from __future__ import annotations

import torch
from torch import Tensor


def shaped(logits: Tensor, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> Tensor:
    """The probabilities (…, V) from which the next token is drawn, of logits (…, V).

    `temperature` divides the logits: below 1 the likely become likelier, at 0 only the likeliest is left. `top_k`: only
    so many of the likeliest are kept, 0 keeps all (Fan et al. 2018). `top_p`: only the fewest that together have this
    probability (Holtzman et al. 2020).
    """
    if temperature <= 0:
        return torch.zeros_like(logits).scatter_(-1, logits.argmax(-1, keepdim=True), 1.0)
    scaled = logits.float() / temperature
    if 0 < top_k < scaled.shape[-1]:
        least = scaled.topk(top_k, dim=-1).values[..., -1:]
        scaled = scaled.masked_fill(scaled < least, float("-inf"))
    probabilities = scaled.softmax(-1)
    if top_p < 1:
        ordered, places = probabilities.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(-1) - ordered  # what the likelier ones have together; the first is always kept
        kept = torch.zeros_like(probabilities).scatter_(-1, places, ordered.masked_fill(before >= max(top_p, 0.0), 0.0))
        kept = torch.where(kept.sum(-1, keepdim=True) > 0, kept, shaped(logits, 0.0))
        probabilities = kept / kept.sum(-1, keepdim=True)
    return probabilities


def drawn(probabilities: Tensor, random: torch.Generator | None = None) -> Tensor:
    """One token id (…,) for each row of probabilities (…, V)."""
    rows = probabilities.reshape(-1, probabilities.shape[-1]).cpu()
    ids = torch.multinomial(rows, 1, generator=random)[:, 0]
    return ids.reshape(probabilities.shape[:-1]).to(probabilities.device)
