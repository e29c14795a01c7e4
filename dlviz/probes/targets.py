"""What was asked of validation examples, beside what a probe shows of them."""

from __future__ import annotations

import numpy as np
import torch

from dlviz.core.values import Array, Category, Scalar
from dlviz.probes.scene import Scene


def tells(scene: Scene) -> bool:
    """Whether the task says one class or one number of each example."""
    name, kind = next(iter(scene.fields.targets.items()), ("", None))
    asked = scene.task.targets(scene.fields)
    return asked == kind.names if isinstance(kind, Category) else isinstance(kind, Scalar) and asked == (name,)


def target_of(scene: Scene, index: Array) -> dict[str, Array]:
    """`{"target": (N,)}`, classes as i4 or numbers as f4; nothing where there is neither."""
    name, kind = next(iter(scene.fields.targets.items()), ("", None))
    if not isinstance(kind, Category | Scalar):
        return {}
    column = scene.data.validation.columns[name][torch.as_tensor(index, dtype=torch.long)].cpu().numpy()
    return {"target": column.astype(np.int32 if isinstance(kind, Category) else np.float32)}
