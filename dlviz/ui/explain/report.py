"""The model card of a run: made on demand, shown as a download."""

from __future__ import annotations

from dlviz.training.folder import RunFolder


def show(run: RunFolder) -> None:
    """The button that makes it, and what came of it."""
