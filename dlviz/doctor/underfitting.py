"""Underfitting: the network cannot, or did not, learn what there is to learn."""

from __future__ import annotations

from typing import ClassVar

from dlviz.doctor import cures, redraw
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.learning_rate_too_low import falling
from dlviz.doctor.progress import baseline, stuck
from dlviz.doctor.record import Record

#: So much of the way from the same answer for all to perfection must be gone, or nothing was learned.
_NOTHING = 0.05
#: Or less than so much, where so much of the loss is left.
_HARDLY, _STUCK = 0.2, 0.98
#: Neighbours tell so much more than the network: a warning, and severe.
_LESS, _FAR_LESS = 0.12, 0.25


class Underfitting(Illness):
    """The network does badly even on the examples that it trains on: it is too simple for them, or is held back.

    Told, in the second half of a run, by the primary metric of the better of both parts: no more than a twentieth of
    the way from "the same answer for every example" to perfect, or a fifth where 98 % of the loss is left (severe); or
    much less than the vote of the five nearest training examples reaches (severe from 0.25 less, a warning from 0.12),
    unless the loss still falls, which is a hint to train longer. Borders found on runs with seeds 11 and 12.
    """

    title: ClassVar[str] = "Underfitting"
    explained_by: ClassVar[tuple[str, ...]] = (
        "NotANumber", "LearningRateTooHigh", "LearningRateTooLow", "VanishingGradients", "DeadRelus",
        "ExplodingGradients", "SaturatedUnits", "SmallBatchNorm", "UnbalancedClasses", "PartMismatch",
    )  # fmt: skip

    def why_not(self, record: Record) -> str | None:
        simple = baseline(record)
        if simple is None or simple >= 1:
            return (
                "There is no simple answer to compare with."
                if simple is None
                else "The simplest answer is always right."
            )
        if not len(_figure(record, "train")) and not len(_figure(record, "validation")):
            return "No epoch was measured yet."
        return None if record.share >= 0.5 else "It is too early to tell: less than half of the steps are done."

    def examine(self, record: Record) -> Diagnosis | None:
        parts = {part: _figure(record, part) for part in ("train", "validation")}
        reached = max(curve.late(0.2) for curve in parts.values() if len(curve))
        base = baseline(record)
        assert base is not None
        others = record.facts.get("neighbours") or {}
        name = record.primary
        told = float(others["value"]) if others.get("figure") == name else None
        gained = (reached - base) / (1 - base)
        nothing = gained < _NOTHING or (gained < _HARDLY and stuck(record, _STUCK))
        less = told - reached if told is not None else 0.0
        if not nothing and less < _LESS:
            return None
        if nothing and told is not None and told < base + 2 * _NOTHING * (1 - base):
            sentence_end = (
                " Nor do the nearest training examples tell it: perhaps the inputs say nothing of the target."
            )
        else:
            sentence_end = ""
        compared = f"; the same answer for every example reaches {base:.3g}"
        if told is not None:
            compared += f", the vote of the nearest training examples {told:.3g}"
        sentence = f"The network reaches {name} {reached:.3g} at best, on its own training examples too{compared}."
        longer = falling(record.loss) if len(record.loss) >= 12 else False
        severity: Severity = "severe" if nothing or less >= _FAR_LESS else "warning"
        if longer and not nothing:
            severity, sentence_end = "hint", " The loss still falls: it needs more steps."
        elif sentence_end:
            severity = "warning"
        line, line_title = (told, "nearest neighbours") if told is not None and not nothing else (base, "same for all")
        shown = tuple(Curve(part, curve.steps, curve.values) for part, curve in parts.items() if len(curve))
        evidence = Evidence(name, shown, line, line_title)
        return self.diagnosis(
            severity, sentence + sentence_end, record.begin, evidence=(evidence,), cures=_cures(record, longer)
        )  # fmt: skip


def _cures(record: Record, longer: bool) -> tuple[Cure, ...]:
    step = record.begin
    grow = cures.longer(record, record.step)
    zeros = cures.redrawn(record, "Start the weights by chance in place of 0", step, _started)
    deeper = cures.redrawn(record, "A hidden layer of 32 neurons before the output", step, redraw.deepened)
    wider = cures.redrawn(record, "Four times as many neurons or filters", step, redraw.widened)
    gone = [part for part in record.regularizers if part.get("kind") in ("L1", "L2")]
    free = None
    if gone:
        kept = [part for part in record.regularizers if part not in gone]
        free = Cure("No pull on the weights", {"optimization.regularizers": kept}, step)
    found = cures.several(grow if longer else None, zeros, deeper, wider, free, None if longer else grow)
    return found[:4]


def _started(nodes: redraw.Nodes) -> redraw.Nodes | None:
    if not any(node.get("init") == "zeros" for node in nodes):
        return None
    return [{**node, "init": "default"} if node.get("init") == "zeros" else node for node in nodes]


def _figure(record: Record, part: str) -> Curve:
    return record.figure(part, record.primary)
