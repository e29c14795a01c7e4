"""What lies on pictures: masks, boxes, keypoints."""

from __future__ import annotations

from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Boxes, Keypoints, Mask, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain
from dlviz.draw.sheet import MOST, canvas, height_of


def _told_mask(value: Value) -> str:
    kind = cast(Mask, value.kind)
    share = np.bincount(value.data.astype(int).ravel(), minlength=len(kind.names)) / value.data.size
    order = [int(index) for index in np.argsort(-share)[:3] if share[index] > 0]
    return "Covered: " + ", ".join(f"{kind.names[index]} {written.percent(share[index])}" for index in order) + "."


@draws(Mask, _told_mask)
def mask(value: Value, dark: bool) -> go.Figure:
    kind = cast(Mask, value.kind)
    colors = np.array([palette.rgb(palette.category(index, dark)) for index in range(len(kind.names))]) / 255
    shown = value.data[: min(len(value.data), MOST)].astype(int)
    made, sheet = canvas(colors[shown].transpose(0, 3, 1, 2), dark)
    made.update_layout(height=height_of(sheet) + 24)
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
    return f"{written.count(value.data.shape[1], 'point')}: {', '.join(cast(Keypoints, value.kind).names[:8])}."


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
