"""Overfitting: the training part is learned by heart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures, redraw
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.progress import baseline, reference
from dlviz.doctor.record import Record

#: The validation loss stands so much above its lowest.
RISEN = 1.2
#: The rise is so many times what it strays from epoch to epoch, and such a share of where it began.
_CHANCE, _WORTH = 3.0, 0.05
#: A smaller rise, as a share of the loss of knowing nothing, is but a hint.
_MUCH = 0.15
#: The primary metric is nearly perfect on the training part (so far from the same answer for all), and worse by so
#: much on validation: a hint, and a warning; by more than so many times what chance explains.
_BY_HEART, _GAP, _WIDE, _SURE = 0.95, 0.15, 0.25, 3.0
#: Fewer epochs than this show no trend.
LEAST = 5


class Overfitting(Illness):
    """The network learns its training examples by heart: on them it gets better and better, on examples that it has
    not seen it gets worse.

    Told by the validation loss standing a fifth above its lowest (by its median over the last part, and by more than
    it strays), while the training loss has gone on falling since. Severe from twice its lowest and where the primary
    metric got worse, too; a hint where it rose by less than 15 % of the loss of knowing nothing, or early stopping
    keeps the best weights. Also by a primary metric that is nearly perfect on the training part and worse by 0.15 on
    validation (a hint; from 0.25 a warning). Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Overfitting"
    explained_by: ClassVar[tuple[str, ...]] = ("NotANumber", "LearningRateTooHigh", "SmallBatchNorm", "PartMismatch")

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
            return self._by_heart(record)
        before, after = float(np.interp(validation.steps[at], train.steps, train.values)), train.late(0.15)
        if not after < 0.95 * before or not late > after:
            return self._by_heart(record)
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
            lost = record.sign * (then - now)
            sentence += f" Its {record.primary} went from {then:.3g} to {now:.3g}"
            sentence += "." if lost >= 0 else " all the same: where it errs, it is ever surer."
            several = lost * float((record.facts.get("sizes") or {}).get("validation", 100)) >= 2  # one may be chance
            if severity == "warning" and late > 2 * low and lost > 0.03 and several:
                severity = "severe"
        both = (Curve("train", train.steps, train.values), Curve("validation", validation.steps, validation.values))
        evidence = Evidence("Loss", both, low, "lowest on validation")
        return self.diagnosis(severity, sentence, step, evidence=(evidence,), cures=remedies(record, step))

    def _by_heart(self, record: Record) -> Diagnosis | None:
        """Known by heart though the validation loss does not rise: perfect here, much worse there."""
        base, name = baseline(record), record.primary
        train, validation = record.figure("train", name), record.figure("validation", name)
        if base is None or len(train) < LEAST or len(validation) < LEAST:
            return None
        here, there = train.late(0.15), validation.late(0.15)
        count = max(1.0, float((record.facts.get("sizes") or {}).get("validation", 1)))
        chance = float(np.sqrt(max(there * (1 - there), 0.0) / count))
        if here < base + _BY_HEART * (1 - base) or here - there < max(_GAP, _SURE * chance):
            return None
        sentence = (
            f"On its training examples the network reaches {name} {here:.3g}, on those that it has not seen {there:.3g}"
            ": it knows the former by heart."
        )
        step = int(train.steps[int(np.argmax(train.values >= base + _BY_HEART * (1 - base)))])
        both = (Curve("train", train.steps, train.values), Curve("validation", validation.steps, validation.values))
        severity: Severity = "warning" if here - there >= _WIDE else "hint"
        more = Cure("By hand: collect more examples to train on")
        offers = (*remedies(record, step), more)
        return self.diagnosis(severity, sentence, step, evidence=(Evidence(name, both),), cures=offers)


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
