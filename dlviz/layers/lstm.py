"""LSTM: long short-term memory."""

from __future__ import annotations

from typing import ClassVar

from dlviz.layers.recurrent import Recurrent


class LSTM(Recurrent):
    """Walks along a sequence with a memory that gates guard: what to forget, what to write, what to show.

    The memory c is changed by adding, so a gradient reaches far back. The usual recurrent layer for text, sound and
    series; it works one step after the other, so long sequences are slow.
    """

    formula: ClassVar[str] = "cₜ = f ⊙ cₜ₋₁ + i ⊙ g,  hₜ = o ⊙ tanh(cₜ),  with f, i, o = σ(W x + U h + b), g = tanh(…)"
    paper: ClassVar[str] = "Hochreiter & Schmidhuber, Long short-term memory (1997)"
