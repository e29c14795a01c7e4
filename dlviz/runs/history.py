"""History: the numbers of a draft's versions, which of them undo and redo reach, and the one shown now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class History:
    """The versions from the first to the newest that redo reaches, as ranges of numbers, oldest first.

    A number is given once and never again, also not after undo: whoever holds a number holds one content. Ranges keep
    the record short, however many versions there are: there is one more for each edit made after undo.
    """

    at: int
    ways: tuple[tuple[int, int], ...]

    @classmethod
    def first(cls) -> History:
        return cls(1, ((1, 1),))

    @classmethod
    def of(cls, numbers: list[int], at: int) -> History:
        """The history through all of `numbers`, for want of a better one."""
        ways: list[tuple[int, int]] = []
        for number in sorted(numbers):
            if ways and ways[-1][1] == number - 1:
                ways[-1] = (ways[-1][0], number)
            else:
                ways.append((number, number))
        return cls(at, tuple(ways))

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> History | None:
        """The history in head.json; None where that is damaged."""
        at, ways = record.get("at"), record.get("ways", [[1, record.get("top")]])
        if not isinstance(ways, list) or not ways or type(at) is not int:
            return None
        last = 0
        for way in ways:
            if not isinstance(way, list) or len(way) != 2 or not all(type(number) is int for number in way):
                return None
            if not last < way[0] <= way[1]:
                return None
            last = way[1]
        history = cls(at, tuple((way[0], way[1]) for way in ways))
        return history if history._way() is not None else None

    def document(self) -> dict[str, Any]:
        return {"at": self.at, "ways": [list(way) for way in self.ways]}

    @property
    def last(self) -> int:
        """The greatest number given so far."""
        return self.ways[-1][1]

    def before(self) -> int | None:
        """The version that undo shows."""
        place = self._place()
        if self.at > self.ways[place][0]:
            return self.at - 1
        return self.ways[place - 1][1] if place else None

    def after(self) -> int | None:
        """The version that redo shows."""
        place = self._place()
        if self.at < self.ways[place][1]:
            return self.at + 1
        return self.ways[place + 1][0] if place + 1 < len(self.ways) else None

    def moved(self, at: int) -> History:
        return History(at, self.ways)

    def grown(self) -> tuple[History, list[int]]:
        """With a new version after the one shown now, and the numbers that redo no longer reaches."""
        place, new = self._place(), self.last + 1
        first, end = self.ways[place]
        gone = [*range(self.at + 1, end + 1)]
        for way in self.ways[place + 1 :]:
            gone += range(way[0], way[1] + 1)
        kept = self.ways[:place]
        ways = (*kept, (first, new)) if self.at == new - 1 else (*kept, (first, self.at), (new, new))
        return History(new, ways), gone

    def _place(self) -> int:
        place = self._way()
        assert place is not None, "checked when it was read"
        return place

    def _way(self) -> int | None:
        return next((n for n, (first, end) in enumerate(self.ways) if first <= self.at <= end), None)
