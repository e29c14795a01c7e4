"""GRU: the gated recurrent unit."""

from __future__ import annotations

from typing import ClassVar

from dlviz.layers.recurrent import Recurrent


class GRU(Recurrent):
    """Walks along a sequence; two gates mix the old state with the new one.

    An LSTM made simpler: three quarters of its weights, no second memory, mostly as good. A first choice on small data.
    """

    formula: ClassVar[str] = "hₜ = (1 - z) ⊙ n + z ⊙ hₜ₋₁,  with r, z = σ(W x + U h + b), n = tanh(W x + r ⊙ U h + b)"
    paper: ClassVar[str] = "Cho et al., Learning phrase representations using RNN encoder-decoder (2014)"
