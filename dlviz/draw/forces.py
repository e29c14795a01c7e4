"""Forces: what pushes scores up and down; of one row as arrows, of many as areas side by side."""

from __future__ import annotations

from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Forces, Value
from dlviz.draw.drawing import draws, spread
from dlviz.draw.forces_of_row import arrows
from dlviz.draw.forces_of_rows import stacked


def _told_forces(value: Value) -> str:
    kind, pushes = cast(Forces, value.kind), np.nan_to_num(np.asarray(value.data, dtype=float))
    scores = kind.base + pushes.sum(1)
    sizes = np.abs(pushes).mean(0)
    order = [int(at) for at in np.argsort(-sizes, kind="stable")[:3]]
    if len(pushes) == 1:
        named = ", ".join(f"{kind.names[at]} {pushes[0, at]:+.3g}" for at in order)
        return f"From {written.number(kind.base)} to {written.number(float(scores[0]))}; the strongest pushes: {named}."
    named = ", ".join(f"{kind.names[at]} {written.number(float(sizes[at]))}" for at in order)
    return (
        f"{written.count(len(pushes), 'row')}, {spread(scores)}, pushed from {written.number(kind.base)}; "
        f"most on average: {named}."
    )


@draws(Forces, _told_forces)
def forces(value: Value, dark: bool) -> go.Figure:
    return (arrows if len(value.data) == 1 else stacked)(value, dark)
