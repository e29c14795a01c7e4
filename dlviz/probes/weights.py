"""Weights: the numbers that a network has learned so far, where they are few enough to be drawn one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import torch

from dlviz.core.frames import Frame
from dlviz.core.values import Array
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Place, Scene
from dlviz.tasks.task import as_array

#: Numbers of one node, and of all nodes, that are kept.
MOST, MOST_IN_ALL = 4096, 16384


class Weights(Probe):
    """Every weight and every bias of the smaller layers, as numbers.

    Arrays: `<path>.weight` (a Linear: (out, in); a convolution: (out, in, height, width)) and `<path>.bias`, f4. In
    `meta.nodes[path]`: `shape` and the largest `size` of a weight. `meta.large[path]`: the shape of those left out.
    """

    share: ClassVar[float] = 2.0

    def why_not(self, scene: Scene) -> str | None:
        if not self._drawn(scene):
            return f"No layer has so few weights ({MOST:,} at most) that each could be drawn."
        return None

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        arrays: dict[str, Array] = {}
        nodes: dict[str, Any] = {}
        drawn: list[Place] = scene.stage.keep("weights.drawn", lambda: self._drawn(scene))
        for place in drawn:
            for name, weight in place.module.named_parameters(recurse=False):
                arrays[f"{place.path}.{name}"] = as_array(weight)
            shape = list(getattr(place.module, "weight").shape)  # noqa: B009 (torch's own type has no `weight`)
            size = float(abs(arrays[f"{place.path}.weight"]).max())
            nodes[place.path] = {"shape": shape, "size": size}
        sizes = scene.stage.keep("weights.sizes", lambda: dict(self._sizes(scene)))
        large = {path: list(shape) for path, shape in sizes.items() if path not in nodes}
        return scene.frame(self.name(), {"nodes": nodes, "large": large}, arrays)

    def _drawn(self, scene: Scene) -> list[Place]:
        """The nodes whose weights are drawn: the smaller first where they are not all."""
        sizes = {path: shape.numel() for path, shape in self._sizes(scene)}
        left, kept = MOST_IN_ALL, set()
        for path, size in sorted(sizes.items(), key=lambda item: item[1]):
            if size <= min(MOST, left):
                kept.add(path)
                left -= size
        return [place for place in scene.stage.places if place.path in kept]

    def _sizes(self, scene: Scene) -> Iterator[tuple[str, torch.Size]]:
        """The shapes of all weights that stand in a matrix or in filters, by path."""
        for place in scene.stage.places:
            weight = getattr(place.module, "weight", None)
            if isinstance(weight, torch.nn.Parameter) and weight.ndim >= 2:
                yield place.path, weight.shape
