"""Plateau: for a long time nothing was gained."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence
from dlviz.doctor.illness import Illness
from dlviz.doctor.learning_rate_too_low import falling
from dlviz.doctor.record import Record

#: So much of the run has gone by without a gain; so much of the loss is left.
_LONG, _LEFT = 0.5, 0.3
#: A loss that differs by a smaller share has stayed.
_SAME = 0.02
#: Fewer epochs do not tell how far the loss strays from one to the next.
_SHORT = 5
LEAST = 40


class Plateau(Illness):
    """The loss had been falling and then stopped, though there is more to gain: the network is stuck, or swings about
    a valley that shorter steps would reach.

    Told by the second half of the steps, in which the loss no longer falls (by more than chance explains; nor does that
    of whole epochs) while more than three tenths of where it began is left and the learning rate has not come to rest.
    It is no illness where the network already does as well as the vote of the nearest training examples. Always a hint.
    Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Plateau"
    explained_by: ClassVar[tuple[str, ...]] = (
        "NotANumber", "LearningRateTooHigh", "LearningRateTooLow", "VanishingGradients", "DeadRelus", "Overfitting",
        "ExplodingGradients", "SaturatedUnits", "SmallBatchNorm", "Underfitting", "UnbalancedClasses", "PartMismatch",
    )  # fmt: skip

    def why_not(self, record: Record) -> str | None:
        if record.adversarial:
            return "Two networks play against each other here: their losses need not fall."
        if len(record.loss) < LEAST:
            return "Too few steps have been taken to tell."
        return None if record.share >= 0.5 else "It is too early to tell: less than half of the steps are done."

    def examine(self, record: Record) -> Diagnosis | None:
        loss = record.loss
        start, late = loss.first(0.02), loss.late()
        rate = record.losses.get("lr")
        resting = rate is not None and len(rate) > 0 and rate.last < 0.2 * float(rate.values.max())
        if resting or late < _LEFT * start or late > 0.95 * start or falling(loss) or _good(record):
            return None
        smooth = loss.smooth()
        step = float(loss.steps[int(np.argmax(smooth <= late * (1 + _SAME)))])
        if (loss.steps[-1] - step) < _LONG * (loss.steps[-1] - loss.steps[0]) or _fell(record, step):
            return None
        sentence = (
            f"Since step {step:.0f} of {record.step} the training loss has stayed at about {late:.3g}; at the start it "
            f"was {start:.3g}."
        )
        offers = (
            cures.lower_lr(record, record.step, 5),
            Cure("Let the learning rate come to rest (cosine)",
                 {"optimization.schedule": {"kind": "CosineAnnealingLR"}}, record.begin),
        )  # fmt: skip
        return self.diagnosis(
            "hint", sentence, step, evidence=(Evidence("Loss of the steps", (loss,), late, "now"),), cures=offers
        )  # fmt: skip


def _good(record: Record) -> bool:
    """Whether it does about as well as the nearest training examples do, or nearly perfectly."""
    others = record.facts.get("neighbours") or {}
    metric = record.figure("validation", record.primary)
    if others.get("figure") != record.primary or not len(metric):
        return False
    return metric.late() > min(float(others["value"]) - 0.02, 0.98)


def _fell(record: Record, step: float) -> bool:
    """Whether the loss of whole epochs, of either part, has fallen since: they always hold the same examples, so they
    tell what the chance of single batches hides."""
    for part in ("train", "validation"):
        curve = record.figure(part)
        begun = curve.steps if part == "validation" else np.concatenate([[-np.inf], curve.steps[:-1]])
        here = begun >= step  # a training loss is the mean over its epoch, that of validation is taken at its end
        since = Curve(part, curve.steps[here], curve.values[here])
        if len(since) < 2:
            continue
        first, second = (float(half.mean()) for half in np.array_split(since.values, 2))
        chance = since.noise() if len(since) >= _SHORT else 0.0  # of fewer, a bend is no noise yet
        if first - second > max(chance, _SAME * first):
            return True
    return False
