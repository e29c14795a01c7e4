"""Diagnosis: what was found, how bad it is, what shows it, and what may cure it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dlviz.doctor.curve import Curve

#: `severe`: the training is spoilt or worthless as it is. `warning`: it suffers. `hint`: it could do better.
Severity = Literal["severe", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("severe", "warning", "hint")


@dataclass(frozen=True)
class Evidence:
    """Curves that show it in one drawing, with the border that was crossed as a horizontal `line`."""

    title: str
    curves: tuple[Curve, ...]
    line: float | None = None
    line_title: str = ""
    log: bool = False

    def document(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "curves": [curve.document() for curve in self.curves],
            "line": self.line,
            "line_title": self.line_title,
            "log": self.log,
        }


@dataclass(frozen=True)
class Cure:
    """Changes of the spec, by path as in its document, to be tried from `step` on in a fork; with `anew` in a new run,
    for a fork keeps its parent's data. No changes: something to be done by hand, which the title says."""

    title: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    step: int = 0
    anew: bool = False

    def document(self) -> dict[str, Any]:
        return {"title": self.title, "changes": dict(self.changes), "step": self.step, "anew": self.anew}


@dataclass(frozen=True)
class Diagnosis:
    """One illness of one training. `sentence` holds the numbers that were measured; `step` is when it began, `where`
    the path of a layer (`model.fc1`), a column or a network; empty: the whole."""

    kind: str
    title: str
    severity: Severity
    sentence: str
    step: int
    where: str = ""
    evidence: tuple[Evidence, ...] = ()
    cures: tuple[Cure, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": self.title,
            "severity": self.severity,
            "sentence": self.sentence,
            "step": self.step,
            "where": self.where,
            "evidence": [shown.document() for shown in self.evidence],
            "cures": [cure.document() for cure in self.cures],
        }
