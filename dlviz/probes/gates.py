"""Gates: what an LSTM lets in, keeps and shows at each step of a chosen sequence; of a GRU its two gates."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from dlviz.core.frames import Frame, quantized, reach
from dlviz.core.values import Array
from dlviz.layers.recurrent import Recurrence
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Place, Scene
from dlviz.probes.states import STEPS, UNITS, longest, words_of
from dlviz.tasks.task import as_array

#: In the order in which they are drawn.
NAMES = {"LSTM": ("forget", "input", "output"), "GRU": ("reset", "update")}


class Gates(Probe):
    """The gates of an LSTM or GRU over the steps of one validation sequence, and the memory that they guard.

    torch does not give them, so they are computed from the weights, step by step: of the first of stacked layers, in
    reading order. Arrays: `<path>.gates` (gates, steps, units), u1, 0 to 1; `<path>.cell` (steps, units) of an LSTM,
    u1, symmetric about 0. `meta.nodes[path]`: `gates`, their names, and the ends of the cell.
    """

    def why_not(self, scene: Scene) -> str | None:
        if not _layers(scene):
            return "Only LSTM and GRU layers have gates, and this network has none of them."
        return None if scene.stage.chosen else "There are no validation examples to follow."

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        stage = scene.stage
        chosen = stage.keep("states.example", lambda: longest(scene))  # the one whose states are shown
        batch = stage.keep("states.batch", lambda: stage.validation([chosen]))
        given: dict[str, Tensor] = {}
        layers = stage.keep("gates.layers", lambda: _layers(scene))
        handles = [place.module.cell.register_forward_pre_hook(_keeps(given, place.path)) for place in layers]
        try:
            scene.task.forward(scene.networks, batch, scene.fields)
        finally:
            for handle in handles:
                handle.remove()
        arrays: dict[str, Array] = {}
        nodes: dict[str, Any] = {}
        for place in layers:
            if place.path not in given:
                continue
            gates, cell = walked(place.module.cell, given[place.path][:STEPS])
            nodes[place.path] = {"gates": list(NAMES[place.module.cell.mode]), "of": list(gates.shape)}
            arrays[f"{place.path}.gates"] = quantized(as_array(gates[:, :, :UNITS]), 0.0, 1.0)
            if cell is not None:
                kept = as_array(cell[:, :UNITS])
                high = reach(kept)
                nodes[place.path] |= {"low": -high, "high": high}
                arrays[f"{place.path}.cell"] = quantized(kept, -high, high)
        meta = {"nodes": nodes, "example": chosen, "tokens": words_of(scene, batch)}
        return scene.frame(self.name(), meta, arrays)


def walked(cell: nn.RNNBase, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """The gates (gates, steps, units) of a torch LSTM or GRU at the steps x (steps, features) in the order of `NAMES`,
    and of an LSTM its memory c (steps, units) after each: the formulas of torch's own documentation."""
    weights: dict[str, Any] = dict(cell.named_parameters())
    own, past = weights["weight_ih_l0"], weights["weight_hh_l0"]
    size = cell.hidden_size
    none = x.new_zeros(own.shape[0])
    from_x = x @ own.T + weights.get("bias_ih_l0", none)  # (steps, 3 or 4 · units)
    bias = weights.get("bias_hh_l0", none)
    h = c = x.new_zeros(size)
    gates, cells = [], []
    for now in from_x:
        before = h @ past.T + bias
        if cell.mode == "LSTM":
            let_in, keep, new, show = (now + before).split(size)
            i, f, o = let_in.sigmoid(), keep.sigmoid(), show.sigmoid()
            c = f * c + i * new.tanh()
            h = o * c.tanh()
            gates.append(torch.stack([f, i, o]))
            cells.append(c)
        else:
            (r, z, n), (r_past, z_past, n_past) = now.split(size), before.split(size)
            r, z = (r + r_past).sigmoid(), (z + z_past).sigmoid()
            h = (1 - z) * (n + r * n_past).tanh() + z * h
            gates.append(torch.stack([r, z]))
    return torch.stack(gates, dim=1), torch.stack(cells) if cells else None


def _layers(scene: Scene) -> list[Place]:
    return [
        place
        for place in scene.stage.places
        if isinstance(place.module, Recurrence) and place.module.cell.mode in NAMES
    ]


def _keeps(given: dict[str, Tensor], path: str) -> Any:
    def hook(module: nn.Module, arguments: tuple[Any, ...]) -> None:
        steps = arguments[0]
        given.setdefault(path, steps.data if isinstance(steps, PackedSequence) else steps[0])  # (steps, features)

    return hook
