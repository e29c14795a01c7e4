"""Pictures, with what was predicted of each."""

from __future__ import annotations

from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Image, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws
from dlviz.draw.sheet import MOST, canvas


def _captions(value: Value, shown: int) -> list[tuple[str, bool]]:
    """(text, whether it is wrong) for each picture: what was predicted, and, where that is wrong, what is true."""
    if "captions" in value.more:
        return [(str(text), False) for text in value.more["captions"][:shown]]
    predicted, target, names = (value.more.get(key) for key in ("prediction", "target", "names"))
    if predicted is None:
        return []
    if names is None or target is None:
        return [(written.number(float(x)), False) for x in np.asarray(predicted, dtype=float).ravel()[:shown]]
    pairs = zip(np.asarray(predicted).astype(int)[:shown], np.asarray(target).astype(int)[:shown], strict=True)
    return [(str(names[p]) if p == t else f"{names[p]} ✗ {names[t]}", bool(p != t)) for p, t in pairs]


def _told_images(value: Value) -> str:
    kind = cast(Image, value.kind)
    what = "grey" if kind.channels == 1 else "colour"
    text = f"{written.count(len(value.data), f'{what} picture')} of {kind.width} by {kind.height} pixels."
    captions = _captions(value, len(value.data))
    if "target" in value.more and captions:
        text += f" {sum(wrong for _, wrong in captions)} of {len(captions)} are predicted wrong."
    return text


@draws(Image, _told_images)
def images(value: Value, dark: bool) -> go.Figure:
    """A grid; with `more["prediction"]`, `["target"]`, `["names"]` each says what was predicted ("3 ✗ 8": it is an 8);
    `more["captions"]` puts any text below; `more["rows"]` are titles of rows of equal length."""
    shown = min(len(value.data), MOST)
    captions, rows = _captions(value, shown), value.more.get("rows", ())
    across = shown // len(rows) if len(rows) else 0
    made, sheet = canvas(value.data[:shown], dark, captions=bool(captions), across=across)
    ground = palette.ground(dark)
    for line, title in enumerate(rows):
        _, top = sheet.corner(line * sheet.columns)
        made.add_annotation(
            text=str(title), showarrow=False, xanchor="right", x=0, xshift=-6, y=top + sheet.height / 2,
            font={"size": 12, "color": ground.faint},
        )  # fmt: skip
    if len(rows):
        made.update_xaxes(range=[-sheet.size[0] / 8, sheet.size[0]])
    for place, (text, wrong) in enumerate(captions):
        left, top = sheet.corner(place)
        made.add_annotation(
            text=f"<b>{text}</b>" if wrong else text, showarrow=False, yanchor="top", x=left + sheet.width / 2,
            y=top + sheet.height, yshift=1, font={"size": 12, "color": ground.negative if wrong else ground.faint},
        )  # fmt: skip
    return made
