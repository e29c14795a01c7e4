"""Check: whether a way of computing the steps learns the same as the plain one, over a few real steps on copies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from dlviz.training.engine.plan import Plan
from dlviz.training.engine.trial import Trial, plain

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: How many steps are compared.
STEPS = 4
#: How far a loss may be from the plain one, as a share of it, and how far the way that the weights went, as a share of
#: that way. Exact arithmetic differs only in the order of sums. A way may differ by more: where a gradient is 0 but for
#: rounding (a bias before a batch normalisation), Adam makes a whole step of it. The kernel meets no such layers.
_LOSS = {"float32": 1e-4, "bfloat16": 5e-2}
_WAY = {"float32": 0.25, "bfloat16": 0.9}
_WAY_OF_KERNEL = 1e-2


@dataclass(frozen=True)
class Course:
    """What a few steps gave: their losses, and how the weights have changed."""

    losses: list[float]
    moved: Tensor


def course(loop: Loop, plan: Plan, steps: int = STEPS) -> Course:
    """Take a few steps in this way, on copies."""
    trial = Trial(loop, plan)
    trial.step(steps)
    return Course(trial.losses(), trial.moved())


def why_not(loop: Loop, plan: Plan, reference: Course, steps: int = STEPS) -> str | None:
    """Why a plan cannot be trusted here, in a sentence; None: it learns as the plain one does."""
    try:
        found = course(loop, plan, steps)
    except Exception as error:  # whatever keeps it from serving: the plain way does not need it
        return f"it failed here ({type(error).__name__})"
    return differs(reference, found, plan)


def differs(reference: Course, found: Course, plan: Plan) -> str | None:
    """Whether two courses differ by more than the order of sums explains, in a sentence."""
    if len(reference.losses) != len(found.losses):
        return "it gave another number of losses"
    for number, (plain_loss, loss) in enumerate(zip(reference.losses, found.losses, strict=True), 1):
        if not math.isfinite(plain_loss):
            break  # the course itself breaks down; what follows tells nothing
        if not abs(loss - plain_loss) <= _LOSS[plan.precision] * max(abs(plain_loss), 1e-2):
            return f"its loss was {loss:.5g} in place of {plain_loss:.5g} at step {number}"
    else:
        allowed = _WAY_OF_KERNEL if plan.engine == "kernel" else _WAY[plan.precision]
        way = torch.linalg.vector_norm(reference.moved)
        apart = torch.linalg.vector_norm(found.moved - reference.moved)
        if not apart <= allowed * way + 1e-12:
            return f"its weights went another way, by {float(apart / way):.0%}"
    return None


def reference(loop: Loop, plan: Plan, steps: int = STEPS) -> Course:
    """The plain course that `plan` is compared with."""
    return course(loop, plain(loop, plan), steps)
