"""RNN: the plain recurrent layer."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlviz.core.setting import setting
from dlviz.layers.recurrent import Recurrent


class RNN(Recurrent):
    """Walks along a sequence and carries one state of numbers from step to step.

    The simplest layer with a memory, and a forgetful one: over more than a dozen steps its gradient fades or explodes.
    To see why LSTM and GRU were made, and for short sequences.
    """

    formula: ClassVar[str] = "hₜ = tanh(W xₜ + U hₜ₋₁ + b)"
    paper: ClassVar[str] = "Elman, Finding structure in time (1990)"

    nonlinearity: Literal["tanh", "relu"] = setting(
        "tanh", "What bends the sum. `relu` can grow without bound over many steps.", advanced=True
    )
