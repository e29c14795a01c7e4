"""ONNX's recurrent layers as torch's: gates stand in another order there."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from dlviz.foreign.onnx_turn import Turn, converts
from dlviz.foreign.weighted import Unsupported

#: Where torch's gates stand among ONNX's: input, forget, cell, output of (i, o, f, c); reset, update, new of (z, r, h).
_ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
_TORCH: dict[str, Any] = {"LSTM": nn.LSTM, "GRU": nn.GRU, "RNN": nn.RNN}


class Recurrence(nn.Module):
    """x (steps, N, inputs), with beginnings (directions, N, units) where there are any → all states (steps, directions,
    N, units), the last ones, of an LSTM its last cells."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, state: Tensor | None = None, cell: Tensor | None = None) -> tuple[Tensor, ...]:
        begins: Any = state
        if isinstance(self.layer, nn.LSTM) and state is not None:
            begins = (state, torch.zeros_like(state) if cell is None else cell)
        found, last = self.layer(x, begins)
        steps, count = found.shape[:2]
        states = found.reshape(steps, count, 2 if self.layer.bidirectional else 1, -1).permute(0, 2, 1, 3)
        return (states, *last) if isinstance(last, tuple) else (states, last)


@converts("LSTM", "GRU", "RNN")
def _recurrent(turn: Turn) -> None:
    direction, units = turn.word("direction", "forward"), turn.whole("hidden_size", 0)
    weights, among = turn.weight(1, "weights"), turn.weight(2, "weights")
    if direction == "reverse" or turn.whole("layout", 0) or "clip" in turn.attributes:
        raise Unsupported(f"its {turn.kind} runs backwards, cuts off, or has its examples first")
    if "activations" in turn.attributes or turn.has(4) or turn.has(7):
        raise Unsupported(f"its {turn.kind} has other activations than usual, lengths or peepholes")
    if turn.kind == "GRU" and not turn.whole("linear_before_reset", 0):
        raise Unsupported("its GRU resets before it multiplies: export with linear_before_reset=1, as torch does")
    biases = turn.weight(3, "biases") if turn.has(3) else torch.zeros(len(weights), 2 * weights.shape[1])
    layer = _TORCH[turn.kind](weights.shape[2], units, bidirectional=len(weights) == 2, device="meta")
    order = _ORDER[turn.kind]
    for number in range(len(weights)):
        end = "_l0" + ("_reverse" if number else "")
        first, second = biases[number].chunk(2)
        for name, given in (("weight_ih", weights[number]), ("weight_hh", among[number]), ("bias_ih", first),
                            ("bias_hh", second)):  # fmt: skip
            gates = given.chunk(len(order))
            ordered = torch.cat([gates[at] for at in order]).clone().float()
            if ordered.shape != getattr(layer, name + end).shape:
                raise Unsupported(f"a {turn.kind} whose weights do not fit it")
            setattr(layer, name + end, nn.Parameter(ordered, requires_grad=False))
    begins = [turn.takes[at] if turn.has(at) else "" for at in (5, 6)]
    turn.add(Recurrence(layer), [turn.takes[0], *begins[: 2 if turn.kind == "LSTM" else 1]])
