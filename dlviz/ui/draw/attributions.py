"""Attributions: what spoke for and against a decision, over a picture or as bars by name."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import plotly.graph_objects as go
from PIL import Image as Pillow

from dlviz.core.values import Array, Attribution, Value
from dlviz.ui import palette, words
from dlviz.ui.draw.drawing import draws, largest, plain
from dlviz.ui.draw.sheet import pixels


def _told_attribution(value: Value) -> str:
    kind = cast(Attribution, value.kind)
    numbers = np.asarray(value.data, dtype=float)
    if kind.names:
        flat = numbers.ravel()
        order = [int(index) for index in np.argsort(-np.abs(flat))[:3]]
        parts = [f"{kind.names[index]} {'for' if flat[index] > 0 else 'against'} it" for index in order]
        return "Most weight: " + ", ".join(parts) + "."
    while numbers.ndim > 3:
        numbers = numbers[0]
    total = float(np.abs(numbers).sum()) or 1.0
    share = float(np.clip(numbers, 0, None).sum()) / total
    plane = np.abs(numbers).sum(axis=0) if numbers.ndim == 3 else np.atleast_2d(np.abs(numbers))
    return f"{words.percent(share)} of the weight speaks for the target; most of it lies {_region(plane)}."


def _region(plane: Array) -> str:
    """Where most of a plane's weight lies, in words."""
    weight = plane.sum() or 1.0
    y = float((plane.sum(axis=1) * np.arange(plane.shape[0])).sum() / weight) / max(plane.shape[0] - 1, 1)
    x = float((plane.sum(axis=0) * np.arange(plane.shape[1])).sum() / weight) / max(plane.shape[1] - 1, 1)
    upright = "at the top" if y < 0.4 else "at the bottom" if y > 0.6 else "in the middle"
    across = " left" if x < 0.4 else " right" if x > 0.6 else ""
    return upright + across


@draws(Attribution, _told_attribution)
def attribution(value: Value, dark: bool) -> go.Figure:
    """A picture's: the map over the picture `more["input"]` (channels, height, width). A table's: bars."""
    kind = cast(Attribution, value.kind)
    if kind.names:
        return _feature_bars(value, dark)
    numbers = np.asarray(value.data, dtype=float)
    while numbers.ndim > 3:
        numbers = numbers[0]
    numbers = np.nan_to_num(numbers)
    plane = numbers.sum(axis=0) if numbers.ndim == 3 else np.atleast_2d(numbers)
    most = largest(plane)
    ground = palette.ground(dark)
    made = plain(dark, 320, axes=False)
    under = value.more.get("input")
    if under is not None:
        picture = np.asarray(under, dtype=float)
        while picture.ndim > 3:
            picture = picture[0]
        lightness = pixels(picture if picture.ndim == 3 else picture[None]).mean(axis=2) / 255
        made.add_layout_image(
            source=Pillow.fromarray(_overlaid(lightness, plane / most, ground)),
            x=-0.5, y=-0.5, sizex=plane.shape[1], sizey=plane.shape[0], xref="x", yref="y", sizing="stretch",
            layer="below",
        )  # fmt: skip
    made.add_heatmap(
        z=plane, zmin=-most, zmax=most, colorscale=_stops(palette.diverging(dark)),
        opacity=0.0 if under is not None else 1, colorbar=_scale(ground),
        hovertemplate="row %{y}, column %{x}<br>%{z:.3g}<extra></extra>",
    )  # fmt: skip
    made.add_scatter(  # the heat map over the picture is see-through, so its colour bar is carried by this mark
        x=[None], y=[None], mode="markers", showlegend=False, hoverinfo="skip",
        marker={"color": [0], "cmin": -most, "cmax": most, "colorscale": _stops(palette.diverging(dark)),
                "showscale": under is not None, "colorbar": _scale(ground)},
    )  # fmt: skip
    if under is not None:
        made.update_traces(showscale=False, selector={"type": "heatmap"})
    made.update_xaxes(constrain="domain", range=[-0.5, plane.shape[1] - 0.5])
    made.update_yaxes(scaleanchor="x", constrain="domain", range=[plane.shape[0] - 0.5, -0.5])
    return made


def _overlaid(lightness: Array, strength: Array, ground: palette.Ground) -> Array:
    """The picture in grey, tinted blue where it speaks for and orange where against, by strength -1 to 1."""
    if lightness.shape != strength.shape:
        scaled = Pillow.fromarray((lightness * 255).astype(np.uint8)).resize(strength.shape[::-1])
        lightness = np.asarray(scaled) / 255
    grey = (0.25 + 0.6 * lightness)[..., None] * np.array([255.0, 255.0, 255.0])
    tint = np.where((strength >= 0)[..., None], palette.rgb(ground.positive), palette.rgb(ground.negative))
    # the root lifts small weights enough to be seen at all
    weight = np.sqrt(np.abs(strength))[..., None] * 0.9
    return cast(Array, (grey * (1 - weight) + tint * weight).round().astype(np.uint8))


def _scale(ground: palette.Ground) -> dict[str, Any]:
    return {
        "thickness": 8, "outlinewidth": 0, "len": 0.8, "tickfont": {"size": 11, "color": ground.faint},
        "title": {"text": "for +<br>against −", "font": {"size": 11, "color": ground.faint}},
    }  # fmt: skip


def _stops(scale: list[tuple[float, str]]) -> list[list[Any]]:
    return [[place, color] for place, color in scale]


def _feature_bars(value: Value, dark: bool) -> go.Figure:
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
