"""Reach: how far back along a sequence the gradient of the loss comes."""

from __future__ import annotations

from typing import Any

import torch

from dlviz.core.frames import Frame
from dlviz.core.values import Array
from dlviz.layers.recurrent import Recurrent
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.tasks.task import as_array

#: Steps that are told of at most, counted from the last one back.
STEPS = 200


class Reach(Probe):
    """The size of the loss's gradient at each step that goes into a recurrent layer, counted back from the last one.

    Where it falls to nothing, the network cannot learn from what stood there (Bengio, Simard & Frasconi 1994). Arrays:
    `<path>` (steps,), f4, the last step last: the norm of the gradient of a sequence's step, the mean over the sample's
    sequences that are so long.
    """

    needs = ("passed",)

    def why_not(self, scene: Scene) -> str | None:
        return None if _read(scene) else "No recurrent layer reads the answers of another layer here."

    def look(self, scene: Scene) -> Frame | None:
        passed, arrays = scene.passed, {}
        for path, (before, mask) in scene.stage.keep("reach.read", lambda: _read(scene)).items():
            gradient = passed.gradients.get(before)
            if gradient is None or gradient.dim() != 3:
                continue
            sizes = gradient.float().norm(dim=2)  # (N, steps)
            padding = passed.outputs.get(mask) if mask else None
            arrays[path] = _from_the_end(sizes, padding)
        return scene.frame(self.name(), {"nodes": {path: {} for path in arrays}}, arrays) if arrays else None


def _from_the_end(sizes: torch.Tensor, padding: torch.Tensor | None) -> Array:
    """The mean of sizes (N, steps) by how many real steps follow; the last step stands last."""
    real = torch.ones_like(sizes) if padding is None else (~padding).to(sizes)
    after = (real.flip(1).cumsum(1).flip(1) - 1).long()  # so many real steps follow
    there = real > 0
    back, size = after[there], sizes[there]
    many = int(back.max()) + 1 if len(back) else 1
    total = torch.zeros(many, dtype=size.dtype, device=size.device).index_add_(0, back, size)
    mean = total / torch.bincount(back, minlength=many).clamp(min=1)
    return as_array(mean[:STEPS].flip(0))


def _read(scene: Scene) -> dict[str, tuple[str, str]]:
    """Of each recurrent layer that stands in no block: the path of what it reads, and of its mask ("" for none)."""
    found: dict[str, Any] = {}
    for role, graph in scene.stage.graphs.items():
        for node in graph.nodes:
            if isinstance(node.layer, Recurrent) and node.inputs:
                first, *more = (f"{role}.{name}" for name in node.inputs)
                found[f"{role}.{node.name}"] = (first, more[0] if more else "")
    return found
