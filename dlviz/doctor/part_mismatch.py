"""PartMismatch: the validation part is of another kind than the training part."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record
from dlviz.doctor.words import number, percent

#: A mean lies so many spreads away, and so many times as far as chance takes it.
FAR, VERY_FAR, _CHANCE = 0.5, 1.0, 6.0
#: The shares of the classes differ by so much in sum.
_CLASSES = 0.15
#: The validation loss is so many times the training loss from the first epochs on.
_WORSE = 1.5
#: And so many times, or the sentence leaves it out.
_ABOVE = 1.1


class PartMismatch(Illness):
    """The examples to check on are of another kind than those trained on: taken at another time, with another camera,
    sorted. So the figures on them say little of the training, and the training little of them.

    Told by the means of the inputs (of pictures: brightness and contrast) lying half a spread apart and six times as
    far as chance explains, or by class shares that differ by 15 % in sum and by more than chance. Severe from a whole
    spread, where the validation loss is also half as much again as the training loss from the first epochs on; and
    where 15 % of the validation part are of classes that no training example shows: nobody could know them. That a
    training loss is the higher one is healthy: dropout and changed examples make training harder. Borders found on runs
    with seeds 11 and 12.
    """

    title: ClassVar[str] = "Training and validation differ"

    def why_not(self, record: Record) -> str | None:
        known = record.facts.get("shift") or record.facts.get("classes")
        return None if known else "Inputs of this kind were not compared."

    def examine(self, record: Record) -> Diagnosis | None:
        train, validation = record.figure("train"), record.figure("validation")
        ratio = _ratio(train, validation)
        shift = next((one for one in record.facts.get("shift") or [] if _far(one)), None)
        classes = _class_shift(record)
        if classes is not None and classes[2] >= _CLASSES:
            shift = None  # what nobody could know says more than where the inputs lie
        if shift is None and classes is None:
            return None
        severity: Severity = "warning"
        if shift is not None:
            sentence = (
                f"The mean of `{shift['name']}` is {number(shift['train'])} in the training part and "
                f"{number(shift['validation'])} in the validation part: {shift['away']:.2g} spreads apart, where "
                f"chance explains {shift['chance']:.2g}."
            )
            where = str(shift["name"])
            severity = "severe" if shift["away"] >= VERY_FAR and (ratio or 0.0) > _WORSE else "warning"
        else:
            assert classes is not None
            sentence, where, unknown = classes
            severity = "severe" if unknown >= _CLASSES else "warning"
        if ratio is not None and ratio >= _ABOVE:  # else it does not speak for the diagnosis
            sentence += f" From the first epochs on the validation loss is {ratio:.2g} times the training loss."
        shown = tuple(
            Curve(name, curve.steps, curve.values)
            for name, curve in (("train", train), ("validation", validation))
            if len(curve)
        )
        offers = cures.several(
            Cure("Divide anew, by another seed", {"seed": int(record.spec.get("seed") or 0) + 1}, anew=True),
            Cure("By hand: mix both parts and divide them by chance, or collect more examples like those to come"),
            cures.normalise(record, record.begin),
        )  # fmt: skip
        evidence = (Evidence("Loss", shown),) if shown else ()
        return self.diagnosis(severity, sentence, record.begin, where=where, evidence=evidence, cures=offers)


def _far(shift: dict[str, Any]) -> bool:
    # of many columns, one strays further by chance: each doubling of their number allows a little more
    allowed = _CHANCE * float(shift["chance"])
    return float(shift["away"]) >= max(FAR, allowed)


def _ratio(train: Curve, validation: Curve) -> float | None:
    """How many times the training loss the validation loss is in the first quarter of the epochs, after the first."""
    if len(validation) < 4 or len(train) < 4:
        return None
    end = max(3, len(validation) // 4)
    there = np.interp(validation.steps[1:end], train.steps, train.values)
    return float(np.median(validation.values[1:end] / np.maximum(there, 1e-12)))


def _class_shift(record: Record) -> tuple[str, str, float] | None:
    """A sentence about the class whose share differs most, its name, and which share of the validation part is of
    classes without any training example; None: no more than by chance."""
    classes = record.facts.get("classes")
    if not classes:
        return None
    train, validation = (np.array(classes[part], dtype=float) for part in ("train", "validation"))
    if not train.sum() or not validation.sum():
        return None
    here, there = train / train.sum(), validation / validation.sum()
    apart = float(np.abs(here - there).sum() / 2)
    chance = float(np.sqrt(here * (1 - here) * (1 / train.sum() + 1 / validation.sum())).sum() / 2)
    if apart < max(_CLASSES, 3 * chance):
        return None
    worst = int(np.abs(here - there).argmax())
    name = str(classes["names"][worst])
    sentence = (
        f"`{name}` makes up {percent(here[worst])} of the training part and {percent(there[worst])} of the validation "
        f"part; in all, {percent(apart)} of the classes lie otherwise."
    )
    unknown = float(there[train == 0].sum())
    if unknown > 0:
        sentence += f" {percent(unknown)} of the validation part are of classes that no training example shows."
    return sentence, name, unknown
