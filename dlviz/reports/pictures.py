"""Pictures: small pictures inside the page itself, as data addresses."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from dlviz.core.values import Array

#: Pixels of a picture's longer side; larger ones are made smaller, so that a page stays light.
SIDE = 160
#: Blue speaks for, orange against, as on the pages.
_FOR, _AGAINST = np.array([0.0, 114, 178]), np.array([192.0, 85, 0])


def png(picture: Array) -> str:
    """A picture (channels, height, width), 0 to 1, as the address of a PNG."""
    colours = np.repeat(picture[:1], 3, axis=0) if len(picture) < 3 else picture[:3]
    pixels = (np.nan_to_num(colours).clip(0, 1).transpose(1, 2, 0) * 255).round().astype(np.uint8)
    return _address(pixels)


def heat(plane: Array) -> str:
    """Numbers (height, width) as the address of a PNG: the paler, the nearer to 0; blue above it, orange below."""
    most = float(np.abs(plane).max()) or 1.0
    share = np.sqrt(np.abs(plane) / most)[..., None]  # the root lifts small numbers enough to be seen
    tint = np.where((plane >= 0)[..., None], _FOR, _AGAINST)
    return _address((250 * (1 - share) + tint * share).round().clip(0, 255).astype(np.uint8))


def _address(pixels: Array) -> str:
    drawn = Image.fromarray(pixels)
    if max(drawn.size) > SIDE:
        scale = SIDE / max(drawn.size)
        drawn = drawn.resize((max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale))))
    file = io.BytesIO()
    drawn.save(file, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
