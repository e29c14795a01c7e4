"""Examine: every illness asked once, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlviz.doctor.diagnosis import SEVERITIES, Diagnosis
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record


@dataclass(frozen=True)
class Report:
    """What was found, which checks found nothing, and which could not be made (title → sentence)."""

    diagnoses: tuple[Diagnosis, ...]
    passed: tuple[str, ...]
    skipped: dict[str, str]
    step: int

    def document(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "diagnoses": [found.document() for found in self.diagnoses],
            "passed": list(self.passed),
            "skipped": self.skipped,
        }


def examine(record: Record) -> Report:
    """Ask every illness; what another one found explains is left out."""
    found: dict[str, Diagnosis] = {}
    passed, skipped = [], {}
    kinds = Illness.kinds()
    for kind, part in kinds.items():
        illness = part()
        why = illness.why_not(record)
        if why is not None:
            skipped[illness.title] = why
        elif (diagnosis := illness.examine(record)) is not None:
            found[kind] = diagnosis
        else:
            passed.append(illness.title)
    told = []
    for kind, diagnosis in found.items():
        causes = [found[name] for name in kinds[kind].explained_by if name in found]
        # a hint explains nothing that is worse than itself
        cause = next((cause for cause in causes if _rank(cause) <= _rank(diagnosis)), None)
        if cause is None:
            told.append(diagnosis)
        else:
            skipped[kinds[kind].title] = f"Another finding explains what it would say: {cause.title}."
    worst_first = sorted(told, key=lambda diagnosis: (_rank(diagnosis), not kinds[diagnosis.kind].causes))
    return Report(tuple(worst_first), tuple(passed), skipped, record.step)


def _rank(diagnosis: Diagnosis) -> int:
    return SEVERITIES.index(diagnosis.severity)
