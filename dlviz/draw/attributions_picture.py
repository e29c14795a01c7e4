"""Attributions over a picture: the picture in grey, tinted by what spoke for and against."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import plotly.graph_objects as go
from PIL import Image as Pillow

from dlviz.core.values import Array, Attribution, Value
from dlviz.draw import palette
from dlviz.draw.drawing import largest, plain
from dlviz.draw.sheet import pixels


def map_over(value: Value, dark: bool) -> go.Figure:
    """The map over the picture `more["input"]` (channels, height, width); with `more["small"]` without its scale."""
    numbers = np.asarray(value.data, dtype=float)
    while numbers.ndim > 3:
        numbers = numbers[0]
    numbers = np.nan_to_num(numbers)
    plane = numbers.sum(axis=0) if numbers.ndim == 3 else np.atleast_2d(numbers)
    most = largest(plane)
    ground = palette.ground(dark)
    ranked = "ranked" in value.more  # ranks say how much, not whether for or against
    title = "rank" if ranked else sides(value)
    colors = _upper(palette.diverging(dark)) if ranked else palette.diverging(dark)
    small = "small" in value.more
    made = plain(dark, 168 if small else 320, axes=False)
    under = value.more.get("input")
    if under is not None:
        picture = np.asarray(under, dtype=float)
        while picture.ndim > 3:
            picture = picture[0]
        lightness = pixels(picture if picture.ndim == 3 else picture[None]).mean(axis=2) / 255
        made.add_layout_image(
            source=Pillow.fromarray(overlaid(lightness, plane / most, ground)),
            x=-0.5, y=-0.5, sizex=plane.shape[1], sizey=plane.shape[0], xref="x", yref="y", sizing="stretch",
            layer="below",
        )  # fmt: skip
    made.add_heatmap(
        z=plane, zmin=-most, zmax=most, colorscale=stops(palette.diverging(dark)),
        opacity=0.0 if under is not None else 1, colorbar=scale(ground, title),
        hovertemplate="row %{y}, column %{x}<br>%{z:.3g}<extra></extra>",
    )  # fmt: skip
    made.add_scatter(  # the heat map over the picture is see-through, so its colour bar is carried by this mark
        x=[None], y=[None], mode="markers", showlegend=False, hoverinfo="skip",
        marker={"color": [0], "cmin": 0 if ranked else -most, "cmax": most, "colorscale": stops(colors),
                "showscale": under is not None and not small, "colorbar": scale(ground, title)},
    )  # fmt: skip
    if under is not None or small:
        made.update_traces(showscale=False, selector={"type": "heatmap"})
    made.update_xaxes(constrain="domain", range=[-0.5, plane.shape[1] - 0.5])
    made.update_yaxes(scaleanchor="x", constrain="domain", range=[plane.shape[0] - 0.5, -0.5])
    return made


def overlaid(lightness: Array, strength: Array, ground: palette.Ground) -> Array:
    """The picture in grey, tinted blue where it speaks for and orange where against, by strength -1 to 1."""
    if lightness.shape != strength.shape:
        scaled = Pillow.fromarray((lightness * 255).astype(np.uint8)).resize(strength.shape[::-1])
        lightness = np.asarray(scaled) / 255
    grey = (0.25 + 0.6 * lightness)[..., None] * np.array([255.0, 255.0, 255.0])
    tint = np.where((strength >= 0)[..., None], palette.rgb(ground.positive), palette.rgb(ground.negative))
    # the root lifts small weights enough to be seen at all
    weight = np.sqrt(np.abs(strength))[..., None] * 0.9
    return cast(Array, (grey * (1 - weight) + tint * weight).round().astype(np.uint8))


def _upper(scale: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """The half of a diverging scale that is above 0."""
    return [(2 * place - 1, color) for place, color in scale if place >= 0.5]


def sides(value: Value) -> str:
    """What either end of the colour bar means."""
    above, below = cast(Attribution, value.kind).sides
    return f"{above} +<br>{below} −"


def scale(ground: palette.Ground, title: str) -> dict[str, Any]:
    """The bar that says what the colours mean."""
    return {
        "thickness": 8, "outlinewidth": 0, "len": 0.8, "tickfont": {"size": 11, "color": ground.faint},
        "title": {"text": title, "font": {"size": 11, "color": ground.faint}},
    }  # fmt: skip


def stops(scale: list[tuple[float, str]]) -> list[list[Any]]:
    """A colour scale as plotly takes it."""
    return [[place, color] for place, color in scale]
