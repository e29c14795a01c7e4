"""Choose: how the steps of a run are computed. Rules first; a stopwatch only where it may and where it pays.

`precision: float32` asks for the same bits each time, so there rules alone decide; they follow from the spec and the
number of processors. In `auto` a few real steps on copies are timed where the run is long enough to bear it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from dlviz.training import machine
from dlviz.training.engine import check
from dlviz.training.engine.plan import Choice, Plan, Precision
from dlviz.training.engine.trial import Trial, plain
from dlviz.training.engine.twin import pooled_first

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: A run that should take less than this is not worth a stopwatch, nor the loading of a compiler; in seconds.
SHORT, SHORT_KERNEL = 15.0, 1.0
#: Which share of the expected time probing may take.
_SHARE = 0.03
#: How much faster the unusual must be before it is taken: bfloat16 costs digits, a change of threads costs nothing.
_GAIN = {"bfloat16": 1.10, "float32": 1.05}
#: How much faster other threads must be to be taken in the middle of a run: the step time swings.
_ANEW = 1.2
#: Timed steps of each candidate, in turns.
_ROUNDS = 3
#: Fewer steps than this: nothing is rewritten, checking would take as long as it saves.
_FEW_STEPS = 40


def choose(loop: Loop) -> Choice:
    """The plan for the rest of a run, checked."""
    choice = by_rule(loop)
    pinned = loop.training
    if pinned.precision != "float32" and choice.plan.engine == "eager":
        _probe(loop, choice)
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
    return choice


def checked(loop: Loop, choice: Choice) -> Choice:
    """The same choice without what does not learn as the plain way does, and with the reasons."""
    if choice.plan == (reference_plan := plain(loop, choice.plan)):
        return choice
    steps = min(check.STEPS, max(1, loop.steps_left))
    with _threads(choice.plan.threads):
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
    choice.plan = kept
    return choice


def _rungs(plan: Plan, base: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    if plan.layout != "contiguous":
        yield "Channels last", {"layout": plan.layout}
    if plan.pool_first:
        yield "Pooling before activation", {"pool_first": True}
    if plan.precision != base.precision:
        yield "bfloat16", {"precision": plan.precision}
    if plan.engine != "eager":
        yield "The compiled kernel", {"engine": plan.engine}


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
        return True
    if pinned.engine == "kernel" or loop.flops * loop.training.batch_size < machine.KERNEL_BELOW:
        choice.declined.append(why)
    return False


def _probe(loop: Loop, choice: Choice) -> None:
    """Time a few real steps of each candidate, in turns, and take the fastest."""
    pinned, rule = loop.training, choice.plan
    most = machine.cores()
    threads = {rule.threads} if pinned.threads != "auto" else {1, rule.threads, most}
    both: list[Precision] = ["float32", "bfloat16"]
    precisions = both if pinned.precision == "auto" and _has_bfloat16(loop) else [rule.precision]
    if loop.device.type != "cpu":
        threads = {rule.threads}
    plans = [replace(rule, threads=count, precision=name) for count in sorted(threads) for name in precisions]
    if len(plans) == 1:
        return
    expected = loop.expected_seconds
    if expected < SHORT:
        choice.because.append("The run is short, so rules decided and nothing was timed.")
        return
    trial = Trial(loop, rule)
    with _threads(rule.threads):
        one = min(trial.step(), trial.step())  # the first prepares what the next ones use
    allowed = int(_SHARE * expected / (one * (_ROUNDS + 1)))
    if len(plans) > allowed:  # other threads first: where the machine is busy, they matter most
        plans = [plan for plan in plans if plan.precision == rule.precision]
    if len(plans) == 1 or len(plans) > 2 * allowed:
        choice.declined.append("Timing the alternatives would have taken too much of this run.")
        return
    times: dict[Plan, list[float]] = {plan: [] for plan in plans}
    for number in range(_ROUNDS + 1):
        for plan in plans:
            with _threads(plan.threads):
                trial.change(plan)
                seconds = trial.step()
            if number:  # the first prepares what the next ones use
                times[plan].append(seconds)
    seconds_of = {plan: statistics.median(found) for plan, found in times.items()}
    best = min(plans, key=lambda plan: seconds_of[plan] * (1 if plan == rule else _GAIN[plan.precision]))
    choice.plan = best
    _tell(choice, rule, seconds_of)


def threads_anew(loop: Loop, choice: Choice) -> Choice | None:
    """The same plan with another number of threads, where that is clearly faster now; None: it stays."""
    counts = sorted({1, choice.plan.threads, machine.cores()})
    if len(counts) == 1 or loop.device.type != "cpu":
        return None
    trial = Trial(loop, choice.plan)
    times: dict[int, list[float]] = {count: [] for count in counts}
    for number in range(_ROUNDS + 1):
        for count in counts:
            with _threads(count):
                seconds = trial.step()
            if number:
                times[count].append(seconds)
    seconds_of = {count: statistics.median(found) for count, found in times.items()}
    best = min(counts, key=lambda count: seconds_of[count])
    if seconds_of[best] * _ANEW > seconds_of[choice.plan.threads]:
        return None
    why = (
        f"Steps had become slower, other work may have come to this machine: a step took {_ms(seconds_of[best])} with "
        f"{_count(best)} and {_ms(seconds_of[choice.plan.threads])} with {_count(choice.plan.threads)}."
    )
    because = [text for text in choice.because if "thread" not in text.lower()]
    return Choice(replace(choice.plan, threads=best), [*because, why], list(choice.declined))


def _tell(choice: Choice, rule: Plan, seconds: dict[Plan, float]) -> None:
    best = choice.plan
    for plan, other in seconds.items():
        if (plan.threads, plan.precision) == (best.threads, best.precision):
            continue
        if plan.threads != best.threads and plan.precision != best.precision:
            continue
        name = plan.precision if plan.precision != best.precision else _count(plan.threads)
        mine = best.precision if plan.precision != best.precision else _count(best.threads)
        text = f"A step took {_ms(seconds[best])} with {mine} and {_ms(other)} with {name}"
        if other >= seconds[best]:
            choice.because.append(f"{text}.")
        else:
            choice.declined.append(f"{text}: not enough of a gain.")
    if best.threads != rule.threads:
        choice.because = [text for text in choice.because if not text.startswith("One thread:")]


def _count(threads: int) -> str:
    return f"{threads} thread{'s' if threads > 1 else ''}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def _has_bfloat16(loop: Loop) -> bool:
    """Whether the device computes in bfloat16 itself and does not only pretend to."""
    if loop.device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _wide_convolutions(loop: Loop) -> bool:
    """Whether most of its 2-d convolutions read more than a few channels, where channels last pays."""
    layers = [part for network in loop.networks.values() for part in network.modules() if type(part) is nn.Conv2d]
    return any(layer.in_channels >= 8 and layer.groups == 1 for layer in layers)


def _pools(network: nn.Module) -> bool:
    try:
        return pooled_first(network) is not None
    except (TypeError, KeyError, AttributeError):
        return False


class _threads:
    """Inside, torch computes with so many threads."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __enter__(self) -> None:
        self.before = torch.get_num_threads()
        torch.set_num_threads(self.count)

    def __exit__(self, *_: object) -> None:
        torch.set_num_threads(self.before)
