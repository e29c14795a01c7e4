"""Places: where an explanation may lie all in one spot: a column, a word, a square of a picture, a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.core.values import Array, Audio, Kind, Series
from dlviz.explainers.features import Features

#: A place is a square of so large a part of a picture's side.
_SQUARE = 4


@dataclass(frozen=True)
class Places:
    """`members[i]` are the features that make up place i; `said[i]` tells in words where it is."""

    members: tuple[tuple[int, ...], ...]
    said: tuple[str, ...]

    @classmethod
    def of(cls, features: Features, names: tuple[str, ...], kind: Kind) -> Places:
        """Of columns or words, by their `names`; else of what lies on the features' grid."""
        if names:
            return cls(tuple((at,) for at in range(len(names))), tuple(f"at `{name}`" for name in names))
        down, across = features.grid or (1, features.count)
        if isinstance(kind, Series | Audio) and features.of.dim() < 3:
            return cls(tuple((at,) for at in range(down * across)), _times(features, kind, down, across))
        side = max(1, round(min(down, across) / _SQUARE))
        corners = [(row, column) for row in range(down - side + 1) for column in range(across - side + 1)]
        members = tuple(
            tuple((row + y) * across + column + x for y in range(side) for x in range(side)) for row, column in corners
        )
        spectrogram = isinstance(kind, Audio)
        said = tuple(
            _where((row + side / 2) / down, (column + side / 2) / across, spectrogram) for row, column in corners
        )
        return cls(members, said)

    def shares(self, weights: Array) -> Array:
        """(N, places): how much of each explanation (N, features) lies in each place, of its absolute values."""
        size = np.abs(weights)
        return np.stack([size[:, list(own)].sum(1) for own in self.members], 1)

    def chance(self, place: int, features: int) -> float:
        """What lies there if an explanation is the same everywhere."""
        return len(self.members[place]) / features

    def alike(self, one: int, other: int) -> bool:
        """Whether two places share half of their features or more."""
        common = set(self.members[one]) & set(self.members[other])
        return 2 * len(common) >= len(self.members[one])


def _where(down: float, across: float, spectrogram: bool) -> str:
    """A place of a picture in words, from the shares of its height and width at which its middle lies."""
    upright = 0 if down < 1 / 3 else 2 if down > 2 / 3 else 1
    sideways = 0 if across < 1 / 3 else 2 if across > 2 / 3 else 1
    if spectrogram:
        return f"in its {('high', 'middle', 'low')[upright]} pitches, {('early', 'halfway', 'late')[sideways]}"
    words = " ".join(word for word in (("top", "", "bottom")[upright], ("left", "", "right")[sideways]) if word)
    return f"at the {words}" if words else "in the middle"


def _times(features: Features, kind: Series | Audio, down: int, across: int) -> tuple[str, ...]:
    """Stretches of a series or sound in words."""
    found = []
    of = features.of.reshape(down, -1)
    for number in range(down * across):
        steps = (of[number // across] == number).nonzero().flatten()
        first, last = int(steps[0]), int(steps[-1])
        if isinstance(kind, Audio):
            found.append(f"between {first / kind.rate:.2f} and {(last + 1) / kind.rate:.2f} s")
        else:
            channel = f" of `{kind.names[number // across]}`" if down > 1 else ""
            found.append(f"{_steps(first + 1, last + 1)}{channel}")
    return tuple(found)


def _steps(first: int, last: int) -> str:
    return f"at step {first}" if first == last else f"in the steps {first} to {last}"
