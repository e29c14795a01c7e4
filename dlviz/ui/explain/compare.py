"""Compare: methods, classes, examples, epochs and runs held side by side."""

from __future__ import annotations

from dlviz.training.folder import RunFolder
from dlviz.ui.explain.example import Chosen


def show(run: RunFolder, chosen: Chosen) -> None:
    """What is compared, and the answers."""
