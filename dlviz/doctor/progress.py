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


def remaining(record: Record) -> float | None:
    """The loss over the last quarter of the steps as a share of `reference`: 1 where nothing was learned. None: not
    known, or it tells nothing because networks play against each other."""
    nothing = reference(record)
    if record.adversarial or len(record.loss) < 6 or nothing <= 0:
        return None
    return record.loss.late() / nothing


def stuck(record: Record, share: float = 0.9) -> bool:
    """Whether so much of the loss is left."""
    left = remaining(record)
    return left is not None and left > share
