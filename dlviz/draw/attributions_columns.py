"""Attributions of a table's columns: bars by name."""

from __future__ import annotations

from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core.values import Attribution, Value
from dlviz.draw import palette
from dlviz.draw.drawing import largest, plain


def bars(value: Value, dark: bool) -> go.Figure:
    """The strongest columns as bars to either side, each with what stands in it."""
    kind = cast(Attribution, value.kind)
    flat = np.asarray(value.data, dtype=float).reshape(-1)[: len(kind.names)]
    order = np.argsort(np.abs(flat))[-15:]  # the strongest stand on top
    ground = palette.ground(dark)
    cells = value.more.get("input")
    written = [str(cell) for cell in np.asarray(cells).reshape(-1)] if cells is not None else None
    labels = [f"{kind.names[i]} = {written[i]}" if written and i < len(written) else kind.names[i] for i in order]
    made = plain(dark, 60 + 28 * len(order))
    made.add_bar(
        x=flat[order], y=labels, orientation="h", texttemplate="%{x:+.3g}", textposition="outside", cliponaxis=False,
        marker={"color": [ground.positive if flat[i] >= 0 else ground.negative for i in order],
                "pattern": {"shape": ["" if flat[i] >= 0 else "/" for i in order]}},
        hovertemplate="%{y}<br>%{x:+.4g}<extra></extra>",
    )  # fmt: skip
    most = largest(flat)
    made.update_xaxes(range=[-1.35 * most, 1.35 * most], title={"text": "against ← → for"})
    made.update_yaxes(ticklabelstandoff=8, showgrid=False)
    return made
