"""Pictures from files and bytes: checked before they are decoded, and brought to one size and mode."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dlviz.core.problems import WrongInput
from dlviz.datasets.broken import Broken

Fit = Literal["crop", "pad", "stretch"]
Pixels = NDArray[np.uint8]

#: Formats that are read; PIL's own list is longer and holds ones that start other programs (EPS).
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
MOST_PIXELS = 40_000_000
MOST_BYTES = 64 * 2**20
_GREY = ("1", "L", "LA", "La", "I", "F")


def opened(content: bytes, name: str) -> Image.Image:
    """The picture in `content`, its header read and its size checked, not decoded yet.

    Raises `Broken` for what is no readable picture, `WrongInput` for a picture bomb.
    """
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise WrongInput(f"{name}: {_TOO_LARGE} Received: far more. Make it smaller.") from None
    except Exception as error:  # PIL raises many kinds on damaged headers
        raise Broken(f"no readable picture ({_short(error)})") from None
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise WrongInput(f"{name}: {_TOO_LARGE} Received: {width:,} × {height:,}. Make it smaller.")
    if width < 1 or height < 1:
        raise Broken("a picture without pixels")
    return picture


_TOO_LARGE = f"A picture may have at most {MOST_PIXELS // 10**6} million pixels."


def decoded(picture: Image.Image, channels: int, height: int, width: int, fit: Fit) -> Pixels:
    """The picture upright, in grey (channels 1) or colour (3), brought to (channels, height, width), 0 to 255."""
    try:
        picture.draft("L" if channels == 1 else "RGB", (width * 2, height * 2))  # JPEG: decode at a smaller scale
        plain = _plain(ImageOps.exif_transpose(picture)).convert("L" if channels == 1 else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Broken("too large to decode") from None
    except Exception as error:
        raise Broken(f"damaged ({_short(error)})") from None
    size = (width, height)
    if plain.size != size:
        if fit == "stretch":
            plain = plain.resize(size, Image.Resampling.BILINEAR, reducing_gap=2)
        elif fit == "crop":
            plain = ImageOps.fit(plain, size, Image.Resampling.BILINEAR)
        else:
            plain = ImageOps.pad(plain, size, Image.Resampling.BILINEAR)
    pixels = np.asarray(plain, dtype=np.uint8)
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def is_grey(picture: Image.Image) -> bool:
    """Whether a picture shows no colour, whatever its mode. Raises `Broken`."""
    if picture.mode in _GREY or picture.mode.startswith("I;"):
        return True
    pixels = decoded(picture, 3, 32, 32, "stretch").astype(np.int16)
    return bool((pixels.max(axis=0) - pixels.min(axis=0)).max() <= 8)


def _plain(picture: Image.Image) -> Image.Image:
    """8 bits a channel, no palette, what is transparent on white."""
    if picture.mode.startswith("I") or picture.mode == "F":
        numbers = np.asarray(picture, dtype=np.float64)
        finite = numbers[np.isfinite(numbers)]
        top = float(finite.max()) if finite.size else 0.0
        # 16 bits unless the numbers say otherwise: 0 to 1 in floating point, 0 to 255 in some TIFFs
        full = 65535 if top > 255 else 255 if top > 1 else 1
        scaled = np.clip(np.nan_to_num(numbers) / max(full, top if top > 65535 else full), 0, 1)
        return Image.fromarray((scaled * 255).round().astype(np.uint8))
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layer)
    return picture


def picture_from(path: str, channels: int, height: int, width: int, fit: Fit) -> Pixels:
    """The picture in a file, as `decoded` gives it. Raises `WrongInput`."""
    file = Path(path)
    if not file.is_file():
        raise WrongInput(f"There is no picture {path}. Name a PNG or JPEG file.")
    if file.stat().st_size > MOST_BYTES:
        raise WrongInput(
            f"{file.name}: a picture file may have at most 64 MB. Received: {file.stat().st_size:,} bytes."
        )
    try:
        return decoded(opened(file.read_bytes(), file.name), channels, height, width, fit)
    except Broken as error:
        raise WrongInput(f"{file.name} must be a picture (PNG or JPEG). Received: {error}.") from None


def _short(error: Exception) -> str:
    text = str(error).split("<_io")[0].strip() or type(error).__name__
    return text[:80]
