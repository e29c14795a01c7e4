"""Attention, small: the looks of all heads of all layers side by side, so that one sees which to look at closer."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dlviz.core.values import Array, Attention
from dlviz.draw import palette

#: The height of a map in pixels, and of what stands above it; how many layers, heads, and cells a side at most. Fewer
#: heads than `_ABREAST` are drawn no wider.
_HEIGHT, _ABOVE, _LAYERS, _HEADS, _CELLS, _ABREAST = 84, 34, 12, 16, 32, 4


def room(layers: int) -> int:
    """How many pixels high all of them are."""
    return min(layers, _LAYERS) * (_HEIGHT + _ABOVE)


def small(made: go.Figure, kind: Attention, looks: Array, large: tuple[int, int], inner: float, dark: bool) -> None:
    """Draw `looks` (layers, heads, queries, keys) at the bottom of a figure that is `inner` pixels high without its
    margins: a row for each layer. `large`: the layer and the head that are drawn large above, which get a frame."""
    layers, heads = min(_LAYERS, looks.shape[0]), min(_HEADS, looks.shape[1])
    abreast = max(_ABREAST, heads)
    gap = min(0.03, 0.2 / abreast)
    for layer in range(layers):
        start = room(layers) - layer * (_HEIGHT + _ABOVE)
        domain = (start - _ABOVE - _HEIGHT) / inner, (start - _ABOVE) / inner
        _above(made, f"{escape(kind.layers[layer])}, head", 0, domain[1], 13, palette.ground(dark).ink)
        for head in range(heads):
            across = head / abreast + gap / 2, (head + 1) / abreast - gap / 2
            chosen = (layer, head) == large
            number = f"<b>▸{head + 1}</b>" if chosen else str(head + 1)
            _above(made, number, sum(across) / 2, domain[1], 0, palette.ground(dark).faint)
            axis = str(layer * heads + head + 2)
            made.add_heatmap(
                z=_pooled(looks[layer, head])[::-1], zmin=0, zmax=250, colorscale=scale(dark), showscale=False,
                xaxis=f"x{axis}", yaxis=f"y{axis}",
                hovertemplate=f"{escape(told_head(kind, layer, head))}<extra></extra>",
            )  # fmt: skip
            frame = _frame(chosen, dark)
            made.layout[f"xaxis{axis}"] = {**frame, "domain": across, "anchor": f"y{axis}"}
            made.layout[f"yaxis{axis}"] = {**frame, "domain": domain, "anchor": f"x{axis}"}


def scale(dark: bool) -> list[list[Any]]:
    """The colours from nothing to all, the same in all maps."""
    return [[place, color] for place, color in palette.sequential(dark)]


def told_head(kind: Attention, layer: int, head: int) -> str:
    """Which head it is, in words."""
    return f"{kind.layers[layer]}, head {head + 1}"


def _frame(chosen: bool, dark: bool) -> dict[str, Any]:
    ground = palette.ground(dark)
    return {
        "showticklabels": False, "showgrid": False, "zeroline": False, "ticks": "", "mirror": True, "showline": True,
        "linecolor": ground.accent if chosen else ground.line, "linewidth": 2.5 if chosen else 1,
    }  # fmt: skip


def _above(made: go.Figure, text: str, x: float, y: float, shift: int, color: str) -> None:
    made.add_annotation(
        text=text, x=x, y=y, xref="paper", yref="paper", xanchor="center" if x else "left", yanchor="bottom",
        yshift=shift, showarrow=False, font={"size": 12 if shift else 11, "color": color},
    )  # fmt: skip


def _pooled(looks: Array) -> Array:
    """The roots of the shares as bytes, at most `_CELLS` a side: of those that fall together the largest, so that a
    line of single looks stays."""
    for side in (0, 1):
        size = ceil(looks.shape[side] / _CELLS)
        looks = np.maximum.reduceat(looks, np.arange(0, looks.shape[side], size), axis=side)
    return np.round(250 * np.sqrt(looks)).astype(np.uint8)
