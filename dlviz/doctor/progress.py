"""How far a training came: the loss now beside the loss of knowing nothing."""

from __future__ import annotations

from dlviz.doctor.record import Record


def reference(record: Record) -> float:
    """The loss of knowing nothing: of the same answer for every example, where that is known; else the first one.

    The first losses alone would mislead: where steps are far too long, the second one is a thousand times the first.
    """
    known = (record.facts.get("baseline") or {}).get("loss")
    first = float(record.loss.values[0]) if len(record.loss) else 0.0
    return float(known) if known else first


def scale(record: Record) -> float:
    """How large a loss is that means nothing is known, in the loss's own unit; at least 1.

    A loss that is a mean is about 1 then, one that is a sum over the numbers of an example is hundreds, and its
    gradients are as much longer. Where that of the same answer for all is not known, R² tells which share is left.
    """
    known = (record.facts.get("baseline") or {}).get("loss")
    told = record.figure("train", "r2")
    if not known and len(told) and len(record.loss):
        left = 1 - told.late()
        known = record.loss.late() / left if left > 0 else None
    return max(1.0, float(known or 1.0))


def remaining(record: Record) -> float | None:
    """The loss over the last quarter of the steps as a share of `reference`: 1 where nothing was learned. None: not
    known, or it tells nothing because networks play against each other."""
    nothing = reference(record)
    if record.adversarial or len(record.loss) < 6 or nothing <= 0:
        return None
    return record.loss.late() / nothing


def baseline(record: Record) -> float | None:
    """The primary metric of the same answer for every example; only for metrics that grow to 1."""
    found = record.facts.get("baseline") or {}
    if found.get("figure") == record.primary:
        return float(found["value"])
    return 0.0 if record.primary == "r2" else None


def way(record: Record) -> float | None:
    """How far the primary metric came on its way from the same answer for every example (0) to perfection (1), on the
    better of both parts, over the last fifth of the epochs. None: not measured."""
    base = baseline(record)
    parts = [record.figure(part, record.primary) for part in ("train", "validation")]
    reached = [curve.late(0.2) for curve in parts if len(curve)]
    return None if base is None or not reached or base >= 1 else (max(reached) - base) / (1 - base)


def stuck(record: Record, share: float = 0.9) -> bool:
    """Whether so much of the loss is left. Not where the metric says that much was learned all the same: a network that
    is far too sure of a few wrong answers has a high loss, too."""
    left, came = remaining(record), way(record)
    return left is not None and left > share and not (came is not None and came > 0.5)
