"""Neurons: what every unit says at each point of the plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from dlviz.core.frames import Frame, quantized, reach
from dlviz.core.values import Array, Category, Image, Scalar
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.tasks.plane import extent, grid, in_own_units
from dlviz.tasks.starters import is_plane
from dlviz.tasks.task import as_array

#: Points along each side, for a few units and for many; units of a node, and of all nodes, that are drawn.
SIDE, SIDE_OF_MANY, MANY = 40, 32, 128
UNITS, UNITS_IN_ALL = 64, 400


class Neurons(Probe):
    """Each unit's own surface: what it answers at every point of the plane, for data of two numbers.

    Arrays: `<path>` (units, side, side), u1, from low x and low y upwards; in `meta.nodes[path]` stand `low` and
    `high`, what 0 and 255 mean, and `of`, how many units there are. `output`: what the task predicts of it (the
    classes' probabilities, the number). `meta.x`, `meta.y`: the extent in the data's own units.
    """

    share: ClassVar[float] = 4.0

    def why_not(self, scene: Scene) -> str | None:
        kinds = list(scene.fields.inputs.values())
        if len(kinds) != 1 or isinstance(kinds[0], Image) or not is_plane(kinds[0]):
            return "A unit has a surface over the plane only where an example is two numbers."
        if not scene.stage.role_of_inputs():
            return "No network here takes points of the plane."
        return None

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        stage = scene.stage
        corners = stage.keep("neurons.corners", lambda: extent(scene.data))
        x, y = stage.keep("neurons.shown", lambda: _shown(corners, scene))
        side, units = stage.keep("neurons.size", lambda: self._size(scene))
        points = stage.keep("neurons.points", lambda: grid(corners, side).to(stage.device))
        predicted, passing = self._over(scene, points)
        arrays: dict[str, Array] = {}
        nodes: dict[str, Any] = {}
        for path, tensor in passing.items():
            surfaces = as_array(tensor[:, :units]).T.reshape(-1, side, side)
            high = reach(surfaces)
            arrays[path] = quantized(surfaces, -high, high)
            nodes[path] = {"low": -high, "high": high, "of": tensor.shape[1]}
        if predicted is not None:
            surfaces = np.atleast_2d(predicted.T).reshape(-1, side, side)[:units]
            low, high = (0.0, 1.0) if predicted.ndim == 2 else (float(np.nanmin(surfaces)), float(np.nanmax(surfaces)))
            arrays["output"] = quantized(surfaces, low, high)
            nodes["output"] = {"low": low, "high": high, "of": len(surfaces)}
        return scene.frame(self.name(), {"nodes": nodes, "x": x, "y": y, "side": side}, arrays)

    def _over(self, scene: Scene, points: Tensor) -> tuple[Array | None, Mapping[str, Tensor]]:
        """(what the task predicts at these points, what passes at every node that gives a row of numbers)."""
        with scene.listening() as heard:
            inputs = {next(iter(scene.fields.inputs)): points}
            said = next(iter(scene.task.predict(scene.networks, inputs, scene.fields).values()))
        predicted = said.data if isinstance(said.kind, Category | Scalar) else None
        rows = {path: out for path, out in heard.outputs.items() if out.ndim == 2 and out.is_floating_point()}
        return predicted, rows

    def _size(self, scene: Scene) -> tuple[int, int]:
        """(points along a side, units drawn of a node), chosen once for how many units there are."""
        corners = extent(scene.data)
        _, passing = self._over(scene, grid(corners, 2).to(scene.stage.device))
        widths = [tensor.shape[1] for tensor in passing.values()]
        units = UNITS
        while units > 4 and sum(min(units, width) for width in widths) > UNITS_IN_ALL:
            units //= 2
        return (SIDE if sum(min(units, width) for width in widths) <= MANY else SIDE_OF_MANY), units


def _shown(corners: Tensor, scene: Scene) -> tuple[list[float], list[float]]:
    """The extent along x and y in the data's own units; in standard ones where it has none."""
    shown = in_own_units(corners, scene.data)
    if shown is None:
        shown = as_array(corners)
    return [float(each) for each in shown[:, 0]], [float(each) for each in shown[:, 1]]
