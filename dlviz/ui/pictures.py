"""Pictures: arrays as PNGs that a page's script draws."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image as Pillow

from dlviz.core.values import Array


def png(picture: Array) -> str:
    """A picture (channels, height, width) of numbers 0 to 1, pixel by pixel, ready for an `<img>`."""
    pixels = (np.clip(np.nan_to_num(np.asarray(picture, float)), 0, 1) * 255).round().astype(np.uint8)
    pixels = pixels.transpose(1, 2, 0)[..., : 3 if pixels.shape[0] >= 3 else 1]
    buffer = io.BytesIO()
    Pillow.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
