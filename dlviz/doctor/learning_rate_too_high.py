"""LearningRateTooHigh: the steps leap over the valley."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.progress import reference, way
from dlviz.doctor.record import Record

#: The usual update/weight ratio is about 1e-3 (Karpathy, CS231n notes); so much more a step throws away what was known.
HIGH = 0.05
#: The loss of the steps went to so many times what knowing nothing gives; and so many times, where no step was sound.
_PEAK, _TORN = 4.0, 100.0
#: A loss that strays by less from step to step than this share of that of knowing nothing does not leap.
_STRAYS = 0.05
#: In the end the loss stands at so much of what knowing nothing gives, or higher; and after the weights were torn away.
_NOTHING, _LITTLE = 0.93, 0.5
#: So many epochs show a rise by themselves.
_EPOCHS = 4
#: The metric came so far on its way to perfection: something was learned, whatever the loss.
_LEARNED = 0.5


class LearningRateTooHigh(Illness):
    """Every step goes too far: the network leaps over the valley that it wants to walk down into, so the loss jumps
    about or rises.

    Severe: in the last quarter the loss is not below 0.93 of that of knowing nothing, and either it had twice been 4
    times as high, or it strays by 5 % of it from step to step while weights change by more than 5 % of their size in
    each (usual: 0.1 %); or it had once been 100 times as high and stands above half of it. A warning only where the
    metric came more than half of its way all the same; or where it learns, but by such steps, and either the loss leaps
    by more than a third of all that was gained, or it has risen again to more than twice its lowest. Borders found on
    runs with seeds 11 and 12 (`benchmarks/doctor.py`).
    """

    title: ClassVar[str] = "Learning rate too high"
    causes: ClassVar[bool] = True

    def why_not(self, record: Record) -> str | None:
        if record.adversarial:
            return "Two networks play against each other here: their losses rise and fall with the game."
        return None if len(record.loss) >= 8 else "Too few steps have been taken to tell."

    def examine(self, record: Record) -> Diagnosis | None:
        loss = record.loss
        start, late, peak = reference(record), loss.late(), float(loss.values.max())
        if start <= 0:
            return None
        ratio, worst = largest_update(record)
        nothing = late > _NOTHING * start
        usual = max(start, float(loss.values[0]))  # high from the start is no leap
        # one batch alone may hold what is far from all else
        leapt = int((loss.values > _PEAK * usual).sum()) >= 2
        torn = peak > _TORN * usual and late > _LITTLE * start
        noise, gained = leaps(loss), max(0.0, start - late)
        severity: Severity
        if torn or (nothing and (leapt or ((ratio or 0.0) > HIGH and noise > _STRAYS * start))):
            severity, sentence = _spoilt(record, start, peak, late)
        elif (ratio or 0.0) > HIGH and noise > max(gained / 3, _STRAYS * start):
            severity = "warning"
            sentence = (
                f"The loss leaps by about {noise:.2g} from step to step, with {late:.3g} in the last quarter; the "
                f"learning rate is {record.lr:.3g}."
            )
        elif (risen := _risen(record, start)) and (ratio is None or ratio > HIGH / 5):
            severity = "warning"
            sentence = (
                f"The training loss had come down to {risen[0]:.3g} and rose again to {risen[1]:.3g}: the steps are "
                "too long."
            )
        else:
            return None
        far = (
            ratio is not None and ratio > HIGH
        )  # else it does not speak for the diagnosis: weights may have grown, too
        if far:
            sentence += (
                f" A step changes the weights of `{worst}` by {100 * (ratio or 0):.2g} % of their size; 0.1 % is usual."
            )
        evidence = [Evidence("Loss of the steps", (loss,), start, "knowing nothing", log=peak > _PEAK * start)]
        if far:
            shown = tuple(Curve(path, curve.steps, curve.values) for path, curve in record.by_layer("update").items())
            evidence.append(Evidence("Change of the weights in a step, as a share", shown[:6], HIGH, "too much", True))
        offers = cures.several(
            cures.lower_lr(record, record.begin), cures.lower_lr(record, record.begin, 100),
            cures.clip(record, record.begin, with_lr=True),
        )  # fmt: skip
        return self.diagnosis(severity, sentence, loss.steps[0], where=worst, evidence=tuple(evidence), cures=offers)


def largest_update(record: Record) -> tuple[float | None, str]:
    """The largest update/weight ratio among the layers, each by the median over its moments, and that layer."""
    found = {path: float(np.median(curve.values)) for path, curve in record.by_layer("update").items()}
    if not found:
        return None, ""
    worst = max(found, key=lambda path: found[path])
    return found[worst], worst


def leaps(loss: Curve) -> float:
    """How far the loss of neighbouring windows differs in the last half, beside its trend."""
    return loss.tail(0.5).noise()


def _spoilt(record: Record, start: float, peak: float, late: float) -> tuple[Severity, str]:
    """What is said of a loss that is about as high as that of knowing nothing: that nothing was learned, unless the
    metric tells otherwise."""
    sentence = f"Knowing nothing gives a loss of {start:.3g}. It rose to {peak:.3g} and stands at {late:.3g}"
    rate, came = f"with a learning rate of {record.lr:.3g}", way(record)
    if came is not None and came > _LEARNED:
        metric = record.figure("validation", record.primary)
        told = f" ({record.primary} {metric.late(0.2):.3g} on validation)" if len(metric) else ""
        return "warning", f"{sentence} {rate}: much was learned{told}, but where it errs it is far too sure."
    if late <= _NOTHING * start or (came is not None and came > 0.1):
        return "severe", f"{sentence} {rate}: the first steps tore the weights away, and little was learned since."
    return "severe", f"{sentence}: nothing was learned {rate}."


def _risen(record: Record, start: float) -> tuple[float, float] | None:
    """(its lowest, how it stands), where the training loss has risen in the end to more than twice its lowest and stays
    there, by more than three tenths of the loss of knowing nothing. None: it has not. Of whole epochs, where there are
    enough: the lowest of many batches is low by chance; else smoothed, from where the window is full."""
    epochs, loss = record.figure("train"), record.loss
    values = epochs.values if len(epochs) >= _EPOCHS else loss.smooth()[max(1, len(loss) // 20) - 1 :]
    low, late = float(values.min()), float(np.median(values[-max(2, len(values) // 4) :]))
    return (low, late) if late > 2 * low and late - low > 0.3 * start else None
