"""Make: the stepper that a plan asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlviz.training.engine.eager import Eager
from dlviz.training.engine.stepper import Stepper

if TYPE_CHECKING:
    from dlviz.training.loop import Loop


def make(loop: Loop) -> Stepper:
    """The stepper for `loop.plan`. Raises where the plan cannot serve this training."""
    if loop.plan.engine == "kernel":
        from dlviz.training.engine.kernel_stepper import KernelStepper  # numba only where it is used

        return KernelStepper(loop)
    if loop.plan.engine == "graph":
        from dlviz.training.engine.graph_stepper import GraphStepper

        return GraphStepper(loop)
    return Eager(loop)
