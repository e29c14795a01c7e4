"""Cures that several illnesses share: changes of a spec, by path as in its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlviz.doctor import redraw
from dlviz.doctor.diagnosis import Cure
from dlviz.doctor.record import Record

#: The learning rates that most networks train well with, by optimizer.
_USUAL = {"SGD": 0.05, "Adam": 0.001, "AdamW": 0.001, "RMSprop": 0.001, "Adagrad": 0.01}
_LR = "optimization.optimizer.lr"
_HIGHEST = 100.0


def usual_lr(record: Record) -> float:
    """A learning rate that most networks train well with under this optimizer."""
    usual = _USUAL.get(str(record.optimizer.get("kind")), 0.01)
    return usual / 5 if float(record.optimizer.get("momentum") or 0) > 0.5 else usual


def lower_lr(record: Record, step: int, factor: float = 10) -> Cure:
    """A tenth of the learning rate; the usual one where even a tenth would be far above it."""
    rate = record.lr / factor
    if rate > 20 * usual_lr(record):
        rate = usual_lr(record)
    return Cure(f"Learning rate {_short(record.lr)} → {_short(rate)}", {_LR: _rounded(rate)}, step)


def higher_lr(record: Record, step: int, factor: float = 10) -> Cure:
    """Ten times the learning rate; the usual one where even that would be far below it."""
    rate = min(_HIGHEST, record.lr * factor)
    if rate < usual_lr(record) / 3:
        rate = usual_lr(record)
    return Cure(f"Learning rate {_short(record.lr)} → {_short(rate)}", {_LR: _rounded(rate)}, step)


def clips(record: Record) -> bool:
    """Whether gradients are clipped already."""
    return any(part.get("kind") == "GradientClipping" for part in record.regularizers)


def clip(record: Record, step: int, *, with_lr: bool = False) -> Cure | None:
    """Gradient clipping as the last regularizer, with a tenth of the learning rate if asked for. None where it would
    only do again what is done: gradients are clipped to this length or less."""
    if any(_short_enough(part) for part in record.regularizers):
        return lower_lr(record, step) if with_lr else None
    others = [part for part in record.regularizers if part.get("kind") != "GradientClipping"]
    changes: dict[str, Any] = {"optimization.regularizers": [*others, {"kind": "GradientClipping", "limit": 1.0}]}
    title = "Clip gradients to length 1"
    if with_lr:
        lower = lower_lr(record, step)
        title, changes = f"{lower.title}, and clip gradients to length 1", {**lower.changes, **changes}
    return Cure(title, changes, step)


def regularize(record: Record, step: int, strength: float = 1e-3) -> Cure:
    """L2 on the weights; where there is some, ten times as much."""
    others = [part for part in record.regularizers if part.get("kind") != "L2"]
    here = next((float(part.get("strength") or 0) for part in record.regularizers if part.get("kind") == "L2"), 0.0)
    more = min(10.0, max(strength, 10 * here))
    parts = [{"kind": "L2", "strength": more}, *others]  # before a clipping, which bounds what the others add
    return Cure(f"Pull weights towards 0 (L2, strength {more:g})", {"optimization.regularizers": parts}, step)


def stop_early(record: Record, step: int) -> Cure:
    """Early stopping on the validation loss, with the best weights kept."""
    patience = max(3, record.epochs // 10)
    return Cure(
        f"Stop after {patience} epochs without a gain, and keep the best weights",
        {"training.early_stopping": {"monitor": "loss", "patience": patience}},
        step,
    )


def longer(record: Record, step: int, factor: int = 3) -> Cure:
    """More epochs."""
    epochs = min(1_000_000, record.epochs * factor)
    return Cure(f"Train for {epochs} epochs in place of {record.epochs}", {"training.epochs": epochs}, step)


def redrawn(record: Record, title: str, step: int, edit: Any, roles: tuple[str, ...] = ()) -> Cure | None:
    """An edit of `redraw` made on each network (or those of `roles`) that it suits; None: it suits none."""
    changes = {}
    for role in roles or record.roles:
        if (changed := edit(record.nodes(role))) is not None:
            changes[f"networks.{role}"] = changed
    return Cure(title, changes, step) if changes else None


def rectify(record: Record, step: int) -> Cure | None:
    """ReLU in place of what squashes."""
    return redrawn(
        record, "ReLU in place of the squashing activations", step,
        lambda nodes: redraw.with_bends(nodes, redraw.SQUASHING, "ReLU"),
    )  # fmt: skip


def leak(record: Record, step: int) -> Cure | None:
    """LeakyReLU in place of ReLU."""
    return redrawn(
        record, "LeakyReLU in place of ReLU", step,
        lambda nodes: redraw.with_bends(nodes, redraw.RECTIFYING, "LeakyReLU"),
    )  # fmt: skip


def normalise(record: Record, step: int) -> Cure | None:
    """Batch normalisation behind each hidden layer."""
    if record.batch_size < 8:
        return None
    return redrawn(record, "Batch normalisation behind each hidden layer", step, redraw.normalised)


def several(*cures: Cure | None) -> tuple[Cure, ...]:
    """Those that there are, each once: of two that change the same the first."""
    found: list[Cure] = []
    for cure in cures:
        if cure is not None and not any(cure.changes and cure.changes == other.changes for other in found):
            found.append(cure)
    return tuple(found)


def _short_enough(part: Mapping[str, Any]) -> bool:
    known = part.get("kind") == "GradientClipping" and part.get("by", "norm") == "norm"
    return known and float(part.get("limit") or 1.0) <= 1.0


def _rounded(rate: float) -> float:
    return float(f"{rate:.3g}")


def _short(rate: float) -> str:
    return f"{rate:.3g}"
