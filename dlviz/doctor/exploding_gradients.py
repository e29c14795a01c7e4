"""ExplodingGradients: gradients many times as large as the weights."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.progress import scale, stuck
from dlviz.doctor.record import Record

#: A gradient so many times as long as the weights that it is for.
BORDER = 30.0
#: A shorter one is none to fear, however small the weights.
_LONG = 5.0
#: A step along it, in lengths of the weights, that changes them beyond recognition.
_FAR = 0.1


class ExplodingGradients(Illness):
    """The gradient grows from layer to layer on its way back, until a step tears the weights away.

    Told by a layer whose gradient is more than 30 times as long as its weights, and longer than 5, in at least two
    moments; where the loss is a sum over many numbers, so many times more as such a loss is larger. Severe where nine
    tenths of the loss of knowing nothing are left; else only a hint where gradients are clipped, for they are measured
    before that. Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Exploding gradients"
    explained_by: ClassVar[tuple[str, ...]] = ("NotANumber",)

    def why_not(self, record: Record) -> str | None:
        return None if record.by_layer("gradient") else "No gradients were recorded."

    def examine(self, record: Record) -> Diagnosis | None:
        shares = relative_gradients(record)
        lengths = record.by_layer("gradient")
        unit = scale(record)
        border = BORDER * unit
        bad = {path: curve for path, curve in shares.items() if _exploding(curve, lengths[path], unit)}
        if not bad:
            return None
        worst = max(bad, key=lambda path: float(bad[path].values.max()))
        curve = bad[worst]
        at = int(np.argmax(curve.values > border))
        longest, clipped = float(curve.values.max()), cures.clips(record)
        sentence = f"The gradient of `{worst}` was up to {longest:.3g} times as long as its weights"
        far = record.lr * longest
        if clipped:
            sentence += "; clipping holds the steps short."
        elif record.optimizer.get("kind") == "SGD" and far >= _FAR:  # the others divide by the gradients' size
            sentence += f": a step of learning rate {record.lr:.3g} along it is {far:.2g} times as long as they are."
        else:
            sentence += f", where more than {border:.3g} is far too much."
        shown = tuple(shares[path] for path in list(bad)[:6])
        evidence = Evidence("Length of the gradient, in lengths of the weights", shown, border, "too long", True)
        offers = cures.several(
            cures.clip(record, record.begin), cures.clip(record, record.begin, with_lr=True),
            cures.normalise(record, record.begin),
        )  # fmt: skip
        severity: Severity = "severe" if stuck(record) else "hint" if clipped else "warning"
        return self.diagnosis(severity, sentence, curve.steps[at], where=worst, evidence=(evidence,), cures=offers)


def relative_gradients(record: Record) -> dict[str, Curve]:
    """By layer, the length of the gradient in lengths of the weights."""
    weights = record.by_layer("weight")
    found = {}
    for path, curve in record.by_layer("gradient").items():
        length = weights.get(path)
        if length is None:
            continue
        steps, here, there = np.intersect1d(curve.steps, length.steps, return_indices=True)
        if len(steps):
            found[path] = Curve(path, steps, curve.values[here] / np.maximum(length.values[there], 1e-8))
    return found


def _exploding(share: Curve, length: Curve, unit: float) -> bool:
    # beside weights that are 0 every gradient is endless
    long = np.interp(share.steps, length.steps, length.values) > _LONG * unit
    return int(((share.values > BORDER * unit) & long).sum()) >= min(2, len(share))
