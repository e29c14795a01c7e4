"""Gate: where the threads of one call wait for each other, in compiled code."""

from __future__ import annotations

import os
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from dlviz.training.kernel.functions import compiled

#: Glances at the gate before the processor is offered to others: about as long as a wait takes where both threads run.
_GLANCES = 5000

if hasattr(os, "sched_yield"):
    _rest = types.ExternalFunction("sched_yield", types.int32())
else:

    @compiled
    def _rest():
        return 0


@intrinsic
def _arrive(typing: Any, gate: Any) -> Any:
    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(gate), make


@intrinsic
def _arrived(typing: Any, gate: Any) -> Any:
    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.load_atomic(place, "seq_cst", 8)

    return types.int64(gate), make


@compiled
def meet(gate, all_arrived):
    """Arrive, and wait until so many have arrived in all; what any of them wrote before is then seen by each.

    `gate` (1,) int64 counts from 0. Who waits long lets other processes work: on a crowded machine the thread waited
    for may not run at all.
    """
    _arrive(gate)
    glances = 0
    while _arrived(gate) < all_arrived:
        glances += 1
        if glances > _GLANCES:
            _rest()
