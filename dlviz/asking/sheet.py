"""Sheet: what all pictures of answers have in common: colours, title, legend, fonts. Drawn with Pillow alone.

Blue speaks for the target, orange against it, as on the pages; the pair is told apart by every kind of colour-blind
eye, and each drawing says the sign in another way, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dlviz.asking.answer import Answer
from dlviz.core.called import called
from dlviz.core.values import Array

FOR, AGAINST = (0, 114, 178), (192, 85, 0)
PAPER, INK, FAINT = (255, 255, 255), (31, 41, 51), (91, 102, 114)
#: Pixels of a sheet that is no picture's, and of its margins.
WIDTH, MARGIN = 720, 16


def blank(width: int, height: int) -> tuple[Any, Any]:
    """An empty sheet, and what draws on it."""
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (width, height), PAPER)
    return sheet, ImageDraw.Draw(sheet)


def titled(draw: Any, answer: Answer, legend: float) -> None:
    """The title on top, and at `legend` what the colours mean and what was predicted."""
    said = answer.summary()
    draw.text((MARGIN, 14), f"{called(answer.method.kind())} for {answer.target_name}", INK, font(16))
    draw.rectangle((16, legend, 28, legend + 12), FOR)
    draw.text((34, legend - 2), "speaks for +", FAINT, font(13))
    draw.rectangle((130, legend, 142, legend + 12), AGAINST)
    draw.text((148, legend - 2), "against -", FAINT, font(13))
    predicted = said.get("prediction_name", f"{said['prediction']:.4g}" if "value" in said else "")
    draw.text((250, legend - 2), f"predicted: {predicted}, score {answer.explanation.score:.4g}", FAINT, font(13))


def tint(own: float) -> tuple[int, int, int]:
    """The ground of something that spoke so much, -1 to 1: the paper, mixed with blue or orange."""
    share = 0.06 + 0.42 * min(1.0, abs(own))
    color = np.array(FOR if own > 0 else AGAINST)
    red, green, blue = (np.array(PAPER) * (1 - share) + color * share).round().astype(int).tolist()
    return red, green, blue


def strength(values: Array) -> Array:
    """Numbers by the largest of them, -1 to 1."""
    most = float(np.abs(values).max(initial=0.0))
    return np.asarray(values / most if most > 0 else values, dtype=float)


def strengths(values: Array) -> Array:
    """Attributions (channels, height, width) as one number a pixel, -1 to 1: their sum over the channels, by the
    largest."""
    return strength(values.sum(axis=0))


def tinted(picture: Array, plane: Array) -> Array:
    """The picture (channels, height, width), 0 to 1, in light grey, tinted by `plane`, -1 to 1: (height, width, 3).

    The root lifts small weights enough to be seen at all.
    """
    grey = (0.25 + 0.6 * picture.mean(axis=0))[..., None] * 255.0
    color = np.where((plane >= 0)[..., None], np.array(FOR, float), np.array(AGAINST, float))
    share = np.sqrt(np.abs(plane))[..., None] * 0.9
    return np.asarray((grey * (1 - share) + color * share).round().astype(np.uint8))


def font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
