"""Choose: how the steps of a run are computed. Rules first; a stopwatch only where it may and where it pays.

`precision: float32` asks for the same bits each time, so there rules alone decide; they follow from the spec and the
number of processors. In `auto` a few real steps on copies are timed where the run is long enough to bear it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from torch import nn

from dlviz.training import machine
from dlviz.training.engine import check, graph_stepper, timing
from dlviz.training.engine.plan import Choice, Plan
from dlviz.training.engine.trial import plain
from dlviz.training.engine.twin import pooled_first

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: A run that should take less than this is not worth the loading of compiled code; in seconds.
SHORT_KERNEL = 1.0
#: The same where it makes only a part of each step faster.
SHORT_FUSED = 10.0
#: Fewer steps than this: nothing is rewritten, checking would take as long as it saves.
_FEW_STEPS = 40


def choose(loop: Loop) -> Choice:
    """The plan for the rest of a run, checked."""
    choice = by_rule(loop)
    pinned = loop.training
    if pinned.precision != "float32" and choice.plan.engine == "eager":
        timing.probe(loop, choice)
    return checked(loop, choice)


def by_rule(loop: Loop) -> Choice:
    """What follows from the spec and the machine alone."""
    pinned, choice = loop.training, Choice(Plan())
    plan = replace(
        choice.plan,
        threads=pinned.threads if pinned.threads != "auto" else machine.threads(loop.flops * pinned.batch_size),
        precision="bfloat16" if pinned.precision == "bfloat16" else "float32",
    )
    if pinned.threads == "auto" and pinned.precision == "auto" and plan.threads > 1 and machine.busy():
        plan = replace(plan, threads=1)
        choice.because.append("One thread: this machine has other work, and two that wait for each other are slower.")
    elif pinned.threads != "auto":
        choice.because.append(f"The spec asks for {pinned.threads} threads.")
    elif plan.threads == 1 and machine.cores() > 1:
        choice.because.append("One thread: a step of this network is so small that a second would only wait.")
    if pinned.precision == "bfloat16":
        choice.because.append("The spec asks for bfloat16.")
    choice.plan = plan
    if _kernel(loop, choice):
        choice.plan = replace(choice.plan, engine="kernel", threads=1)
        return choice
    few = loop.steps_left < _FEW_STEPS
    if pinned.layout == "channels_last" or (pinned.layout == "auto" and not few and _wide_convolutions(loop)):
        choice.plan = replace(choice.plan, layout="channels_last")
        choice.because.append(
            "Channels last: its convolutions read all channels of a pixel at once."
            if pinned.layout == "auto"
            else "The spec asks for channels last."
        )
    if not few and any(_pools(network) for network in loop.networks.values()):
        choice.plan = replace(choice.plan, pool_first=True)
        choice.because.append(
            "Pooling before activation: the largest of four numbers stays the largest after a ReLU, and only that one "
            "must be worked out. The numbers are the same."
        )
        _fused(loop, choice)
    if not few and _own_lstm(loop, choice):
        choice.plan = replace(choice.plan, own_lstm=True)
    if not few and _graph(loop, choice):
        choice.plan = replace(choice.plan, engine="graph")
    return choice


def checked(loop: Loop, choice: Choice) -> Choice:
    """The same choice without what does not learn as the plain way does, and with the reasons."""
    if choice.plan == (reference_plan := plain(loop, choice.plan)):
        return choice
    warm_up = graph_stepper.WARM_UP if choice.plan.engine == "graph" else 0  # these are plain steps
    steps = min(check.STEPS + warm_up, max(1, loop.steps_left))
    with timing.with_threads(choice.plan.threads):
        reference = check.reference(loop, choice.plan, steps)
        if check.why_not(loop, choice.plan, reference, steps) is None:
            return choice
        kept = reference_plan
        for what, rung in _rungs(choice.plan, reference_plan):
            why = check.why_not(loop, replace(kept, **rung), reference, steps)
            if why is None:
                kept = replace(kept, **rung)
            else:
                choice.declined.append(f"{what}: checked against plain torch, {why}.")
                name = what.removeprefix("The ").removeprefix("A ").lower()
                choice.because = [text for text in choice.because if name not in text.lower()]
    choice.plan = kept
    return choice


def _rungs(plan: Plan, base: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    if plan.layout != "contiguous":
        yield "Channels last", {"layout": plan.layout}
    if plan.pool_first:
        yield "Pooling before activation", {"pool_first": True}
    if plan.fused:
        yield "Pooling in one pass", {"pool_first": True, "fused": True}
    if plan.own_lstm:
        yield "A compiled LSTM", {"own_lstm": True}
    if plan.precision != base.precision:
        yield "bfloat16", {"precision": plan.precision}
    if plan.engine == "kernel":
        yield "The compiled kernel", {"engine": "kernel"}
    if plan.engine == "graph":
        yield "A recorded graph of kernels", {"engine": "graph"}


def _kernel(loop: Loop, choice: Choice) -> bool:
    """Whether the kernel can serve, and pays off."""
    pinned = loop.training
    if pinned.engine == "eager":
        choice.because.append("The spec asks for torch's own operations (`engine: eager`).")
        return False
    if pinned.precision == "bfloat16":
        return False
    from dlviz.training.engine.kernel_stepper import KernelStepper
    from dlviz.training.kernel import compiling

    why = KernelStepper.why_not(loop)
    if why is None and (status := compiling.status()) == "impossible":
        why = "The compiled kernel needs numba, which is not there."
    if why is None and pinned.engine == "auto":
        expected = loop.expected_seconds
        if loop.flops * loop.training.batch_size > machine.KERNEL_BELOW:
            return False  # torch's matrix products are as fast there
        if expected < SHORT_KERNEL:
            why = "The compiled kernel would only begin to pay off in a longer run."
        elif status == "absent" and pinned.precision == "auto":
            compiling.prepare()
            why = "The compiled kernel is being made for this machine; a next run will have it."
    if why is None:
        choice.because.append("A compiled kernel takes many steps of this small network in one call.")
        if KernelStepper.threads(loop) > 1:
            choice.because = [text for text in choice.because if not text.startswith("One thread:")]
            choice.because.append("Two threads share each batch while that is faster; the numbers are the same.")
        return True
    if pinned.engine == "kernel" or loop.flops * loop.training.batch_size < machine.KERNEL_BELOW:
        choice.declined.append(why)
    return False


def _fused(loop: Loop, choice: Choice) -> None:
    """Whether pooling and ReLU are worth a pass of compiled code."""
    pinned = loop.training
    if loop.device.type != "cpu" or pinned.engine == "eager" or choice.plan.layout != "channels_last":
        return
    if loop.expected_seconds < SHORT_FUSED:
        return
    from dlviz.training.engine import pooled
    from dlviz.training.kernel import pooling_code

    if not any(pooled.where(network) for network in loop.networks.values()):
        return
    if _ready(pooling_code, loop, choice, "Pooling in one pass"):
        choice.plan = replace(choice.plan, fused=True)
        choice.because.append(
            "Pooling in one pass: compiled code goes once through the pictures where torch goes through them several "
            "times, and keeps a byte in place of eight for each place of a largest one."
        )


def _own_lstm(loop: Loop, choice: Choice) -> bool:
    """Whether there are LSTMs that compiled code of our own can stand for, and it pays off."""
    from dlviz.training.engine.own_lstm import LEAST_ROWS, serves
    from dlviz.training.kernel import compiling

    pinned = loop.training
    cells = [part for network in loop.networks.values() for part in network.modules() if serves(part)]
    if not cells or pinned.engine != "auto" or pinned.batch_size < LEAST_ROWS or loop.expected_seconds < SHORT_KERNEL:
        return False
    if not _ready(compiling, loop, choice, "A compiled LSTM"):
        return False
    choice.because.append(
        "A compiled LSTM: all steps of a sequence are one call, and the sums of its gates never leave the processor."
    )
    return True


def _ready(code: Any, loop: Loop, choice: Choice, what: str) -> bool:
    """Whether compiled code can be had without much waiting. `precision: float32` waits for it: the next run, which
    would have it, must give the same bits."""
    status = code.status()
    if status == "impossible":
        choice.declined.append(f"{what} needs numba, which is not there.")
        return False
    if status == "absent" and loop.training.precision != "float32":
        code.prepare()
        choice.declined.append(f"{what}: its code is being made for this machine; a next run will have it.")
        return False
    return True


def _graph(loop: Loop, choice: Choice) -> bool:
    """Whether the kernels of a step are worth recording: on a GPU that would wait for Python."""
    small = loop.flops * loop.training.batch_size < graph_stepper.GRAPH_BELOW
    if loop.device.type != "cuda" or loop.training.engine != "auto" or not small:
        return False
    why = graph_stepper.GraphStepper.why_not(loop)
    if why is not None:
        choice.declined.append(why)
        return False
    choice.because.append(
        "A recorded graph of kernels: one call starts all that a step computes. This GPU is done before Python asks."
    )
    return True


def _wide_convolutions(loop: Loop) -> bool:
    """Whether most of its 2-d convolutions read more than a few channels, where channels last pays."""
    layers = [part for network in loop.networks.values() for part in network.modules() if type(part) is nn.Conv2d]
    return any(layer.in_channels >= 8 and layer.groups == 1 for layer in layers)


def _pools(network: nn.Module) -> bool:
    try:
        return pooled_first(network) is not None
    except (TypeError, KeyError, AttributeError):
        return False
