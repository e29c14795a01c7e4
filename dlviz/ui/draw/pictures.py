"""Pictures and what lies on them: images, masks, boxes, keypoints, attributions."""

from __future__ import annotations

import base64
import io
import math
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go
from PIL import Image as Pillow

from dlviz.core.values import Array, Attribution, Boxes, Image, Keypoints, Mask, Value
from dlviz.ui import palette, words
from dlviz.ui.draw.drawing import draws, largest, plain

#: A grid shows this many pictures at most.
MOST = 64


def pixels(picture: Array) -> Array:
    """(channels, height, width) from 0 to 1 as (height, width, 3) bytes; one channel becomes grey, of more than
    three the first three are shown."""
    shown = np.clip(np.nan_to_num(np.asarray(picture, dtype=float)), 0, 1)
    if shown.shape[0] < 3:
        shown = np.repeat(shown[:1], 3, axis=0)
    return cast(Array, (shown[:3].transpose(1, 2, 0) * 255).round().astype(np.uint8))


def png(picture: Array) -> bytes:
    """A picture (channels, height, width), values 0 to 1, as the bytes of a PNG file."""
    file = io.BytesIO()
    Pillow.fromarray(pixels(picture)).save(file, "PNG")
    return file.getvalue()


def address(picture: Array) -> str:
    """A picture as an address that stands for itself (`data:image/png;base64,…`)."""
    return "data:image/png;base64," + base64.b64encode(png(picture)).decode()


def tiled(pictures: Array, columns: int, gap: int, fill: int) -> Array:
    """Pictures (N, channels, height, width) side by side as one (height, width, 3) of bytes."""
    many, _, height, width = pictures.shape
    lines = math.ceil(many / columns)
    sheet = np.full((lines * (height + gap) - gap, columns * (width + gap) - gap, 3), fill, np.uint8)
    for place, picture in enumerate(pictures):
        top, left = (place // columns) * (height + gap), (place % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = pixels(picture)
    return sheet


def grid(value: Value) -> tuple[int, int]:
    """How many pictures are shown, in how many columns."""
    many = min(len(value.data), MOST)
    return many, min(many, 8) if many > 4 else many


def canvas(pictures: Array, dark: bool, height: int) -> go.Figure:
    """A figure with the pictures laid out as a grid, in pixel coordinates from the top left."""
    many = len(pictures)
    columns = min(many, 8) if many > 4 else many
    gap = max(1, pictures.shape[2] // 8) if many > 1 else 0
    sheet = tiled(pictures, columns, gap, int(palette.ground(dark).paper[1:3], 16))
    made = plain(dark, height, axes=False)
    made.add_layout_image(
        source=Pillow.fromarray(sheet), x=0, y=0, sizex=sheet.shape[1], sizey=sheet.shape[0], xref="x", yref="y",
        sizing="stretch", layer="below",
    )  # fmt: skip
    made.update_xaxes(range=[0, sheet.shape[1]], constrain="domain")
    made.update_yaxes(range=[sheet.shape[0], 0], scaleanchor="x", constrain="domain")
    return made


def _height(many: int) -> int:
    columns = min(many, 8) if many > 4 else max(many, 1)
    lines = math.ceil(many / columns)
    return 260 if many == 1 else min(120 * lines + 24, 900)


def _captions(made: go.Figure, value: Value, shown: int, dark: bool) -> None:
    captions = value.more.get("captions")
    if captions is None:
        return
    _, _, height, width = value.data.shape
    columns = min(shown, 8) if shown > 4 else shown
    gap = max(1, height // 8) if shown > 1 else 0
    for place in range(shown):
        made.add_annotation(
            text=str(captions[place]), showarrow=False, yanchor="top",
            x=(place % columns) * (width + gap) + width / 2, y=(place // columns) * (height + gap) + height,
            font={"size": 11, "color": palette.ground(dark).ink},
        )  # fmt: skip


def _told_images(value: Value) -> str:
    kind = cast(Image, value.kind)
    what = "grey" if kind.channels == 1 else "colour"
    return f"{words.count(len(value.data), f'{what} picture')} of {kind.width} by {kind.height} pixels."


@draws(Image, _told_images)
def images(value: Value, dark: bool) -> go.Figure:
    shown = min(len(value.data), MOST)
    made = canvas(value.data[:shown], dark, _height(shown))
    _captions(made, value, shown, dark)
    return made


def _told_mask(value: Value) -> str:
    kind = cast(Mask, value.kind)
    share = np.bincount(value.data.astype(int).ravel(), minlength=len(kind.names)) / value.data.size
    order = [int(index) for index in np.argsort(-share)[:3] if share[index] > 0]
    return "Covered: " + ", ".join(f"{kind.names[index]} {words.percent(share[index])}" for index in order) + "."


@draws(Mask, _told_mask)
def mask(value: Value, dark: bool) -> go.Figure:
    kind = cast(Mask, value.kind)
    colors = np.array([_bytes(palette.category(index, dark)) for index in range(len(kind.names))]) / 255
    shown = value.data[: min(len(value.data), MOST)].astype(int)
    made = canvas(colors[shown].transpose(0, 3, 1, 2), dark, _height(len(shown)) + 24)
    for index in np.unique(shown):
        made.add_scatter(
            x=[None], y=[None], mode="markers", name=kind.names[int(index)],
            marker={"color": palette.category(int(index), dark), "symbol": "square", "size": 10},
        )  # fmt: skip
    made.update_layout(showlegend=True)
    return made


def _picture_under(value: Value, dark: bool, corners: Array) -> go.Figure:
    """A figure with the picture `more["image"]` below, or an empty ground that holds all `corners` (…, 2)."""
    image = value.more.get("image")
    if image is not None:
        return canvas(image[:1] if image.ndim == 4 else image[None], dark, 360)
    made = plain(dark, 360)
    made.update_xaxes(range=[0, float(corners[..., 0].max()) * 1.05 + 1])
    made.update_yaxes(range=[float(corners[..., 1].max()) * 1.05 + 1, 0], scaleanchor="x")
    return made


def _told_boxes(value: Value) -> str:
    kind = cast(Boxes, value.kind)
    classes = value.data[0][:, 4].astype(int)
    counted = {kind.names[index]: int((classes == index).sum()) for index in np.unique(classes)}
    return "Found: " + ", ".join(f"{many} {name}" for name, many in counted.items()) + "."


@draws(Boxes, _told_boxes)
def boxes(value: Value, dark: bool) -> go.Figure:
    kind = cast(Boxes, value.kind)
    made = _picture_under(value, dark, value.data[0][:, 2:4])
    for left, top, right, bottom, which in value.data[0]:
        index = int(which)
        color = palette.category(index, dark)
        made.add_shape(type="rect", x0=left, y0=top, x1=right, y1=bottom, line={"color": color, "width": 2})
        made.add_annotation(
            x=left, y=top, text=kind.names[index], showarrow=False, xanchor="left", yanchor="bottom",
            font={"color": color, "size": 12},
        )  # fmt: skip
    made.add_scatter(x=[None], y=[None], showlegend=False)
    return made


def _told_keypoints(value: Value) -> str:
    return f"{words.count(value.data.shape[1], 'point')}: {', '.join(cast(Keypoints, value.kind).names[:8])}."


@draws(Keypoints, _told_keypoints)
def keypoints(value: Value, dark: bool) -> go.Figure:
    kind = cast(Keypoints, value.kind)
    made = _picture_under(value, dark, value.data[0])
    for index, (name, (x, y)) in enumerate(zip(kind.names, value.data[0], strict=True)):
        made.add_scatter(
            x=[x], y=[y], mode="markers", name=name, hovertemplate=f"{name}<extra></extra>",
            marker={"size": 11, "symbol": palette.symbol(index), "color": palette.category(index, dark),
                    "line": {"width": 1.5, "color": palette.ground(dark).paper}},
        )  # fmt: skip
    made.update_layout(showlegend=len(kind.names) <= 12)
    return made


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
    tint = np.where((strength >= 0)[..., None], _bytes(ground.positive), _bytes(ground.negative))
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


def _bytes(color: str) -> Array:
    return np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)], dtype=float)
