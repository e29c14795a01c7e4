"""Numbers and times as people read them; those that reports write as well stand in `core/written.py`."""

from __future__ import annotations

import math
import time

from dlviz.core.called import called
from dlviz.core.written import count as count
from dlviz.core.written import duration as duration
from dlviz.core.written import figure
from dlviz.core.written import number as number
from dlviz.core.written import percent as percent

_PARTS = ("train", "validation", "test")


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


def task(kind: str) -> str:
    """A task's kind for people: `Gan` → "GAN"."""
    return {"Gan": "GAN"}.get(kind, kind)


def metric(name: str) -> str:
    """A metric's name for people: `validation.accuracy` → "validation accuracy"; `r2` → "R²"."""
    part, dot, own = name.partition(".")
    return f"{part} {figure(own)}" if dot and part in _PARTS else figure(name)


def method(kind: str) -> str:
    """A method or study for people: `IntegratedGradients` → "Integrated gradients"."""
    return called(kind)
