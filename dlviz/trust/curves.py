"""Curves: what a verdict shows, as a value to draw."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Curves, Value
from dlviz.trust.trial import Verdict


def drawn(verdict: Verdict) -> Value | None:
    """The curves of a verdict, those of chance without names; None where it has none."""
    lines = {name: line for name, line in verdict.curves.items() if name != "x"}
    if not lines:
        return None
    kind = Curves(
        names=tuple(name.strip() for name in lines), x_title="share taken away, or put in", y_title=verdict.height
    )
    return Value(kind, np.array(list(lines.values()), float), verdict.trial, "", {"x": verdict.curves["x"]})
