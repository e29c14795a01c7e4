"""Units: which neurons never answer, and which are pushed to their limits."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from dlviz.core.frames import Frame
from dlviz.core.values import Array
from dlviz.network.block import Block
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Place, Scene
from dlviz.tasks.task import as_array

#: Layers that cut off what is below 0, and those that flatten out: (from, to) beyond which the slope is below a tenth
#: of the steepest (tanh: 1 - y² < 0.1; sigmoid: 4 y (1 - y) < 0.1).
CUTTING = ("ReLU", "ReLU6")
FLAT = {"Tanh": (-0.9487, 0.9487), "Sigmoid": (0.0257, 0.9743)}
#: Numbers of one node that are looked at; of more, only the first examples.
MOST = 400_000


class Units(Probe):
    """The share of dead units and of saturated answers, and mean and spread of what each layer gives.

    A unit is a column of a Linear or a channel of a convolution. It is dead where a ReLU gives 0 for it on every
    example of the sample, at every place; an answer of a tanh or sigmoid is saturated where the slope is below a tenth
    of the steepest. Arrays: `<path>.active` (units,), the share of answers above 0; `<path>.saturated` (units,), the
    share that is saturated. In `meta.nodes[path]`: `mean`, `std`, `dead`, `saturated`.
    """

    needs: ClassVar[tuple[str, ...]] = ("passed",)

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        arrays: dict[str, Array] = {}
        nodes: dict[str, dict[str, float]] = {}
        for place in scene.stage.places:
            given = scene.passed.outputs.get(place.path)
            if given is None or not given.is_floating_point() or not given.numel():
                continue
            given = given[: max(8, MOST * len(given) // given.numel())]
            std, mean = torch.std_mean(given, correction=0)
            found = {"mean": float(mean), "std": float(std)}
            if (shares := self._shares(place, given)) is not None:
                kind, share = shares
                arrays[f"{place.path}.{kind}"] = as_array(share)
                if kind == "active":
                    found["dead"] = float((share == 0).float().mean())
                else:
                    found["saturated"] = float(share.mean())
            nodes[place.path] = found
        scene.notes[self.name()] = nodes
        return scene.frame(
            self.name(), {"nodes": nodes, "examples": len(next(iter(scene.stage.sample.values())))}, arrays
        )

    def signals(self, scene: Scene) -> dict[str, float]:
        nodes: dict[str, dict[str, Any]] = scene.notes.get(self.name(), {})
        blocks = {place.path for place in scene.stage.places if isinstance(place.layer, Block)}
        called = {"mean": "activation_mean", "std": "activation_std"}
        return {
            f"{called.get(name, name)}.{path}": value
            for path, found in nodes.items() if path not in blocks
            for name, value in found.items()
        }  # fmt: skip

    def _shares(self, place: Place, given: Tensor) -> tuple[str, Tensor] | None:
        """("active" or "saturated", the share of answers (units,)); None for layers that do neither."""
        kind = place.layer.kind()
        if given.ndim < 2 or kind not in CUTTING and kind not in FLAT:
            return None
        axis = place.channels % given.ndim if given.ndim > 2 else 1
        others = [dimension for dimension in range(given.ndim) if dimension != axis]
        if kind in CUTTING:
            return "active", (given > 0).float().mean(others)
        low, high = FLAT[kind]
        return "saturated", ((given < low) | (given > high)).float().mean(others)
