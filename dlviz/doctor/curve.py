"""Curve: one measured number over the steps of a training."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: So many points of a curve are kept as evidence: more than a small drawing has pixels for.
_SHOWN = 200


@dataclass(frozen=True)
class Curve:
    """`values` (N,) at `steps` (N,), in the order of time. Numbers that are none are left out when it is made."""

    name: str
    steps: Floats
    values: Floats

    @classmethod
    def of(cls, name: str, points: Iterable[tuple[Any, Any]]) -> Curve:
        """From (step, value) pairs; of one step the last counts. What is no finite number is passed over."""
        sound = {float(step): float(value) for step, value in points if _number(step) and _number(value)}
        steps = sorted(sound)
        return cls(name, np.array(steps, dtype=np.float64), np.array([sound[step] for step in steps], dtype=np.float64))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def last(self) -> float:
        return float(self.values[-1])

    def first(self, share: float = 0.0, least: int = 3) -> float:
        """The median of its first values: of the first `least`, or of this share of all."""
        return float(np.median(self.values[: max(least, int(share * len(self)))]))

    def late(self, share: float = 0.25, least: int = 3) -> float:
        """The median over the last `share` of its values."""
        return float(np.median(self.tail(share, least).values))

    def tail(self, share: float = 0.25, least: int = 3) -> Curve:
        """Its last `share` of values, and at least `least` of them."""
        keep = max(least, round(share * len(self)))
        return Curve(self.name, self.steps[-keep:], self.values[-keep:])

    def noise(self) -> float:
        """How far a value strays from those beside it: from the median size of the steps between neighbours. A steady
        rise or fall is no noise. 0 for fewer than three values."""
        if len(self) < 3:
            return 0.0
        bends = self.values[:-2] - 2 * self.values[1:-1] + self.values[2:]  # 0 on a straight line
        return float(np.median(np.abs(bends)) / (0.6745 * np.sqrt(6)))

    def smooth(self, window: int = 0) -> Floats:
        """(N,) its running mean over about a twentieth of its length, from which chance is gone."""
        wide = window or max(1, len(self) // 20)
        sums = np.concatenate([[0.0], np.cumsum(self.values)])
        ends = np.arange(1, len(self) + 1)
        starts = np.maximum(0, ends - wide)
        return np.asarray((sums[ends] - sums[starts]) / (ends - starts))

    def document(self) -> dict[str, Any]:
        """`{"name", "steps", "values"}`, thinned to what can be drawn; first and last stay."""
        count = len(self)
        kept = np.unique(np.linspace(0, count - 1, min(count, _SHOWN)).round().astype(int))
        return {
            "name": self.name,
            "steps": [round(float(self.steps[at])) for at in kept],
            "values": [float(f"{self.values[at]:.5g}") for at in kept],
        }


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))
