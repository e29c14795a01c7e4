"""Timing: which number of threads and which precision are the fastest, by a few real steps on copies."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import nn

from dlviz.training import machine
from dlviz.training.engine.plan import Choice, Plan, Precision
from dlviz.training.engine.trial import Trial
from dlviz.training.own_time import own_time

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

Way = TypeVar("Way", bound=Hashable)

#: A run that should take less than this is not worth a stopwatch; in seconds.
SHORT = 15.0
#: Which share of the steps left probing may take.
_SHARE = 0.03
#: So many times slower than the rule's way: out of the question after one step.
_FAR = 4.0
#: Forward operations of one step below which nothing is timed: there torch's calls and the casts take what bfloat16 or
#: a second thread saves. Measured on one core that computes in bfloat16 itself, networks of 3e7 operations a step gain
#: or lose a tenth, from 9e7 on they gain a quarter and more.
TINY = 1e8
#: How much faster another way than the rule's must be before it is taken, in all turns but one.
_GAIN = 1.10
#: How much faster other threads must be to be taken in the middle of a run: the step time swings.
_ANEW = 1.2
#: Timed steps of each way, in turns: at least, and where those do not agree, at most. One before them is not counted:
#: torch makes its code for these shapes there.
_FEWEST, _ROUNDS = 2, 4
#: So many times the gain that is asked for, or as far below it: the fewest turns are enough to see it.
_CLEAR = 1.1


def probe(loop: Loop, choice: Choice) -> None:
    """Time a few real steps and take the fastest way: first the precision, on one thread by that thread's own time, in
    which other work on the machine does not show; then the number of threads, by the clock."""
    pinned, rule = loop.training, choice.plan
    if loop.flops * pinned.batch_size < TINY:
        return
    fixed = pinned.threads != "auto" or loop.device.type != "cpu"
    counts = [rule.threads] if fixed or machine.cores() == 1 else sorted({1, machine.cores()})
    both: list[Precision] = ["float32", "bfloat16"]
    precisions = both if pinned.precision == "auto" and _has_bfloat16(loop) else [rule.precision]
    if len(counts) * len(precisions) == 1:
        return
    if loop.expected_seconds < SHORT:
        choice.because.append("The run is short, so rules decided and nothing was timed.")
        return
    each = 2 * (_FEWEST + 1)
    turns = min(len([ways for ways in (counts, precisions) if len(ways) > 1]), int(_SHARE * loop.steps_left / each))
    if turns == 0:
        choice.declined.append("Timing the alternatives would have taken too much of this run.")
        return
    trial = Trial(loop, rule)
    if len(precisions) > 1:
        _precision(trial, choice, 1 if loop.device.type == "cpu" and not fixed else rule.threads)
        turns -= 1
    if turns and len(counts) > 1 and not _crowded(choice):
        _threads(trial, choice, counts)


def threads_anew(loop: Loop, choice: Choice) -> Choice | None:
    """The same plan with another number of threads, where that is clearly faster now; None: it stays."""
    counts = sorted({1, choice.plan.threads, machine.cores()})
    if len(counts) == 1 or loop.device.type != "cpu" or loop.flops * loop.training.batch_size < TINY:
        return None
    trial = Trial(loop, choice.plan)
    times = _timed({count: (count, trial.step) for count in counts}, now := choice.plan.threads, _ANEW)
    seconds_of = _middle(times)
    best = min(seconds_of, key=lambda count: seconds_of[count])
    if best == now or not _faster(times[best], times[now], _ANEW):
        return None
    why = (
        f"Other work has come to this machine or has gone: a step took {_ms(seconds_of[best])} with "
        f"{_count(best)} and {_ms(seconds_of[choice.plan.threads])} with {_count(choice.plan.threads)}."
    )
    because = [text for text in choice.because if "thread" not in text.lower()]
    return Choice(replace(choice.plan, threads=best), [*because, why], list(choice.declined))


def _precision(trial: Trial, choice: Choice, threads: int) -> None:
    rule = choice.plan
    plans = [rule, replace(rule, precision="float32" if rule.precision == "bfloat16" else "bfloat16")]

    def step(plan: Plan) -> float:
        trial.change(plan)
        return trial.step()

    trial.clock = own_time() if threads == 1 else time.perf_counter
    times = _timed({plan: (threads, partial(step, plan)) for plan in plans}, rule, _GAIN)
    trial.clock = time.perf_counter
    _settle(choice, times)
    trial.change(choice.plan)


def _threads(trial: Trial, choice: Choice, counts: list[int]) -> None:
    rule = choice.plan
    times = _timed({replace(rule, threads=count): (count, trial.step) for count in counts}, rule, _GAIN)
    _settle(choice, times)


def _crowded(choice: Choice) -> bool:
    """Whether the rule has left the other processors to other work: then two threads need no trial."""
    return any("other work" in text for text in choice.because)


def _settle(choice: Choice, times: dict[Plan, list[float]]) -> None:
    rule, seconds_of = choice.plan, _middle(times)
    clear = [plan for plan in times if plan == rule or _faster(times[plan], times[rule], _GAIN)]
    choice.plan = min(clear, key=lambda plan: seconds_of[plan])
    _tell(choice, rule, seconds_of)


def _timed(steps: Mapping[Way, tuple[int, Callable[[], float]]], rule: Way, gain: float) -> dict[Way, list[float]]:
    """The seconds of a step in each way, taken in turns until they tell. Of what is far behind the rule's way after its
    first step only that is taken: it would cost most of the time."""
    first = {way: _with_threads(*step) for way, step in steps.items()}
    near = [way for way in steps if way == rule or first[way] <= _FAR * first[rule]]
    times: dict[Way, list[float]] = {way: [] for way in near}
    for turn in range(_ROUNDS):
        for way in near:
            times[way].append(_with_threads(*steps[way]))
        if turn + 1 >= _FEWEST and all(_clear(times[way], times[rule], gain) for way in near if way != rule):
            break
    return {way: times.get(way, [seconds]) for way, seconds in first.items()}


def _clear(times: list[float], rule: list[float], gain: float) -> bool:
    """Whether all turns say the same, by far: so much faster, or not faster at all."""
    gains = [other / mine for mine, other in zip(times, rule, strict=True)]
    return min(gains) > gain * _CLEAR or max(gains) < gain / _CLEAR


def _middle(times: Mapping[Way, list[float]]) -> dict[Way, float]:
    return {way: statistics.median(found) for way, found in times.items()}


def _faster(times: list[float], rule: list[float], gain: float) -> bool:
    """Whether a way was clearly faster than the rule's, turn by turn: in all of the fewest turns, in all but one of
    more."""
    won = sum(mine * gain <= other for mine, other in zip(times, rule, strict=False))
    return won >= max(_FEWEST, len(rule) - 1)


def _with_threads(count: int, step: Callable[[], float]) -> float:
    with with_threads(count):
        return step()


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
    return f"{seconds * 1000:.{2 if seconds < 0.01 else 0}f} ms"


def _has_bfloat16(loop: Loop) -> bool:
    """Whether there are products of matrices or convolutions to compute, and the device computes them in bfloat16
    itself and does not only pretend to."""
    parts = [part for network in loop.networks.values() for part in network.modules()]
    tables = {id(part.weight) for part in parts if isinstance(part, nn.Embedding | nn.EmbeddingBag)}
    if not any(weight.dim() > 1 and id(weight) not in tables for made in loop.parameters.values() for weight in made):
        return False
    if loop.device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class with_threads:
    """Inside, torch computes with so many threads."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __enter__(self) -> None:
        self.before = torch.get_num_threads()
        torch.set_num_threads(self.count)

    def __exit__(self, *_: object) -> None:
        torch.set_num_threads(self.before)
