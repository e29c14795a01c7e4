"""Draws every kind of value: `figure(value, dark)` as a plotly figure, `summary(value)` as a spoken sentence.

One file a group of kinds; each registers its drawings with `@draws(Kind)`.
"""

from __future__ import annotations

import importlib
import pkgutil

from dlviz.draw.drawing import draws, figure, summary

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["draws", "figure", "summary"]
