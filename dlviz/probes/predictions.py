"""Predictions: what the network says of a few chosen validation examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from dlviz.core.frames import Frame, quantized
from dlviz.core.values import Array, Category, Image
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.probes.targets import target_of, tells


class Predictions(Probe):
    """What is predicted of the chosen examples, always the same ones, so that one sees the network change its mind.

    Arrays: `prediction` (n, classes) probabilities, (n,) numbers, or (n, channels, height, width) u1 for pictures that
    are made again; `index` (n,), their numbers in the validation part; `target` (n,). `meta.names`: the classes.
    """

    def why_not(self, scene: Scene) -> str | None:
        return None if scene.stage.chosen else "There are no validation examples to follow."

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        stage = scene.stage
        batch = stage.keep("predictions.batch", lambda: stage.validation(stage.chosen))
        value = next(iter(scene.task.predict(scene.networks, batch, scene.fields).values()))
        index = np.array(stage.chosen)
        arrays: dict[str, Array] = {"prediction": value.data, "index": index}
        meta: dict[str, Any] = {}
        if isinstance(value.kind, Category):
            meta["names"] = list(value.kind.names)
        if isinstance(value.kind, Image):
            arrays["prediction"] = quantized(value.data, 0.0, 1.0)
        if tells(scene):
            arrays |= target_of(scene, index)
        return scene.frame(self.name(), meta, arrays)
