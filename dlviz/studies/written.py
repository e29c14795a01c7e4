"""Written: numbers, shares and counts as sentences and tables have them."""

from __future__ import annotations

import math


def number(value: float | None) -> str:
    """To four digits, thousands grouped; – where it is not known."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def percent(share: float) -> str:
    """82.1 %; – where it is not known."""
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"


def count(many: int, one: str, more: str = "") -> str:
    """`1 example`, `1,204 examples`."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def figure(name: str) -> str:
    """A metric's name as people write it."""
    if name.startswith("f1_"):
        return f"F1 of {name.removeprefix('f1_')}"
    known = {"r2": "R²", "mae": "mean absolute error", "rmse": "root mean squared error", "mse": "mean squared error",
             "f1": "F1", "mase": "MASE", "psnr": "PSNR", "kl": "KL divergence"}  # fmt: skip
    return known.get(name, name.replace("_", " "))


def seconds(value: float) -> str:
    """How long: 8 s, 2 min, 1 h 20 min."""
    if value < 90:
        return f"{value:.0f} s" if value >= 1 else "under 1 s"
    if value < 3600:
        return f"{round(value / 60)} min"
    hours, minutes = divmod(round(value / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def cut(text: str, most: int) -> str:
    """A text of at most `most` letters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
