"""Jumps out of lines that run one after the other: return, break and continue."""

from __future__ import annotations

from typing import Any


class Returned(Exception):
    """A `return` was reached."""

    def __init__(self, value: Any, line: int) -> None:
        self.value, self.line = value, line


class Left(Exception):
    """A `break` (last) or a `continue`."""

    def __init__(self, last: bool) -> None:
        self.last = last
