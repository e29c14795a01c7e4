"""Numbers and times as people read them."""

from __future__ import annotations

import math
import time

from dlviz.core.called import called


def number(value: float | None) -> str:
    """Grouped, to four significant digits: 166,618 · 0.9712 · 1.2e-05."""
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
    """97.2 %, with more digits near the ends."""
    value = 100 * share
    digits = 1 if 0.1 <= value <= 99.9 else 2
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def duration(seconds: float | None) -> str:
    """How long, roughly: 8 s, 2 min, 1 h 20 min, 3 days."""
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


def left(seconds: float | None) -> str:
    """How long it will still take: "about 2 min left"."""
    if seconds is None or not math.isfinite(seconds):
        return "working out how long it takes"
    if seconds < 2:
        return "nearly done"
    return f"about {duration(seconds)} left"


def ago(moment: float, now: float | None = None) -> str:
    """When: "just now", "5 min ago", "yesterday", "12 Mar 2026"."""
    now = time.time() if now is None else now
    passed = now - moment
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{int(passed // 60)} min ago"
    if passed < 20 * 3600:
        return f"{int(passed // 3600)} h ago"
    days = int(now // 86400) - int(moment // 86400)
    if days <= 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    return time.strftime("%d %b %Y", time.localtime(moment)).lstrip("0")


def size(count: float) -> str:
    """Bytes: 12 kB, 3.4 MB."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{int(count)} B"


def count(many: int, one: str, more: str = "") -> str:
    """`1 run`, `1,204 runs`."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def task(kind: str) -> str:
    """A task's kind for people: `Gan` → "GAN"."""
    return {"Gan": "GAN"}.get(kind, kind)


def metric(name: str) -> str:
    """A metric's name for people: `validation.accuracy` → "validation accuracy"; `r2` → "R²"."""
    known = {"r2": "R²", "mae": "mean absolute error", "rmse": "root mean squared error", "mse": "mean squared error",
             "psnr": "PSNR", "mase": "MASE", "kl": "KL divergence"}  # fmt: skip
    return " ".join(known.get(part.lower(), part.replace("_", " ")) for part in name.split("."))


def method(kind: str) -> str:
    """A method or study for people: `IntegratedGradients` → "Integrated gradients"."""
    return called(kind)
