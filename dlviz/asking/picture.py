"""Picture: an answer as a PNG, drawn with Pillow alone, for terminals and reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dlviz.asking.answer import Answer, picture_of
from dlviz.asking.sheet import AGAINST, FAINT, FOR, INK, WIDTH, blank, font, strengths, tinted, titled
from dlviz.core.files import replace_with

SIDE = 320  # pixels of a picture's longer side
ROW, LABELS, NUMBERS = 26, 260, 80  # pixels of a bar chart
MOST = 20  # bars


def write_png(answer: Answer, path: Path) -> None:
    """Write the answer to `path`, atomically: a picture beside its map, a table's columns as bars, a text, a series, a
    sound as they are, with what spoke for and against."""
    from dlviz.asking import picture_text, picture_time

    drawn = {
        "columns": _bars, "text": picture_text.text, "series": picture_time.lines, "sound": picture_time.lines,
        "spectrogram": picture_time.heard, "picture": _overlay,
    }[answer.explanation.kind.lies_over()](answer)  # fmt: skip
    replace_with(path, lambda temporary: drawn.save(temporary, format="PNG"))


def _overlay(answer: Answer) -> Any:
    from PIL import Image

    picture = picture_of(answer)
    assert picture is not None, "attributions without names are a picture's"
    height, width = picture.shape[1:]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    colours = np.repeat(picture, 3, axis=0) if len(picture) == 1 else picture[:3]
    plain = Image.fromarray((colours.transpose(1, 2, 0).clip(0, 1) * 255).round().astype(np.uint8))
    over = Image.fromarray(tinted(picture, strengths(answer.explanation.values)))
    sheet, draw = blank(2 * size[0] + 48, size[1] + 92)
    sheet.paste(plain.resize(size, Image.Resampling.NEAREST), (16, 44))
    sheet.paste(over.resize(size, Image.Resampling.NEAREST), (32 + size[0], 44))
    titled(draw, answer, size[1] + 58)
    return sheet


def _bars(answer: Answer) -> Any:
    values, names = answer.explanation.values, answer.explanation.kind.names
    order = np.argsort(-np.abs(values))[:MOST]
    most = float(np.abs(values).max()) or 1.0
    cells = [str(cell) for cell in np.asarray(answer.shown.data[0]).reshape(-1)]
    sheet, draw = blank(WIDTH, ROW * len(order) + 100)
    letters = font(13)
    reach = (WIDTH - LABELS - 2 * NUMBERS) / 2
    middle = LABELS + NUMBERS + reach
    for place, at in enumerate(order):
        top = 48 + place * ROW
        cell = f" = {cells[at]}" if len(cells) == len(names) else ""
        draw.text((LABELS, top + ROW / 2), _fitting(draw, names[at] + cell, letters), INK, letters, anchor="rm")
        end = middle + reach * float(values[at]) / most
        draw.rectangle(
            (min(middle, end), top + 4, max(middle, end), top + ROW - 5), FOR if values[at] >= 0 else AGAINST
        )
        aside = 6 if values[at] >= 0 else -6
        draw.text((end + aside, top + ROW / 2), f"{values[at]:+.3g}", INK, letters, anchor="lm" if aside > 0 else "rm")
    draw.line((middle, 44, middle, 48 + ROW * len(order)), FAINT)
    titled(draw, answer, ROW * len(order) + 66)
    return sheet


def _fitting(draw: Any, text: str, font: Any) -> str:
    """`text`, cut so that it fits in front of the bars."""
    while len(text) > 4 and draw.textlength(text, font=font) > LABELS - 24:
        text = text[:-2].rstrip("…") + "…"
    return text
