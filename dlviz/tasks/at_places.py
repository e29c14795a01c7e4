"""At places: the names of all that can be said at each place of a text, made when one of them is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload


class AtPlaces(Sequence[str]):
    """ "cat at place 3": each of `said` at place 1, then each at place 2. A vocabulary of thousands at hundreds of
    places makes more names than fit in memory."""

    def __init__(self, said: tuple[str, ...], places: int) -> None:
        self._said, self._places = said, places

    def __len__(self) -> int:
        return len(self._said) * self._places

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[str, ...]: ...
    def __getitem__(self, number: int | slice) -> str | tuple[str, ...]:
        if isinstance(number, slice):
            return tuple(self[one] for one in range(*number.indices(len(self))))
        place, own = divmod(range(len(self))[number], len(self._said))
        return f"{self._said[own]} at place {place + 1}"

    def __contains__(self, name: object) -> bool:
        return self._number(name) is not None

    def index(self, name: str, start: int = 0, stop: int | None = None) -> int:
        """The number of a name. Raises `ValueError` where there is none."""
        number = self._number(name)
        if number is None or number not in range(len(self))[start:stop]:
            raise ValueError(f"{name!r} is none of these names")
        return number

    def _number(self, name: object) -> int | None:
        said, _, place = str(name).rpartition(" at place ")
        if said not in self._said or not place.isdecimal() or not 1 <= int(place) <= self._places:
            return None
        return (int(place) - 1) * len(self._said) + self._said.index(said)
