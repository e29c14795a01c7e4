"""UnbalancedClasses: rare classes are passed over."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record
from dlviz.doctor.words import percent

#: The largest class has so many times the examples of the smallest.
UNEQUAL = 3.0
#: So few of a rare class's examples are found.
_PASSED_OVER, _SEEN = 0.2, 4


class UnbalancedClasses(Illness):
    """Some classes are so rare that the network does best by never saying them: it is right most of the time, and
    useless for just the cases that one asks about.

    Told by a class with at most a third of the largest one's examples, of whose validation examples (at least 4) fewer
    than a fifth are found, over the last epochs. Severe where only one class is said at all. Borders found on runs with
    seeds 11 and 12.
    """

    title: ClassVar[str] = "Unbalanced classes"
    explained_by: ClassVar[tuple[str, ...]] = (
        "NotANumber", "LearningRateTooHigh", "LearningRateTooLow", "VanishingGradients", "DeadRelus",
        "ExplodingGradients",
    )  # fmt: skip

    def why_not(self, record: Record) -> str | None:
        if not record.facts.get("classes"):
            return "No classes are predicted, or they were not counted yet."
        return None if _said(record) else "What the network says of the validation part was not looked at yet."

    def examine(self, record: Record) -> Diagnosis | None:
        classes = record.facts["classes"]
        counts, held = np.array(classes["train"]), np.array(classes["validation"])
        late = _said(record)[-max(1, len(_said(record)) // 5) :]
        right = np.median([entry["right"] for entry in late], axis=0)
        said = np.median([entry["predicted"] for entry in late], axis=0)
        found = right / np.maximum(held, 1)
        # a class without any training example is not passed over but unknown: the parts differ (PartMismatch)
        few = (counts > 0) & (counts * UNEQUAL <= counts.max())
        rare = [at for at in range(len(counts)) if few[at] and held[at] >= _SEEN]
        missed = [at for at in rare if found[at] < _PASSED_OVER]
        if not missed or record.share < 0.3:
            return None
        worst = min(missed, key=lambda at: (found[at], counts[at]))
        most = int(counts.argmax())
        names = classes["names"]
        one = float(said.max()) >= 0.99 * float(held.sum())
        sentence = (
            f"The training part has {counts[most]:,} examples of `{names[most]}` and {counts[worst]:,} of "
            f"`{names[worst]}`. Of {held[worst]} of these in the validation part the network finds "
            f"{percent(found[worst])}; it says `{names[int(said.argmax())]}` in "
            f"{percent(said.max() / held.sum())} of all cases."
        )
        shown = [
            Curve.of(
                f"`{names[at]}` found", ((entry["step"], entry["right"][at] / held[at]) for entry in _said(record))
            )
            for at in [worst, most]
        ]
        evidence = Evidence(
            "Share of a class's validation examples that are found", tuple(shown), _PASSED_OVER, "too few"
        )
        step = _said(record)[0]["step"]
        balanced = (record.spec.get("task") or {}).get("class_weights") == "balanced"
        weigh = Cure("Let each class count the same", {"task.class_weights": "balanced"}, record.begin)
        offers = cures.several(None if balanced else weigh, cures.longer(record, record.step))
        severity: Severity = "severe" if one else "warning"
        return self.diagnosis(severity, sentence, step, where=names[worst], evidence=(evidence,), cures=offers)


def _said(record: Record) -> list[dict[str, Any]]:
    """The counts of predicted and rightly predicted classes, by step."""
    size = len((record.facts.get("classes") or {}).get("names", ()))
    return [
        dict(entry)
        for entry in record.seen
        if len(entry.get("predicted") or ()) == size and len(entry.get("right") or ()) == size and "step" in entry
    ]
