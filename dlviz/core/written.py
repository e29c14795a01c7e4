"""Written: numbers, shares, counts and times as pages, findings and reports have them, alike wherever they stand."""

from __future__ import annotations

import math


def number(value: float | None) -> str:
    """Grouped, to four significant digits: 166,618 · 0.9712 · 1.2e-05; – where it is not known."""
    if value is None:
        return "–"
    if isinstance(value, int) or (math.isfinite(value) and value == int(value) and abs(value) >= 100):
        return f"{int(value):,}"
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e7):
        return f"{value:.2g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def percent(share: float) -> str:
    """97.2 %, with more digits near the ends; – where it is not known (NaN)."""
    if math.isnan(share):
        return "–"
    value = 100 * share
    digits = 1 if 0.1 <= value <= 99.9 else 2
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def count(many: int, one: str, more: str = "") -> str:
    """`1 run`, `1,204 runs`."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def duration(seconds: float | None) -> str:
    """How long, roughly: 8 s, 2 min, 1 h 20 min, 3 days; – where it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{round(seconds)} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3600:
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(seconds / 86400)} days"


def figure(name: str) -> str:
    """A metric's name as people write it: `r2` is R², `f1_cat` is F1 of cat."""
    if name.startswith("f1_"):
        return f"F1 of {name.removeprefix('f1_')}"
    known = {"r2": "R²", "mae": "mean absolute error", "rmse": "root mean squared error", "mse": "mean squared error",
             "f1": "F1", "mase": "MASE", "psnr": "PSNR", "kl": "KL divergence"}  # fmt: skip
    return known.get(name.lower(), name.replace("_", " "))


def cut(text: str, most: int) -> str:
    """A text of at most `most` letters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
