"""Shapes in comments: numbers where they are the same for all blocks of a class, names where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlviz.network.code_plan import Copy

_LETTERS = {1: "F", 2: "LF", 3: "CHW", 4: "CDHW"}


class Sizes:
    """What each node of some copies of one graph gives. `columns`: an argument of their class → its values."""

    def __init__(self, copies: Sequence[Copy], columns: Mapping[str, Sequence[Any]] | None = None) -> None:
        self._copies = copies
        #: Name → its values, and which direction (from the last) it is for; None: any.
        self._names: dict[str, tuple[tuple[int, ...], int | None]] = {
            name: (tuple(column), None)
            for name, column in (columns or {}).items()
            if all(type(value) is int for value in column)
        }

    def of(self, node: str) -> str:
        """`(N, 16, 8, 8)`, or `(N, channels, H, W)`."""
        shapes = [copy.seen.nodes[node].shape or () for copy in self._copies]
        if len({len(shape) for shape in shapes}) > 1:
            return "(N, …)"
        number = len(shapes[0])
        sizes = [self._size(column, place, number) for place, column in enumerate(zip(*shapes, strict=True))]
        return f"({', '.join(['N', *sizes])})"

    def _size(self, column: tuple[int, ...], place: int, number: int) -> str:
        if len(set(column)) == 1:
            return str(column[0])
        known = {name: own for name, (own, where) in self._names.items() if where in (None, number - place)}
        for name, own in known.items():
            if own == column:
                return name
        for name, own in known.items():
            even = all(a * own[0] == b * column[0] for a, b in zip(column, own, strict=True))
            if even and own[0] and column[0] % own[0] == 0:
                return f"{column[0] // own[0]}·{name}"
            if even and column[0] and own[0] % column[0] == 0:
                return f"{name}/{own[0] // column[0]}"
        letter = _LETTERS.get(number, "S" * number)[place]
        name, count = letter, 1
        while name in self._names:
            count += 1
            name = f"{letter}{count}"
        self._names[name] = (column, number - place)
        return name
