"""Small pictures of what passes at a node: channels as tiles, vectors as bars, sequences and attention as matrices."""

from __future__ import annotations

import base64
import io
import math
from functools import cache

import numpy as np

from dlviz.core.values import Array
from dlviz.draw import palette

#: (tiles, pixels of a tile's side, bars, height of bars, rows and columns of a matrix) of a small and a large picture.
SMALL, LARGE = (10, 18, 32, 24, (18, 40)), (64, 32, 128, 64, (64, 128))


def picture(array: Array, dark: bool = False, large: bool = False) -> str:
    """A data address of a PNG that shows `array` (one example, no batch). Colours: from nothing to much where no number
    is negative, else from negative over nothing to positive, with the largest size of all as the end of the scale."""
    tiles, side, bars, height, grid = LARGE if large else SMALL
    numbers = np.nan_to_num(array.astype(np.float32), posinf=0, neginf=0)
    if numbers.ndim > 3:  # a volume: its middle slice
        numbers = numbers[tuple([slice(None)] + [size // 2 for size in numbers.shape[1:-2]])]
    if numbers.ndim <= 1:
        pixels = _bars(_pooled(numbers.reshape(-1), (bars,)), height, dark)
    elif numbers.ndim == 2:
        pixels = _coloured(_pooled(numbers, grid), dark)
    else:
        pixels = _tiled(numbers[:tiles], side, dark)
    return "data:image/png;base64," + base64.b64encode(_png(pixels)).decode()


def _tiled(channels: Array, side: int, dark: bool) -> Array:
    """Channels side by side, in about twice as many columns as rows, one empty pixel apart."""
    small = np.stack([_pooled(channel, (side, side)) for channel in channels])
    coloured = _coloured(small, dark)
    many, high, wide = small.shape
    columns = min(many, max(1, math.ceil(math.sqrt(many * 2 * high / wide))))
    rows = math.ceil(many / columns)
    sheet = np.zeros((rows * (high + 1) - 1, columns * (wide + 1) - 1, 4), np.uint8)
    for number, tile in enumerate(coloured):
        top, left = number // columns * (high + 1), number % columns * (wide + 1)
        sheet[top : top + high, left : left + wide] = tile
    return sheet


def _bars(values: Array, height: int, dark: bool) -> Array:
    """One bar a value, three pixels wide, up or down from the line of zero."""
    ground = palette.ground(dark)
    top, bottom = max(float(values.max(initial=0)), 0.0), min(float(values.min(initial=0)), 0.0)
    span = (top - bottom) or 1.0
    zero = round((height - 1) * top / span)
    sheet = np.zeros((height, len(values) * 4 - 1, 4), np.uint8)
    sheet[zero, :] = (*palette.rgb(ground.line), 255)
    for number, value in enumerate(values):
        end = round((height - 1) * (top - float(value)) / span)
        color = ground.positive if value >= 0 else ground.negative
        sheet[min(zero, end) : max(zero, end) + 1, number * 4 : number * 4 + 3] = (*palette.rgb(color), 255)
    return sheet


def _coloured(values: Array, dark: bool) -> Array:
    """Numbers of any shape as colours (…, 4)."""
    most = float(np.abs(values).max(initial=0)) or 1.0
    signed = bool((values < 0).any())
    share = values / most
    places = np.clip((share + 1) / 2 if signed else share, 0, 1)
    colors: Array = _colors(signed, dark)[np.round(places * 255).astype(np.intp)]
    return colors


@cache
def _colors(signed: bool, dark: bool) -> Array:
    """256 colours (256, 4) of a scale of the palette."""
    stops = palette.diverging(dark) if signed else palette.sequential(dark)
    at = [place for place, _ in stops]
    channels = np.array([palette.rgb(color) for _, color in stops])
    steps = np.linspace(0, 1, 256)
    rgb = np.stack([np.interp(steps, at, channels[:, number]) for number in range(3)], 1)
    return np.concatenate([rgb, np.full((256, 1), 255)], 1).astype(np.uint8)


def _pooled(values: Array, most: tuple[int, ...]) -> Array:
    """At most so many numbers in each direction: of each patch the one that is farthest from 0, so that a single
    strong neuron is not averaged away."""
    for axis, limit in enumerate(most):
        size = values.shape[axis]
        if size > limit:
            starts = np.linspace(0, size, limit, endpoint=False).astype(np.intp)
            high, low = np.maximum.reduceat(values, starts, axis), np.minimum.reduceat(values, starts, axis)
            values = np.where(high >= -low, high, low)
    return values


def _png(pixels: Array) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "PNG", optimize=False, compress_level=6)
    return buffer.getvalue()


def photo(pixels: Array) -> str:
    """A data address of a picture (channels, height, width), values 0 to 1, as it is."""
    levels = np.round(np.clip(np.nan_to_num(pixels), 0, 1) * 255).astype(np.uint8)
    rgb = np.repeat(levels[:1], 3, 0) if len(levels) < 3 else levels[:3]
    opaque = np.concatenate([rgb, np.full_like(rgb[:1], 255)])
    return "data:image/png;base64," + base64.b64encode(_png(np.ascontiguousarray(opaque.transpose(1, 2, 0)))).decode()
