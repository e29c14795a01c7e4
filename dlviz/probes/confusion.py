"""Confusion: which examples of each class were taken for which."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.frames import Frame
from dlviz.core.values import Array, Category
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Scene
from dlviz.probes.targets import target_of, tells

#: Examples named of each cell, and of each where there are many classes; classes at most.
MEMBERS, OF_MANY, MANY, MOST = 12, 4, 20, 50


class Confusion(Probe):
    """The confusion matrix with examples of each cell.

    Arrays: `counts` (classes, classes), row: the true class, column: the predicted one; `members` (classes, classes,
    12), numbers in the validation part, those first of which the examples' file has a picture, -1 where there are no
    more. `meta.names`: the classes; `meta.of`: how many examples were counted.
    """

    needs: ClassVar[tuple[str, ...]] = ("judged",)

    def why_not(self, scene: Scene) -> str | None:
        kinds = list(scene.fields.targets.values())
        if len(kinds) != 1 or not isinstance(kinds[0], Category) or not tells(scene):
            return "Only classes can be confused; this task predicts none."
        if len(kinds[0].names) > MOST:
            return f"A matrix of {len(kinds[0].names)} classes is too large to be read; at most {MOST} are drawn."
        return None if len(scene.data.validation) else "There are no validation examples."

    def look(self, scene: Scene) -> Frame | None:
        index, outputs = scene.measured
        kind = next(iter(scene.fields.targets.values()))
        assert isinstance(kind, Category)
        classes = len(kind.names)
        true = target_of(scene, index)["target"]
        predicted = outputs.argmax(1).cpu().numpy()
        cells = true * classes + predicted
        counts = np.bincount(cells, minlength=classes * classes).reshape(classes, classes)
        many = MEMBERS if classes <= MANY else OF_MANY
        pictured = np.isin(index, scene.stage.judged.rows.numpy())
        order = np.lexsort((index, ~pictured, cells))
        places, starts = np.unique(cells[order], return_index=True)
        members = np.full((classes * classes, many), -1, np.int32)
        for cell, start in zip(places, starts, strict=True):
            found = index[order[start : start + min(many, counts.flat[cell])]]
            members[cell, : len(found)] = found
        arrays: dict[str, Array] = {"counts": counts, "members": members.reshape(classes, classes, many)}
        return scene.frame(self.name(), {"names": list(kind.names), "of": len(index)}, arrays)
