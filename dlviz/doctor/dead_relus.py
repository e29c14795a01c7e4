"""DeadRelus: neurons that give 0 whatever they see."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record
from dlviz.doctor.words import percent

#: The share of a layer's neurons that give 0 for every example looked at.
SEVERE, MUCH = 0.95, 0.85


class DeadRelus(Illness):
    """A neuron with ReLU that gives 0 for every example has no slope, so it never learns again: it is dead.

    Told by the share of such neurons in a layer, by the median over the last half of the moments. Severe from 95 %,
    where next to nothing passes the layer; a warning from 85 %. Healthy layers show up to about half, since only a
    sample is looked at. Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Dead ReLUs"
    explained_by: ClassVar[tuple[str, ...]] = ("NotANumber",)

    def why_not(self, record: Record) -> str | None:
        return None if record.by_layer("dead") else "There is no ReLU whose neurons were counted."

    def examine(self, record: Record) -> Diagnosis | None:
        curves = record.by_layer("dead")
        shares = {path: curve.late(0.5, 1) for path, curve in curves.items()}
        worst = max(shares, key=lambda path: shares[path])
        if shares[worst] < MUCH:
            return None
        curve = curves[worst]
        step = float(curve.steps[int(np.argmax(curve.values >= MUCH))])
        sentence = (
            f"{percent(shares[worst])} of the neurons of `{worst}` give 0 for every example looked at, so they get no "
            f"gradient and cannot come back."
        )
        if step <= record.begin:
            sentence += " They were so from the start."
        evidence = Evidence(
            "Share of dead neurons", tuple(Curve(path, c.steps, c.values) for path, c in curves.items())[:6],
            MUCH, "too many",
        )  # fmt: skip
        offers = cures.several(
            cures.leak(record, record.begin), cures.lower_lr(record, record.begin),
            cures.normalise(record, record.begin),
        )  # fmt: skip
        severity: Severity = "severe" if shares[worst] >= SEVERE else "warning"
        return self.diagnosis(severity, sentence, step, where=worst, evidence=(evidence,), cures=offers)
