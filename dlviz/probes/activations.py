"""Activations: what every layer makes of a few chosen validation examples."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.frames import Frame, quantized, reach
from dlviz.core.values import Array
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.tasks.task import as_array

#: (examples, channels, places along a side) of a layer: the most that fits all layers into `MOST` bytes.
SIZES = ((8, 16, 16), (8, 16, 12), (8, 8, 12), (8, 8, 8), (4, 8, 8), (4, 4, 8), (2, 4, 4))
MOST = 160_000
UNITS, STEPS = 64, 64


class Activations(Probe):
    """Each layer's answer to the chosen examples: maps of its channels, or its units.

    Arrays: `<path>`, u1: (examples, channels, height, width) with maps averaged down to at most 16 x 16, (examples,
    channels, steps) for sequences, or (examples, units). In `meta.nodes[path]`: `low`, `high`, `of` (the shape of one
    example in full). `meta.examples`: their numbers in the validation part.
    """

    needs: ClassVar[tuple[str, ...]] = ("seen",)

    def why_not(self, scene: Scene) -> str | None:
        return None if scene.stage.chosen else "There are no validation examples to follow."

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        arrays: dict[str, Array] = {}
        nodes: dict[str, Any] = {}
        lying = {place.path: place.channels for place in scene.stage.places}
        given = {
            path: out for path, out in scene.seen.outputs.items()
            if out.is_floating_point() and 2 <= out.ndim <= 4 and out.numel() and len(out) == len(scene.stage.chosen)
        }  # fmt: skip
        size = scene.stage.keep("activations.size", lambda: _size(given, lying))
        for path, out in given.items():
            numbers = as_array(_small(out, lying.get(path, 1), *size))
            high = reach(numbers)
            low = 0.0 if numbers.min() >= 0 else -high
            arrays[path] = quantized(numbers, low, high)
            nodes[path] = {"low": low, "high": high, "of": list(out.shape[1:])}
        meta = {"nodes": nodes, "examples": scene.stage.chosen[: size[0]]}
        return scene.frame(self.name(), meta, arrays)


def _small(out: Tensor, channels: int, examples: int, most: int, side: int) -> Tensor:
    """What is drawn of a layer's output."""
    out = out[:examples]
    if out.ndim == 2:
        return out[:, :UNITS]
    out = out.movedim(channels, 1)[:, :most].float()
    if out.ndim == 3:
        return out[:, :, :STEPS]
    return F.adaptive_avg_pool2d(out, (min(side, out.shape[2]), min(side, out.shape[3])))


def _size(given: dict[str, Tensor], lying: dict[str, int]) -> tuple[int, int, int]:
    """The largest of `SIZES` with which all layers fit; the smallest where none does."""
    for size in SIZES:
        if sum(_small(out, lying.get(path, 1), *size).numel() for path, out in given.items()) <= MOST:
            return size
    return SIZES[-1]
