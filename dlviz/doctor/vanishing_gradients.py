"""VanishingGradients: the first layers hear nothing of the error."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.doctor import cures, redraw
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Diagnosis, Evidence, Severity
from dlviz.doctor.exploding_gradients import relative_gradients
from dlviz.doctor.illness import Illness
from dlviz.doctor.progress import stuck, way
from dlviz.doctor.record import Record

#: The gradient of a layer, relative to its weights, is less than this share of that of the last layer.
BORDER = 1e-3
#: The metric came so far on its way to perfection: the other layers sufficed.
_LEARNED = 0.5


class VanishingGradients(Illness):
    """The error fades on its way back through the layers, so the first ones learn nothing and pass on what they were
    born with.

    Told by a layer whose gradient, in lengths of its weights, is below 1/1000 of that of the network's last layer, by
    the median over the moments of the first half. Severe where nine tenths of the loss of knowing nothing are left, a
    hint where the metric came more than half of its way all the same. Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Vanishing gradients"
    explained_by: ClassVar[tuple[str, ...]] = ("NotANumber", "DeadRelus", "LearningRateTooHigh")

    def why_not(self, record: Record) -> str | None:
        if not relative_gradients(record):
            return "No gradients were recorded."
        deepest = max((len(layers) for layers in _networks(record).values()), default=0)
        return None if deepest >= 3 else "Fewer than three layers have weights: there is no long way back."

    def examine(self, record: Record) -> Diagnosis | None:
        for role, layers in _networks(record).items():
            paths = list(layers)
            if len(paths) < 3:
                continue
            last = _early(layers[paths[-1]])
            share = {path: _early(layers[path]) / last for path in paths[:-1]} if last > 0 else {}
            # none at all behind a layer that hears is a dead branch, not a fading error
            heard = share.get(paths[0], 0.0) >= BORDER
            faint = [path for path in share if share[path] < BORDER and not (heard and share[path] == 0)]
            if faint:
                return self._found(record, role, layers, share, faint)
        return None

    def _found(
        self, record: Record, role: str, layers: dict[str, Curve], share: dict[str, float], faint: list[str]
    ) -> Diagnosis:
        first = min(faint, key=lambda path: share[path])
        last = list(layers)[-1]
        many = f", and of {len(faint) - 1} more layers," if len(faint) > 1 else ""
        sentence = (
            f"Relative to its weights, the gradient of `{first}`{many} is {share[first]:.1g} of that of `{last}` at "
            "the end of the network: the error does not reach the first layers."
        )
        squashing = redraw.inner_bends(record.nodes(role), redraw.SQUASHING)
        if squashing:
            sentence += f" {len(squashing)} squashing activations ({squashing[0]['kind']}) lie on its way."
        evidence = Evidence(
            "Length of the gradient, in lengths of the weights", (layers[first], layers[last]),
            BORDER * _early(layers[last]), "1/1000 of the last layer's", log=True,
        )  # fmt: skip
        step = record.begin
        offers = cures.several(
            cures.rectify(record, step), cures.normalise(record, step),
            cures.redrawn(record, "Shortcuts past the hidden layers (residual)", step, redraw.shortcut, (role,)),
        )  # fmt: skip
        came = way(record)
        severity: Severity = (
            "severe" if stuck(record) else "hint" if came is not None and came > _LEARNED else "warning"
        )
        return self.diagnosis(severity, sentence, step, where=first, evidence=(evidence,), cures=offers)


def _early(curve: Curve) -> float:
    return float(np.median(curve.values[: max(1, (len(curve) + 1) // 2)]))


def _networks(record: Record) -> dict[str, dict[str, Curve]]:
    """By role, its layers with weights from input to output. Left out are normalisation layers, whose few weights say
    little, and tables of words, of which a batch touches a few rows alone."""
    found: dict[str, dict[str, Curve]] = {role: {} for role in record.roles}
    for path, curve in relative_gradients(record).items():
        role = path.partition(".")[0]
        kind = str(record.node(path).get("kind", ""))
        if role in found and not any(word in kind or word.lower() in path for word in ("Norm", "Embedding")):
            found[role][path] = curve
    return found
