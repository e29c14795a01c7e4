"""LearningRateTooLow: the steps are so short that nothing moves."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.progress import stuck
from dlviz.doctor.record import Record
from dlviz.doctor.words import percent

#: A tenth of the usual update/weight ratio of 1e-3 (Karpathy, CS231n notes).
LOW = 1e-4
#: So little of the loss was gained.
_LITTLE, _SLOW = 0.1, 0.35
#: So much of the loss of knowing nothing is left: nothing was learned.
_NOTHING = 0.95
#: Of all steps, before which nothing is said.
_EARLY = 0.2


class LearningRateTooLow(Illness):
    """Every step is so short that the network hardly moves: it would learn, but only in days.

    Told by no layer's weights changing by more than 0.01 % of their size in a step while the loss has fallen by less
    than a tenth (severe: and is no lower than the same answer for all would be) or, with less than a third gained, is
    still falling at the end. Without signals: the rate is less than a hundredth of what is usual for the optimizer.
    Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Learning rate too low"
    causes: ClassVar[bool] = True

    def why_not(self, record: Record) -> str | None:
        if record.adversarial:
            return "Two networks play against each other here: no loss tells how far they came."
        if record.share < _EARLY:
            return "It is too early to tell: many a schedule begins with short steps."
        return None if len(record.loss) >= 8 else "Too few steps have been taken to tell."

    def examine(self, record: Record) -> Diagnosis | None:
        nothing, epochs = stuck(record, _NOTHING), record.figure("train")
        loss = epochs if nothing and len(epochs) >= 8 else record.loss  # of whole epochs: batches differ by chance
        start, late = loss.first(0.02), loss.late()
        updates = {path: float(np.median(curve.values)) for path, curve in record.by_layer("update").items()}
        ratio = max(updates.values(), default=None)
        slow = ratio < LOW if ratio is not None else record.lr < cures.usual_lr(record) / 100
        if not slow or record.lr >= cures.usual_lr(record) or start <= 0:
            return None
        gained = (start - late) / start
        if gained > _LITTLE and (gained > _SLOW or not falling(loss)):
            return None
        if gained < -0.05:
            return None
        severity: Severity = "severe" if gained < _LITTLE / 2 or nothing else "warning"
        moved = (
            f" No layer's weights change by more than {ratio:.1g} of their size in a step; 0.001 is usual."
            if ratio is not None
            else ""
        )
        sentence = (
            f"In {record.step - record.begin} steps the loss went from {start:.3g} to {late:.3g}, "
            f"{percent(max(gained, 0))} less, with a learning rate of {record.lr:.3g}.{moved}"
        )
        evidence = [Evidence("Loss of the training part" if loss is epochs else "Loss of the steps", (loss,))]
        if updates:
            shown = tuple(Curve(path, curve.steps, curve.values) for path, curve in record.by_layer("update").items())
            evidence.append(Evidence("Change of the weights in a step, as a share", shown[:6], LOW, "too little", True))
        offers = (cures.higher_lr(record, record.step), cures.higher_lr(record, record.step, 100))
        unlike = offers if offers[0].changes != offers[1].changes else offers[:1]
        return self.diagnosis(severity, sentence, loss.steps[0], evidence=tuple(evidence), cures=unlike)


def falling(loss: Curve) -> bool:
    """Whether the loss still falls at the end: its last quarter lies lower than the quarter before, by more than
    chance explains."""
    half = loss.tail(0.5, 6)
    first, second = np.array_split(half.values, 2)
    spread = np.sqrt(first.var() / len(first) + second.var() / len(second))
    return bool(first.mean() - second.mean() > 2 * spread)
