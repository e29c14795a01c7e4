"""Overfitting: the training part is learned by heart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures, redraw
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.progress import reference
from dlviz.doctor.record import Record

#: The validation loss stands so much above its lowest.
RISEN = 1.2
#: The rise is so many times what it strays from epoch to epoch, and such a share of where it began.
_CHANCE, _WORTH = 3.0, 0.05
#: A smaller rise, as a share of the loss of knowing nothing, is but a hint.
_MUCH = 0.15
#: Fewer epochs than this show no trend.
LEAST = 5


class Overfitting(Illness):
    """The network learns its training examples by heart: on them it gets better and better, on examples that it has
    not seen it gets worse.

    Told by the validation loss standing a fifth above its lowest (by its median over the last part, and by more than
    it strays), while the training loss has gone on falling since. Severe from twice its lowest and where the primary
    metric got worse, too; a hint where it rose by less than 15 % of the loss of knowing nothing, or early stopping
    keeps the best weights. Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Overfitting"
    explained_by: ClassVar[tuple[str, ...]] = ("NotANumber", "LearningRateTooHigh", "SmallBatchNorm")

    def why_not(self, record: Record) -> str | None:
        if record.adversarial:
            return "A GAN has no loss that would tell it."
        if len(record.figure("validation")) < LEAST:
            return f"Fewer than {LEAST} epochs were measured."
        return None

    def examine(self, record: Record) -> Diagnosis | None:
        validation, train = record.figure("validation"), record.figure("train")
        smooth = validation.smooth(3)
        at = int(np.argmin(smooth))
        low, late = float(smooth[at]), validation.late(0.15)
        rise = late - low
        if low < 0 or rise < max((RISEN - 1) * low, _WORTH * reference(record), _CHANCE * validation.noise()):
            return None
        before, after = float(np.interp(validation.steps[at], train.steps, train.values)), train.late(0.15)
        if not after < 0.95 * before or not late > after:
            return None
        step = int(validation.steps[at])
        stopping = (record.spec.get("training") or {}).get("early_stopping")
        severity: Severity = "hint" if stopping or rise < _MUCH * reference(record) else "warning"
        sentence = (
            f"Since step {step} the validation loss has risen from {low:.3g} to {late:.3g}, while the training loss "
            f"fell from {before:.3g} to {after:.3g}."
        )
        metric = record.figure("validation", record.primary)
        if record.primary != "loss" and len(metric):
            then, now = float(np.interp(step, metric.steps, metric.values)), metric.late(0.15)
            sentence += f" Its {record.primary} went from {then:.3g} to {now:.3g}."
            lost = record.sign * (then - now)
            several = lost * float((record.facts.get("sizes") or {}).get("validation", 100)) >= 2  # one may be chance
            if severity == "warning" and late > 2 * low and lost > 0.03 and several:
                severity = "severe"
        both = (Curve("train", train.steps, train.values), Curve("validation", validation.steps, validation.values))
        evidence = Evidence("Loss", both, low, "lowest on validation")
        return self.diagnosis(severity, sentence, step, evidence=(evidence,), cures=remedies(record, step))


def remedies(record: Record, step: int) -> tuple[Cure, ...]:
    """What keeps a network from learning by heart: a stop at the right time, dropout, a pull on the weights, changed
    examples."""
    stopping = (record.spec.get("training") or {}).get("early_stopping")
    dropout = cures.redrawn(record, "Dropout of one half behind each hidden layer", record.begin, redraw.with_dropout)
    combined = None
    if dropout is not None:
        pull = cures.regularize(record, record.begin)
        combined = Cure(f"{dropout.title}, and {pull.title[0].lower()}{pull.title[1:]}",
                        {**dropout.changes, **pull.changes}, record.begin)  # fmt: skip
    return cures.several(
        None if stopping else cures.stop_early(record, record.begin),
        combined, cures.regularize(record, record.begin), _augmented(record),
    )  # fmt: skip


def _augmented(record: Record) -> Cure | None:
    parts = (record.spec.get("optimization") or {}).get("augmentations") or []
    if record.facts.get("input") != "image" or parts:
        return None
    changes = {"optimization.augmentations": [{"kind": "RandomShift"}]}
    return Cure("Show each picture a little shifted, anew each time", changes, record.begin)
