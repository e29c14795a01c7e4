"""Hardest: the validation examples with the highest loss."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch

from dlviz.core.frames import Frame
from dlviz.core.values import Array, Category, Scalar
from dlviz.datasets.data import Batch
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.probes.shown import shown
from dlviz.probes.targets import target_of, tells
from dlviz.tasks.task import as_array

#: How many are kept.
MOST = 24


class Hardest(Probe):
    """The examples that the network does worst on, with what they look like.

    Arrays: `index` (n,), their numbers in the validation part, the hardest first; `loss` (n,); `prediction` (n,), the
    class or the number; `sure` (n,), the probability of that class; `target` (n,); `picture` (n, channels, height,
    width) u1 for pictures. `meta.texts`: what else they look like. `meta.of`: among how many they were found.
    """

    needs: ClassVar[tuple[str, ...]] = ("judged",)

    def why_not(self, scene: Scene) -> str | None:
        if not len(scene.data.validation):
            return "There are no validation examples."
        if self._losses(scene, *_few(scene)) is None:
            return "An example has no loss of its own in this task."
        return None

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        index, outputs = scene.measured
        batch = scene.stage.judged.columns if len(index) == len(scene.stage.judged) else scene.stage.targets
        losses = self._losses(scene, outputs.to(scene.stage.device), batch)
        if losses is None:
            return None
        order = losses.nan_to_num(nan=float("inf")).argsort(descending=True)[:MOST].cpu()
        chosen = index[order.numpy()]
        arrays: dict[str, Array] = {"index": chosen, "loss": as_array(losses[order.to(losses.device)])}
        arrays |= predicted(scene, chosen) | target_of(scene, chosen)
        pictures, texts = shown(scene.data, chosen)
        arrays |= {"picture": pictures} if pictures is not None else {}
        return scene.frame(self.name(), {"texts": texts, "of": len(index)}, arrays)

    def _losses(self, scene: Scene, outputs: torch.Tensor, batch: Batch) -> torch.Tensor | None:
        return scene.task.example_losses(scene.networks, outputs, batch, scene.fields)


def predicted(scene: Scene, index: Array) -> dict[str, Array]:
    """`prediction` and, of classes, `sure` for validation examples; nothing where the task predicts something else."""
    if not tells(scene):
        return {}
    value = next(
        iter(scene.task.predict(scene.networks, scene.stage.validation(torch.as_tensor(index)), scene.fields).values())
    )
    if isinstance(value.kind, Category):
        return {"prediction": value.data.argmax(1).astype(np.int32), "sure": value.data.max(1)}
    return {"prediction": value.data} if isinstance(value.kind, Scalar) else {}


@torch.no_grad()
def _few(scene: Scene) -> tuple[torch.Tensor, Batch]:
    """The outputs for two examples, and these."""
    batch = scene.stage.validation(list(range(min(2, len(scene.data.validation)))))
    return scene.task.forward(scene.networks, batch, scene.fields), batch
