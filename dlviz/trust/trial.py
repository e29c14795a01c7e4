"""What a trial is: a question to an explanation that it may fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dlviz.core.part import Part
from dlviz.core.values import Array
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step


@dataclass(frozen=True)
class Verdict:
    """What a trial found. `value`: its figure, 0 to 1 or so, larger is better unless the trial says otherwise; None:
    it has none. `holds`: whether the explanation passed; None: it cannot be told. `says`: the finding in a sentence for
    students. `curves`: what to draw, by name, all over `x`; `height` says what their height is."""

    trial: str
    value: float | None
    holds: bool | None
    says: str
    curves: Mapping[str, Array] = field(default_factory=dict)
    height: str = ""
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """The verdict as plain JSON values, with what its trial asks."""
        trial = Trial.kinds().get(self.trial)
        return {
            "trial": self.trial, "asks": trial.asks if trial else "", "value": self.value, "holds": self.holds,
            "says": self.says,
            "curves": {name: np.asarray(curve, float).round(6).tolist() for name, curve in self.curves.items()},
            "height": self.height, "seconds": round(self.seconds, 4),
        }  # fmt: skip


class Trial(Part, family="trials"):
    """Can this explanation be believed? One trial of it."""

    paper: ClassVar[str]
    #: What it asks, in a few words, as the head of a line: "Does what is highlighted matter?"
    asks: ClassVar[str]
    #: Whether it asks the method again, which costs what the method costs.
    again: ClassVar[bool] = False

    def why_not(self, question: Question, method: Explainer, explanation: Explanation) -> str | None:
        """Why it cannot be tried on this one, in a sentence; None: it can."""
        return None

    def examine(self, question: Question, method: Explainer, explanation: Explanation, step: Step) -> Verdict:
        """Try the explanation, calling `step` as it goes. `method` may have fewer samples or steps than the one that
        gave the explanation, where that takes long (`trust/quick.py`). The question's networks are left as they were,
        to the last bit. May raise what `step` raises."""
        raise NotImplementedError
