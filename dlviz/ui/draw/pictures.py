"""Pictures and what lies on them: images, masks, boxes, keypoints, attributions."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Sheet:
    """How pictures of one size lie side by side, in pixels. `below` is the room for a caption."""

    many: int
    height: int
    width: int
    captions: bool = False

    @property
    def columns(self) -> int:
        return self.many if self.many <= 4 else 6 if self.many <= 24 else 8

    @property
    def lines(self) -> int:
        return math.ceil(self.many / self.columns)

    @property
    def gap(self) -> int:
        return max(1, self.width // 8) if self.many > 1 else 0

    @property
    def below(self) -> float:
        return self.height * 0.34 if self.captions else self.gap

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole sheet."""
        across = self.columns * (self.width + self.gap) - self.gap
        return across, self.lines * (self.height + self.below) - (0 if self.captions else self.gap)

    def corner(self, place: int) -> tuple[float, float]:
        """Left and top of the picture at `place`."""
        return (place % self.columns) * (self.width + self.gap), (place // self.columns) * (self.height + self.below)


def canvas(pictures: Array, dark: bool, height: int = 0, captions: bool = False) -> tuple[go.Figure, Sheet]:
    """A figure with the pictures (N, channels, height, width) laid out, in pixel coordinates from the top left."""
    sheet = Sheet(len(pictures), pictures.shape[2], pictures.shape[3], captions)
    across, down = sheet.size
    made = plain(dark, height or _height(sheet), axes=False, margin={"l": 0, "r": 0, "t": 4, "b": 4})
    for place, picture in enumerate(pictures):
        left, top = sheet.corner(place)
        made.add_layout_image(
            source=address(picture), x=left, y=top, sizex=sheet.width, sizey=sheet.height, xref="x", yref="y",
            sizing="stretch", layer="below",
        )  # fmt: skip
    made.update_xaxes(range=[0, across], constrain="domain")
    made.update_yaxes(range=[down, 0], scaleanchor="x", constrain="domain")
    made.add_scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip")
    return made, sheet


def _height(sheet: Sheet) -> int:
    """Pixels on the screen: what fills a column of about 460."""
    across, down = sheet.size
    return int(min(max(460 * down / across, 120), 260 if sheet.many == 1 else 900)) + 8


def _captions(value: Value, shown: int) -> list[tuple[str, bool]]:
    """(text, whether it is wrong) for each picture: what was predicted, and, where that is wrong, what is true."""
    if "captions" in value.more:
        return [(str(text), False) for text in value.more["captions"][:shown]]
    predicted, target, names = (value.more.get(key) for key in ("prediction", "target", "names"))
    if predicted is None:
        return []
    if names is None or target is None:
        return [(words.number(float(x)), False) for x in np.asarray(predicted, dtype=float).ravel()[:shown]]
    pairs = zip(np.asarray(predicted).astype(int)[:shown], np.asarray(target).astype(int)[:shown], strict=True)
    return [(str(names[p]) if p == t else f"{names[p]} ✗ {names[t]}", bool(p != t)) for p, t in pairs]


def _told_images(value: Value) -> str:
    kind = cast(Image, value.kind)
    what = "grey" if kind.channels == 1 else "colour"
    text = f"{words.count(len(value.data), f'{what} picture')} of {kind.width} by {kind.height} pixels."
    captions = _captions(value, len(value.data))
    if "target" in value.more and captions:
        text += f" {sum(wrong for _, wrong in captions)} of {len(captions)} are predicted wrong."
    return text


@draws(Image, _told_images)
def images(value: Value, dark: bool) -> go.Figure:
    """A grid; with `more["prediction"]`, `["target"]`, `["names"]` each says what was predicted ("3 ✗ 8": it is an 8);
    `more["captions"]` puts any text below."""
    shown = min(len(value.data), MOST)
    captions = _captions(value, shown)
    made, sheet = canvas(value.data[:shown], dark, captions=bool(captions))
    ground = palette.ground(dark)
    for place, (text, wrong) in enumerate(captions):
        left, top = sheet.corner(place)
        made.add_annotation(
            text=f"<b>{text}</b>" if wrong else text, showarrow=False, yanchor="top", x=left + sheet.width / 2,
            y=top + sheet.height, yshift=1, font={"size": 12, "color": ground.negative if wrong else ground.faint},
        )  # fmt: skip
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
    made, sheet = canvas(colors[shown].transpose(0, 3, 1, 2), dark)
    made.update_layout(height=_height(sheet) + 24)
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
        return canvas(image[:1] if image.ndim == 4 else image[None], dark, 360)[0]
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
    made.add_scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip")
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
