"""SaturatedUnits: sigmoids and tanhs pressed against their borders."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures, redraw
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.progress import reference, stuck
from dlviz.doctor.record import Record
from dlviz.doctor.words import percent

#: The share of a layer's answers that lie at the border.
MUCH = 0.8


class SaturatedUnits(Illness):
    """A sigmoid or tanh whose input is far from 0 answers with its border, where its slope is nearly 0: it hardly
    learns any more.

    Told by the share of answers where the slope is below a tenth of the steepest, by the median over the last half of
    the moments, in an inner layer: from 80 %. Severe where eight tenths of the loss of knowing nothing are left, a
    warning from half; a hint where the network has learned all the same, as a well fitted one presses its neurons
    outwards. Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Saturated sigmoids or tanhs"
    explained_by: ClassVar[tuple[str, ...]] = ("NotANumber",)

    def why_not(self, record: Record) -> str | None:
        return None if _inner(record) else "There is no sigmoid or tanh inside whose answers were counted."

    def examine(self, record: Record) -> Diagnosis | None:
        curves = _inner(record)
        shares = {path: curve.late(0.5, 1) for path, curve in curves.items()}
        worst = max(shares, key=lambda path: shares[path])
        if shares[worst] < MUCH:
            return None
        curve, loss = curves[worst], record.loss
        sentence = (
            f"{percent(shares[worst])} of the answers of `{worst}` lie at the border of what it can say, where its "
            "slope is nearly 0."
        )
        if len(loss):
            sentence += f" The loss stands at {loss.late():.3g}; knowing nothing gives {reference(record):.3g}."
        evidence = Evidence(
            "Share of saturated answers", tuple(Curve(path, c.steps, c.values) for path, c in curves.items())[:6],
            MUCH, "too many",
        )  # fmt: skip
        step = float(curve.steps[int(np.argmax(curve.values >= MUCH))])
        offers = cures.several(
            cures.lower_lr(record, record.begin), cures.rectify(record, record.begin),
            cures.normalise(record, record.begin), cures.regularize(record, record.begin),
        )  # fmt: skip
        severity: Severity = "severe" if stuck(record, 0.8) else "warning" if stuck(record, 0.5) else "hint"
        return self.diagnosis(severity, sentence, step, where=worst, evidence=(evidence,), cures=offers)


def _inner(record: Record) -> dict[str, Curve]:
    """The saturation of squashing layers that are not the output: a picture's black and white press an output sigmoid
    to its borders, as they should."""
    found = {}
    for path, curve in record.by_layer("saturated").items():
        role, _, name = path.partition(".")
        inner = {node["name"] for node in redraw.inner_bends(record.nodes(role), redraw.SQUASHING)}
        if name in inner or "." in name:
            found[path] = curve
    return found
