"""GradientClipping: no step is larger than a bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from dlviz.core.setting import setting
from dlviz.optimization.regularizers.regularizer import Regularizer


class GradientClipping(Regularizer):
    """Shortens gradients that are too long, so that one bad batch cannot throw the network off.

    Regularizers act in the order of the list: put this one last, and it bounds what the others add, too.
    Pascanu, Mikolov & Bengio 2013.
    """

    by: Literal["norm", "value"] = setting(
        "norm", "`norm`: shorten the whole gradient and keep its direction; `value`: cut each number by itself."
    )
    limit: float = setting(
        1.0, "The length, or the size of each number, that is allowed. Less: safer and slower.", gt=0, le=1e6,
        widget="log",
    )  # fmt: skip

    def gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        if self.by == "norm":
            clip_grad_norm_(parameters, self.limit, foreach=True)
        else:
            clip_grad_value_(parameters, self.limit, foreach=True)
