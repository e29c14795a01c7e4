"""Many numbers an example as points of the plane, turned so that a cloud does not flip from one moment to the next."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array

#: Up to so many directions all are worked out; of more only the strongest, by subspace iteration.
_ALL = 200
_ROUNDS, _KEPT = 8, 24


@torch.no_grad()
def principal(rows: Tensor) -> tuple[Array, float]:
    """Rows (N, numbers) along the two directions in which they vary most, (N, 2), and the share of the variance that
    these show. Many directions: subspace iteration (Halko, Martinsson & Tropp 2011), the same for the same rows."""
    centred = rows.float() - rows.float().mean(0)
    whole = float(centred.double().square().sum())
    few = min(centred.shape)
    if not whole or not few:
        return np.zeros((len(rows), 2)), 1.0
    if few <= _ALL:
        points = _strongest(centred)
    else:
        start = torch.randn(centred.shape[1], _KEPT, generator=torch.Generator().manual_seed(0)).to(centred)
        for _ in range(_ROUNDS):
            start = torch.linalg.qr(centred.T @ (centred @ start))[0]
        points = _strongest(centred @ start)
    found = np.zeros((len(rows), 2))
    found[:, : points.shape[1]] = points.cpu().double().numpy()
    return found, min(1.0, float((found**2).sum()) / whole)


def _strongest(centred: Tensor) -> Tensor:
    """(N, up to 2): rows along their strongest directions."""
    if centred.shape[0] < centred.shape[1]:
        strength, left = torch.linalg.eigh(centred @ centred.T)
        found: Tensor = left[:, -2:].flip(1) * strength[-2:].flip(0).clamp(min=0).sqrt()
    else:
        _, directions = torch.linalg.eigh(centred.T @ centred)
        found = centred @ directions[:, -2:].flip(1)
    return found


def turned(points: Array, before: Array) -> Array:
    """Points (N, 2) turned and mirrored, as a whole, to lie as near as can be to where they were before: orthogonal
    Procrustes (Schönemann 1966). Distances between them stay as they are."""
    if points.shape != before.shape or not np.isfinite(before).all() or not np.isfinite(points).all():
        return points
    left, _, right = np.linalg.svd(points.T @ (before - before.mean(0)))
    return np.asarray(points @ (left @ right))
