"""A network of which only its answers can be had: no layer of it can be seen, no gradient passes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from dlviz.foreign.runner import Runner


class BlackBox(nn.Module):
    """Asks a runner. x (N, …) → its answers as float32."""

    def __init__(self, runner: Runner, dtype: str) -> None:
        super().__init__()
        self.runner, self.dtype = runner, np.dtype(dtype)

    def forward(self, x: Tensor) -> Tensor:
        found = self.runner(x.detach().cpu().numpy().astype(self.dtype, copy=False))
        return torch.from_numpy(np.array(found, dtype=np.float32))
