"""Picture: an answer as a PNG, drawn with Pillow alone, for terminals and reports.

Blue speaks for the target, orange against it, as on the pages; the pair is told apart by every kind of colour-blind
eye, and each bar carries its sign and number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dlviz.asking.answer import Answer, picture_of
from dlviz.core.files import replace_with
from dlviz.core.values import Array

FOR, AGAINST = (0, 114, 178), (192, 85, 0)
PAPER, INK, FAINT = (255, 255, 255), (31, 41, 51), (91, 102, 114)
SIDE = 320  # pixels of a picture's longer side
ROW, WIDTH, LABELS, NUMBERS = 26, 720, 260, 80  # pixels of a bar chart
MOST = 20  # bars


def write_png(answer: Answer, path: Path) -> None:
    """Write the answer to `path`, atomically: the picture beside its map, or the bars of a table's columns."""
    drawn = _bars(answer) if answer.explanation.kind.names else _overlay(answer)
    replace_with(path, lambda temporary: drawn.save(temporary, format="PNG"))


def strengths(values: Array) -> Array:
    """Attributions (channels, height, width) as one number a pixel, -1 to 1: their sum over the channels, by the
    largest."""
    plane = values.sum(axis=0)
    most = float(np.abs(plane).max())
    return np.asarray(plane / most if most > 0 else plane)


def tinted(picture: Array, strength: Array) -> Array:
    """The picture (channels, height, width), 0 to 1, in light grey, tinted by strength -1 to 1: (height, width, 3).

    The root lifts small weights enough to be seen at all.
    """
    grey = (0.25 + 0.6 * picture.mean(axis=0))[..., None] * 255.0
    tint = np.where((strength >= 0)[..., None], np.array(FOR, float), np.array(AGAINST, float))
    share = np.sqrt(np.abs(strength))[..., None] * 0.9
    return np.asarray((grey * (1 - share) + tint * share).round().astype(np.uint8))


def _overlay(answer: Answer) -> Any:
    from PIL import Image, ImageDraw

    picture = picture_of(answer)
    assert picture is not None, "attributions without names are a picture's"
    height, width = picture.shape[1:]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    colours = np.repeat(picture, 3, axis=0) if len(picture) == 1 else picture[:3]
    plain = Image.fromarray((colours.transpose(1, 2, 0).clip(0, 1) * 255).round().astype(np.uint8))
    over = Image.fromarray(tinted(picture, strengths(answer.explanation.values)))
    sheet = Image.new("RGB", (2 * size[0] + 48, size[1] + 92), PAPER)
    sheet.paste(plain.resize(size, Image.Resampling.NEAREST), (16, 44))
    sheet.paste(over.resize(size, Image.Resampling.NEAREST), (32 + size[0], 44))
    _title(ImageDraw.Draw(sheet), answer, size[1] + 58)
    return sheet


def _bars(answer: Answer) -> Any:
    from PIL import Image, ImageDraw

    values, names = answer.explanation.values, answer.explanation.kind.names
    order = np.argsort(-np.abs(values))[:MOST]
    most = float(np.abs(values).max()) or 1.0
    cells = [str(cell) for cell in np.asarray(answer.shown.data[0]).reshape(-1)]
    sheet = Image.new("RGB", (WIDTH, ROW * len(order) + 100), PAPER)
    draw, font = ImageDraw.Draw(sheet), _font(13)
    reach = (WIDTH - LABELS - 2 * NUMBERS) / 2
    middle = LABELS + NUMBERS + reach
    for place, at in enumerate(order):
        top = 48 + place * ROW
        cell = f" = {cells[at]}" if len(cells) == len(names) else ""
        draw.text((LABELS, top + ROW / 2), _fitting(draw, names[at] + cell, font), INK, font, anchor="rm")
        end = middle + reach * float(values[at]) / most
        draw.rectangle(
            (min(middle, end), top + 4, max(middle, end), top + ROW - 5), FOR if values[at] >= 0 else AGAINST
        )
        aside = 6 if values[at] >= 0 else -6
        draw.text((end + aside, top + ROW / 2), f"{values[at]:+.3g}", INK, font, anchor="lm" if aside > 0 else "rm")
    draw.line((middle, 44, middle, 48 + ROW * len(order)), FAINT)
    _title(draw, answer, ROW * len(order) + 66)
    return sheet


def _title(draw: Any, answer: Answer, legend: float) -> None:
    said = answer.summary()
    draw.text((16, 14), f"{answer.method.kind()} for {answer.target_name}", INK, _font(16))
    draw.rectangle((16, legend, 28, legend + 12), FOR)
    draw.text((34, legend - 2), "speaks for +", FAINT, _font(13))
    draw.rectangle((130, legend, 142, legend + 12), AGAINST)
    draw.text((148, legend - 2), "against -", FAINT, _font(13))
    predicted = said.get("prediction_name", f"{said['prediction']:.4g}" if "value" in said else "")
    draw.text((250, legend - 2), f"predicted: {predicted}, score {answer.explanation.score:.4g}", FAINT, _font(13))


def _fitting(draw: Any, text: str, font: Any) -> str:
    """`text`, cut so that it fits in front of the bars."""
    while len(text) > 4 and draw.textlength(text, font=font) > LABELS - 24:
        text = text[:-2].rstrip("…") + "…"
    return text


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)
