"""Gradients: how strongly the loss pulls at each layer's weights, and how far a step moves them."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from dlviz.core.frames import Frame
from dlviz.network.block import Block
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Place, Scene

#: By what signals are called: the norm of the gradient, of the weights, and how far one step moved these.
GRADIENT, WEIGHT, UPDATE = "gradient", "weight", "update"


class Gradients(Probe):
    """Each layer's gradient norm, weight norm, and the size of one step beside that of the weights.

    The gradient is that of a sample of training examples, before any regularizer. `update` is |w after - w before| /
    |w before| over one real step, whatever the optimizer; about a thousandth is usual. Arrays over the layers in
    `meta.nodes`: `gradient`, `weight`, `update`, f4, NaN where it was not measured.
    """

    needs: ClassVar[tuple[str, ...]] = ("passed",)
    compares: ClassVar[bool] = True

    def why_not(self, scene: Scene) -> str | None:
        return None if self._learning(scene) else "No layer here has weights that learn."

    def look(self, scene: Scene) -> Frame | None:
        found = self._figures(scene)
        columns = {name: np.array([row[name] for row in found.values()], np.float32) for name in _NAMES}
        return scene.frame(self.name(), {"nodes": list(found)}, columns)

    def signals(self, scene: Scene) -> dict[str, float]:
        return {f"{name}.{path}": row[name] for path, row in self._figures(scene).items() for name in _NAMES}

    def _figures(self, scene: Scene) -> dict[str, dict[str, float]]:
        """By path, what the arrays hold; worked out once a moment."""
        if self.name() not in scene.notes:
            scene.notes[self.name()] = self._worked_out(scene)
        known: dict[str, dict[str, float]] = scene.notes[self.name()]
        return known

    @torch.no_grad()
    def _worked_out(self, scene: Scene) -> dict[str, dict[str, float]]:
        nodes = self._learning(scene)
        gradients = scene.passed.weight_gradients
        pulls = _norms([list(gradients.get(place.path, {}).values()) for place in nodes])
        weights = _norms([list(place.module.parameters()) for place in nodes])
        steps = [math.nan] * len(nodes)
        if scene.before is not None:
            before = scene.before
            names = scene.stage.keep("gradients.names", lambda: _names(scene, nodes))
            pairs = [[(weight, before[role][name]) for role, name, weight in each] for each in names]
            moved = _norms([[now - then for now, then in each] for each in pairs])
            stood = _norms([[then for _, then in each] for each in pairs])
            steps = [far / size if size else math.nan for far, size in zip(moved, stood, strict=True)]
        rows = zip(nodes, pulls, weights, steps, strict=True)
        return {place.path: dict(zip(_NAMES, row, strict=True)) for place, *row in rows}

    def _learning(self, scene: Scene) -> list[Place]:
        """The layers with weights; of a block the layers inside."""
        return [
            place
            for place in scene.stage.places
            if not isinstance(place.layer, Block) and any(weight.numel() for weight in place.module.parameters())
        ]


_NAMES = (GRADIENT, WEIGHT, UPDATE)


def _names(scene: Scene, nodes: list[Place]) -> list[list[tuple[str, str, Tensor]]]:
    """(role, name in its network, weight) of each weight of each of these nodes."""
    known = {
        id(weight): (role, name)
        for role, network in scene.networks.items()
        for name, weight in network.named_parameters()
    }
    return [[(*known[id(weight)], weight) for weight in place.module.parameters()] for place in nodes]


def _norms(groups: list[list[Tensor]]) -> list[float]:
    """The Euclidean norm of each group of tensors together; NaN for a group of none. One transfer for all."""
    flat = [tensor for group in groups for tensor in group]
    if not flat:
        return [math.nan] * len(groups)
    squares = iter(torch.stack(torch._foreach_norm(flat)).double().square().tolist())
    return [math.sqrt(sum(next(squares) for _ in group)) if group else math.nan for group in groups]
