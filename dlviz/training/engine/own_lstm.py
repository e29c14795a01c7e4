"""Own LSTM: a network in which LSTMs learn by compiled code of our own. It shares every weight with the original."""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.rnn import PackedSequence

from dlviz.layers.recurrent import Recurrence
from dlviz.training.kernel import compiling

#: What may hold an LSTM: modules that only call others, so that a copy of them may stand beside the original.
_HOLDERS = (fx.GraphModule, nn.Sequential, Recurrence)
#: Units below which the blocks of the compiled code would hold mostly zeros, and rows of a batch below which it would
#: read its weights for too few. Measured: at 32 units and 32 rows it takes 0.65 of oneDNN's time, at 16 units 1.2, with
#: 4 rows 1.5.
LEAST_UNITS, LEAST_ROWS = 24, 8


class OwnLstm(nn.Module):
    """Is called as an `nn.LSTM` is, and does as it does, from a beginning of zeros; other calls go to the original."""

    def __init__(self, cell: nn.LSTM) -> None:
        """Raises where there is no compiled code."""
        super().__init__()
        self.cell = cell
        compiling.code()
        from dlviz.training.kernel.tiles import HALF

        self.rounds = HALF

    @property
    def bidirectional(self) -> bool:
        return self.cell.bidirectional

    def forward(
        self, x: Tensor | PackedSequence, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]:
        plain = isinstance(x, PackedSequence) or state is not None or not torch.is_grad_enabled()
        if plain or x.dim() != 3 or x.numel() == 0 or not x.is_floating_point():  # type: ignore[union-attr]
            found: tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]] = self.cell(x, state)
            return found
        assert isinstance(x, Tensor)
        from dlviz.training.kernel.lstm import Lstm

        cell, half = self.cell, self.rounds and torch.is_autocast_enabled("cpu")
        last: list[Tensor] = []
        cells: list[Tensor] = []
        for layer in range(cell.num_layers):
            if layer:
                x = nn.functional.dropout(x, cell.dropout, cell.training)
            found_steps = []
            for end in ("", "_reverse") if cell.bidirectional else ("",):
                names = [f"{name}_l{layer}{end}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
                weights = [getattr(cell, name, None) for name in names]
                steps, hidden, memory = Lstm.apply(x.flip(1) if end else x, *weights, half)
                found_steps.append(steps.flip(1) if end else steps)
                last.append(hidden)
                cells.append(memory)
            x = torch.cat(found_steps, dim=2) if len(found_steps) > 1 else found_steps[0]
        return x, (torch.stack(last), torch.stack(cells))


def own_lstm(network: nn.Module) -> nn.Module | None:
    """The same network with LSTMs of ours, for training; None where there is none that they can stand for."""
    found = _replaced(network)
    return None if found is network else found


def serves(cell: nn.Module) -> bool:
    """Whether the compiled code computes what this layer does, and is faster."""
    return (
        type(cell) is nn.LSTM
        and cell.batch_first
        and cell.proj_size == 0
        and cell.hidden_size >= LEAST_UNITS
        and all(weight.device.type == "cpu" and weight.dtype == torch.float32 for weight in cell.parameters())
    )


def _replaced(module: nn.Module) -> nn.Module:
    if isinstance(module, nn.LSTM) and serves(module):
        return OwnLstm(module)
    if not isinstance(module, _HOLDERS):
        return module
    parts = {name: _replaced(part) for name, part in module.named_children()}
    if all(parts[name] is part for name, part in module.named_children()):
        return module
    twin: nn.Module = object.__new__(type(module))  # of the same class: its code stands there
    twin.__dict__.update(module.__dict__)  # what is not replaced stays the very same
    twin.__dict__["_modules"] = parts
    return twin
