"""Histograms: how the numbers of each layer are spread: its weights, their gradients, what it gives."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from dlviz.core.frames import Frame
from dlviz.core.values import Array
from dlviz.network.block import Block
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene

#: Bars of one histogram, and numbers that are counted at most; of more, every k-th.
BINS, MOST = 32, 30_000


class Histograms(Probe):
    """The spread of weights, gradients and activations of every layer.

    Arrays: `<path>.weight`, `<path>.gradient`, `<path>.activation`, (32,) i4, counts between the two ends that stand in
    `meta.nodes[path]` as `weight`: [low, high], and so on. Of many numbers every k-th is counted; numbers that are not
    finite are left out.
    """

    needs: ClassVar[tuple[str, ...]] = ("passed",)

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        arrays: dict[str, Array] = {}
        nodes: dict[str, dict[str, Any]] = {}
        passed = scene.passed
        for place in scene.stage.places:
            if isinstance(place.layer, Block):
                continue
            given = passed.outputs.get(place.path)
            several: dict[str, list[Tensor]] = {
                "weight": [weight for weight in place.module.parameters() if weight.numel()],
                "gradient": list(passed.weight_gradients.get(place.path, {}).values()),
                "activation": [given] if given is not None and given.is_floating_point() else [],
            }
            for name, tensors in several.items():
                counted = histogram(tensors)
                if counted is not None:
                    counts, ends = counted
                    arrays[f"{place.path}.{name}"] = counts
                    nodes.setdefault(place.path, {})[name] = ends
        return scene.frame(self.name(), {"nodes": nodes}, arrays)


def histogram(tensors: list[Tensor]) -> tuple[Array, list[float]] | None:
    """(counts (32,), [low, high]) of all numbers of these tensors; None where there are none that are finite."""
    if not tensors:
        return None
    total = sum(tensor.numel() for tensor in tensors)
    every = -(-total // MOST)
    numbers = torch.cat([tensor.detach().flatten()[::every] for tensor in tensors]).float()
    numbers = numbers[numbers.isfinite()]
    if not numbers.numel():
        return None
    low, high = (float(end) for end in numbers.aminmax())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return torch.histc(numbers.cpu(), BINS, low, high).int().numpy(), [low, high]
