"""Choices: what the settings of parts may name in one run, ready to be offered in menus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Choice:
    """One value that a setting may take: as it stands in a document, and as a person reads it. `many`: how many units
    a layer has; 0: not known."""

    value: Any
    label: str
    many: int = 0


#: What a run has, by what a setting `names` (`core/setting.py`), and under `input` of what sort its inputs are. Where
#: that is empty the run has none; where nothing stands nothing is known, and a setting stays a plain field.
Known = Mapping[str, Sequence[Choice]]
