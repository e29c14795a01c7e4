"""States: what recurrent layers remember after each step of a chosen sequence, and where attention looks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from dlviz.core.frames import Frame, quantized, reach
from dlviz.core.values import Array, Tokens
from dlviz.layers.recurrent import Recurrence
from dlviz.network.places import attending
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Place, Scene
from dlviz.tasks.task import as_array

#: Steps, numbers of a state, and heads that are drawn at most.
STEPS, UNITS, HEADS = 100, 64, 8


class States(Probe):
    """Hidden states over the steps of one validation sequence, and the attention of each head.

    Arrays: `<path>.states` (steps, units), u1, symmetric about 0 with its ends in `meta.nodes[path]`; padded steps are
    left out where the layer has a mask. `<path>.attention` (heads, queries, keys), u1, 0 to 1. `meta.example`: its
    number in the validation part; `meta.tokens`: its words, where it has some.
    """

    def why_not(self, scene: Scene) -> str | None:
        if not self._layers(scene):
            return "Only recurrent layers have states, only attention has heads, and this network has neither."
        return None if scene.stage.chosen else "There are no validation examples to follow."

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        stage = scene.stage
        chosen = stage.keep("states.example", lambda: longest(scene))
        batch = stage.keep("states.batch", lambda: stage.validation([chosen]))
        heard: dict[str, Tensor] = {}
        handles = [
            place.module.cell.register_forward_hook(_keeps(heard, place.path))
            for place in stage.keep("states.layers", lambda: self._layers(scene))
            if isinstance(place.module, Recurrence)
        ]
        try:
            with scene.listening(attention=True) as passing:
                scene.task.forward(scene.networks, batch, scene.fields)
        finally:
            for handle in handles:
                handle.remove()
        arrays: dict[str, Array] = {}
        nodes: dict[str, Any] = {}
        for path, steps in heard.items():
            numbers = as_array(steps[:STEPS, :UNITS])
            high = reach(numbers)
            arrays[f"{path}.states"] = quantized(numbers, -high, high)
            nodes[path] = {"low": -high, "high": high, "of": list(steps.shape)}
        for path, weights in passing.attention.items():
            arrays[f"{path}.attention"] = quantized(as_array(weights[0, :HEADS, :STEPS, :STEPS]), 0.0, 1.0)
            nodes.setdefault(path, {})["heads"] = weights.shape[1]
        meta = {"nodes": nodes, "example": chosen, "tokens": words_of(scene, batch)}
        return scene.frame(self.name(), meta, arrays)

    def _layers(self, scene: Scene) -> list[Place]:
        return [
            place for place in scene.stage.places if isinstance(place.module, Recurrence) or attending(place.module)
        ]


def _keeps(heard: dict[str, Tensor], path: str) -> Any:
    def hook(module: nn.Module, arguments: tuple[Any, ...], output: tuple[Any, ...]) -> None:
        steps = output[0]
        heard.setdefault(path, steps.data if isinstance(steps, PackedSequence) else steps[0])  # (steps, units)

    return hook


def longest(scene: Scene) -> int:
    """The one of the chosen examples with the most words; the first where they are no texts."""
    name, kind = next(iter(scene.fields.inputs.items()))
    if not isinstance(kind, Tokens):
        return scene.stage.chosen[0]
    lengths = (scene.stage.validation(scene.stage.chosen)[name] != 0).sum(1)
    return scene.stage.chosen[int(lengths.argmax())]


def words_of(scene: Scene, batch: dict[str, Tensor]) -> list[str]:
    """The words of the one text in a batch, as far as it is drawn; none where it is no text."""
    name, kind = next(iter(scene.fields.inputs.items()))
    if not isinstance(kind, Tokens):
        return []
    return [kind.vocabulary[each] for each in batch[name][0, :STEPS].tolist() if 0 < each < len(kind.vocabulary)]
