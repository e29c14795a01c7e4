"""Umap: the last hidden layer as points whose neighbours stay neighbours."""

from __future__ import annotations

import importlib
import importlib.util
from typing import ClassVar

import numpy as np

from dlviz.core.frames import Frame
from dlviz.probes.embedding import why_no_hidden
from dlviz.probes.plane import principal
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.probes.targets import target_of


class Umap(Probe):
    """Validation examples as points that keep neighbours together (UMAP, McInnes, Healy & Melville 2018), where the
    package `umap-learn` is installed.

    It begins where the points lay the last time, so the picture moves and does not jump. Arrays as of `embedding`. It
    takes seconds, so it comes seldom and only in long runs.
    """

    guess: ClassVar[float | None] = 30.0  # its compiler works for so long before the first picture
    needs: ClassVar[tuple[str, ...]] = ("judged",)

    def why_not(self, scene: Scene) -> str | None:
        if importlib.util.find_spec("umap") is None:
            return "UMAP is not installed: pip install umap-learn."
        return why_no_hidden(scene) or (None if len(scene.data.validation) > 20 else "UMAP needs more examples.")

    def look(self, scene: Scene) -> Frame | None:
        judged = scene.judged
        if judged.hidden is None or not bool(judged.hidden.isfinite().all()):
            return None
        before = scene.previous.get(self.name())
        start = before.arrays["points"] if before is not None and "points" in before.arrays else None
        if start is None or len(start) != len(judged.index):
            start = principal(judged.hidden)[0]
            start = 10 * start / max(1e-12, float(np.abs(start).max()))
        made = importlib.import_module("umap").UMAP(
            n_neighbors=15, init=np.asarray(start, np.float32), random_state=0, n_jobs=1
        )
        points = made.fit_transform(judged.hidden.float().cpu().numpy())
        return scene.frame(self.name(), {}, {"points": points, "index": judged.index, **target_of(scene, judged.index)})
