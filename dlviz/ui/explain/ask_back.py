"""Ask back: change the input or mute parts of the network, and see what becomes of the prediction."""

from __future__ import annotations

from dlviz.training.folder import RunFolder
from dlviz.ui.explain.example import Chosen


def show(run: RunFolder, chosen: Chosen) -> None:
    """The tools to change it with, and what the network then says."""
