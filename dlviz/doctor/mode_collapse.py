"""ModeCollapse: a generator that makes always the same."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record
from dlviz.doctor.words import percent

#: Made examples differ among each other by such a share of how real ones do.
ALIKE, LESS = 0.25, 0.5
#: The figure has fallen to such a share of its best.
_FALLEN = 0.4
#: A discriminator this sure gives the generator nothing to learn from.
_SURE = 0.05


class ModeCollapse(Illness):
    """The generator has found a few examples that deceive the discriminator and makes nothing else: variety is lost.

    Told, after the first third of the steps, by the median distance between made examples: below a quarter of that
    between real ones (severe), or, with below half, by modes or coverage fallen to less than two fifths of their best.
    Also by a discriminator whose loss has gone to 0 for the last quarter: from its certainty the generator learns
    nothing (a warning, severe where the made examples cover nothing). Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Mode collapse"

    def why_not(self, record: Record) -> str | None:
        if not record.adversarial:
            return "There is no generator that could collapse."
        if record.share < 1 / 3 or len(_variety(record)) < 4:
            return "It is too early to tell: a generator begins with little variety."
        return None

    def examine(self, record: Record) -> Diagnosis | None:
        variety = _variety(record)
        late = variety.late(0.2)
        figure, best, now = _worst_figure(record)
        fallen = figure is not None and best > 0.1 and now < _FALLEN * best
        judge = record.losses.get("loss.discriminator", Curve.of("loss.discriminator", ()))
        sure = len(judge) >= 8 and judge.late() < _SURE
        severity: Severity
        if late < ALIKE or (late < LESS and fallen):
            severity = "severe"
            sentence = f"Made examples differ among each other by {percent(late)} of what real ones do."
        elif fallen:
            severity = "warning"
            sentence = f"Made examples still differ by {percent(late)} of what real ones do."
        elif sure:
            severity = "severe" if figure is not None and now < 0.1 else "warning"
            sentence = (
                f"The discriminator's loss has gone to {judge.late():.2g}: it knows every made example at once, and "
                "the generator learns nothing from it."
            )
        else:
            return None
        if figure is not None:
            sentence += f" The figure `{figure.name}` was {best:.2g} at best and is {now:.2g} now."
        if sure and "discriminator" not in sentence:
            sentence += f" The discriminator's loss is {judge.late():.2g}: it is too sure."
        evidence = [Evidence("Variety of made examples (real ones: 1)", (variety,), ALIKE, "too alike")]
        if figure is not None:
            evidence.append(Evidence(f"{figure.name} on validation", (figure,)))
        if len(judge):
            evidence.append(Evidence("Loss of the discriminator", (judge,), _SURE, "too sure"))
        worst = int(np.argmin(variety.values))
        return self.diagnosis(
            severity, sentence, variety.steps[worst], where="generator", evidence=tuple(evidence), cures=_cures(record)
        )  # fmt: skip


def _cures(record: Record) -> tuple[Cure, ...]:
    task = record.spec.get("task") or {}
    step = record.begin
    penalty = max(1.0, 10 * float(task.get("gradient_penalty") or 0.0))
    calmer = Cure(f"A penalty of {min(penalty, 1000.0):g} on the discriminator's slope",
                  {"task.gradient_penalty": min(penalty, 1000.0)}, step)  # fmt: skip
    slower = cures.lower_lr(record, step, 5)
    both = Cure(f"{slower.title}, and {calmer.title[0].lower()}{calmer.title[1:]}",
                {**slower.changes, **calmer.changes}, step)  # fmt: skip
    noise = int(task.get("noise_size") or 16)
    richer = None if noise >= 16 else Cure("16 random numbers an example", {"task.noise_size": 16}, step)
    return cures.several(both, calmer, slower, richer)


def _variety(record: Record) -> Curve:
    seen = ((entry.get("step"), entry.get("variety")) for entry in record.seen)
    return Curve.of("variety", seen)


def _worst_figure(record: Record) -> tuple[Curve | None, float, float]:
    """Of modes and coverage the one that has fallen most: the curve, its best (smoothed) and how it stands."""
    found: tuple[Curve | None, float, float] = (None, 0.0, 0.0)
    worst = np.inf
    for name in ("modes", "coverage"):
        curve = record.figure("validation", name)
        if len(curve) < 4:
            continue
        best, now = float(curve.smooth(3).max()), curve.late(0.2)
        share = now / best if best > 0 else 1.0
        if share < worst:
            found, worst = (Curve(name, curve.steps, curve.values), best, now), share
    return found
