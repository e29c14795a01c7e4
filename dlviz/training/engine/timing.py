"""Timing: which number of threads and which precision are the fastest, by a few real steps on copies."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import nn

from dlviz.training import machine
from dlviz.training.engine.plan import Choice, Plan, Precision
from dlviz.training.engine.trial import Trial

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

Way = TypeVar("Way", bound=Hashable)

#: A run that should take less than this is not worth a stopwatch; in seconds.
SHORT = 15.0
#: Which share of the expected time probing may take.
_SHARE = 0.03
#: So many times slower than the fastest: out of the question after one step.
_FAR = 4.0
#: Forward operations of one step below which nothing is timed: there torch's calls and the casts take what bfloat16 or
#: a second thread saves. Measured on one core that computes in bfloat16 itself, networks of 3e7 operations a step gain
#: or lose a tenth, from 9e7 on they gain a quarter and more.
TINY = 1e8
#: How much faster another way than the rule's must be before it is taken, in all turns but one.
_GAIN = 1.10
#: How much faster other threads must be to be taken in the middle of a run: the step time swings.
_ANEW = 1.2
#: Timed steps of each candidate, in turns.
_ROUNDS = 4


def probe(loop: Loop, choice: Choice) -> None:
    """Time a few real steps of each candidate, in turns, and take the fastest."""
    pinned, rule = loop.training, choice.plan
    if loop.flops * pinned.batch_size < TINY:
        return
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
    allowed = int(_SHARE * loop.steps_left / (_ROUNDS + 1))
    if len(plans) > allowed:  # other threads first: where the machine is busy, they matter most
        plans = [plan for plan in plans if plan.precision == rule.precision]
    if len(plans) == 1 or len(plans) > allowed:
        choice.declined.append("Timing the alternatives would have taken too much of this run.")
        return
    trial = Trial(loop, rule)
    trial.step()  # what comes first is slow whatever it is

    def step(plan: Plan) -> float:
        trial.change(plan)
        return trial.step()

    times = _timed({plan: (plan.threads, partial(step, plan)) for plan in plans}, rule)
    seconds_of = _middle(times)
    clear = [plan for plan in plans if plan == rule or _faster(times[plan], times[rule], _GAIN)]
    choice.plan = min(clear, key=lambda plan: seconds_of[plan])
    _tell(choice, rule, seconds_of)


def threads_anew(loop: Loop, choice: Choice) -> Choice | None:
    """The same plan with another number of threads, where that is clearly faster now; None: it stays."""
    counts = sorted({1, choice.plan.threads, machine.cores()})
    if len(counts) == 1 or loop.device.type != "cpu" or loop.flops * loop.training.batch_size < TINY:
        return None
    trial = Trial(loop, choice.plan)
    times = _timed({count: (count, trial.step) for count in counts}, now := choice.plan.threads)
    seconds_of = _middle(times)
    best = min(seconds_of, key=lambda count: seconds_of[count])
    if best == now or not _faster(times[best], times[now], _ANEW):
        return None
    why = (
        f"Steps had become slower, other work may have come to this machine: a step took {_ms(seconds_of[best])} with "
        f"{_count(best)} and {_ms(seconds_of[choice.plan.threads])} with {_count(choice.plan.threads)}."
    )
    because = [text for text in choice.because if "thread" not in text.lower()]
    return Choice(replace(choice.plan, threads=best), [*because, why], list(choice.declined))


def _timed(steps: Mapping[Way, tuple[int, Callable[[], float]]], rule: Way) -> dict[Way, list[float]]:
    """The seconds of a step in each way, taken in turns, a few times. Of what is far behind the fastest after its first
    step only that is taken: it would cost most of the time."""
    first = {way: _with_threads(*step) for way, step in steps.items()}
    near = [way for way in steps if way == rule or first[way] <= _FAR * min(first.values())]
    times: dict[Way, list[float]] = {way: [] for way in near}
    for _ in range(_ROUNDS):
        for way in near:
            times[way].append(_with_threads(*steps[way]))
    return {way: times.get(way, [seconds]) for way, seconds in first.items()}


def _middle(times: Mapping[Way, list[float]]) -> dict[Way, float]:
    return {way: statistics.median(found) for way, found in times.items()}


def _faster(times: list[float], rule: list[float], gain: float) -> bool:
    """Whether a way was clearly faster than the rule's, turn by turn, in all but one of the turns."""
    return sum(mine * gain <= other for mine, other in zip(times, rule, strict=False)) >= _ROUNDS - 1


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
