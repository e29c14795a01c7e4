"""Class targets as probabilities."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def soft(target: Tensor, classes: int) -> Tensor:
    """Class indices (N,) as probabilities (N, classes); what is soft already stays."""
    return target if target.is_floating_point() else F.one_hot(target, classes).float()
