"""A sheet of pictures: how pictures of one size lie side by side, and how each gets into a figure."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from typing import cast

import numpy as np
import plotly.graph_objects as go
from PIL import Image as Pillow

from dlviz.core.values import Array
from dlviz.draw.drawing import plain

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
    """How pictures of one size lie side by side, in pixels. `below` is the room for a caption; `across` says how many
    lie in a row (0: as many as look well)."""

    many: int
    height: int
    width: int
    captions: bool = False
    across: int = 0

    @property
    def columns(self) -> int:
        if self.across:
            return self.across
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


def canvas(
    pictures: Array, dark: bool, height: int = 0, captions: bool = False, across: int = 0
) -> tuple[go.Figure, Sheet]:
    """A figure with the pictures (N, channels, height, width) laid out, in pixel coordinates from the top left."""
    sheet = Sheet(len(pictures), pictures.shape[2], pictures.shape[3], captions, across)
    wide, down = sheet.size
    made = plain(dark, height or height_of(sheet), axes=False, margin={"l": 0, "r": 0, "t": 4, "b": 4})
    for place, picture in enumerate(pictures):
        left, top = sheet.corner(place)
        made.add_layout_image(
            source=address(picture), x=left, y=top, sizex=sheet.width, sizey=sheet.height, xref="x", yref="y",
            sizing="stretch", layer="below",
        )  # fmt: skip
    made.update_xaxes(range=[0, wide], constrain="domain")
    made.update_yaxes(range=[down, 0], scaleanchor="x", constrain="domain")
    made.add_scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip")
    return made, sheet


def height_of(sheet: Sheet) -> int:
    """Pixels on the screen: what fills a column of about 460."""
    across, down = sheet.size
    return int(min(max(460 * down / across, 120), 260 if sheet.many == 1 else 900)) + 8
