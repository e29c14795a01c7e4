"""Embedding: how the last layer sees validation examples, as points of the plane."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.frames import Frame
from dlviz.probes.plane import principal, turned
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.probes.targets import target_of, tells


class Embedding(Probe):
    """Validation examples as points: what the layer before the last makes of them, along the two directions in which
    that varies most (PCA).

    From moment to moment the cloud is turned and mirrored as a whole to lie as near as can be to where it lay, so it
    does not flip. Arrays: `points` (N, 2) f4, `index` (N,), their numbers in the validation part, `target` (N,) where
    there is one. `meta.share`: how much of the variance is shown; `meta.width`: of how many numbers.
    """

    needs: ClassVar[tuple[str, ...]] = ("judged",)

    def why_not(self, scene: Scene) -> str | None:
        return why_no_hidden(scene)

    def look(self, scene: Scene) -> Frame | None:
        judged = scene.judged
        if judged.hidden is None or not bool(judged.hidden.isfinite().all()):
            return None
        points, share = principal(judged.hidden)
        before = scene.previous.get(self.name())
        if before is not None and "points" in before.arrays:
            points = turned(points, before.arrays["points"].astype(np.float64))
        arrays = {"points": points, "index": judged.index, **target_of(scene, judged.index)}
        return scene.frame(self.name(), {"share": share, "width": judged.hidden.shape[1]}, arrays)


def why_no_hidden(scene: Scene) -> str | None:
    """Why there is no last hidden layer to look at, in a sentence; None: there is one."""
    if not tells(scene):
        return "Only a network that predicts has a last hidden layer that tells examples apart."
    if scene.stage.hidden is None:
        return "No layer with weights stands before the last one, so there is no hidden layer."
    return None if len(scene.data.validation) > 2 else "There are too few validation examples."
