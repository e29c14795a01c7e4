"""The learning-rate finder: steps with ever larger rates, and where the loss falls fastest (Smith 2017).

`python -m dlviz.training.lr_finder FOLDER`, as a job of its own on networks of its own:

<folder>/request.json   {"spec": a draft's document} or {"run": folder of a run, from whose newest checkpoint it begins}
<folder>/state.json     {"status": running | done | failed, "error", "done", "of", "seconds"}
<folder>/answer.json    {"lr": [...], "loss": [...] smoothed, "raw": [...], "suggestion": a rate or null, "why"}
"""

from __future__ import annotations

import math
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dlviz.core.files import read_record, write_json
from dlviz.core.problems import WrongInput
from dlviz.optimization.schedules.constant import Constant
from dlviz.training import machine
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.engine.eager import Eager
from dlviz.training.folder import RunFolder
from dlviz.training.fork import data_seed
from dlviz.training.loop import Loop, Watcher
from dlviz.training.meter import Meter
from dlviz.training.prepare import prepare
from dlviz.training.spec import Spec
from dlviz.training.start import of_draft, of_run

LOWEST, HIGHEST, STEPS = 1e-7, 10.0, 300
#: About how long it may take, in seconds: a slow network gets fewer steps, at least this many.
_SECONDS, _FEWEST = 20.0, 60
#: The width of what is smoothed together, as a share of the steps; how many times the least loss is an explosion.
_SMOOTH, _EXPLODED = 0.03, 4.0
#: The first smoothed losses say nothing yet; what falls less than this share of the loss is no fall.
_SETTLE, _LEAST_FALL = 5, 0.02
#: A fall is one if it is so many times what the smoothed loss swings by itself.
_SURE = 4.0


@dataclass(frozen=True)
class Found:
    """What was tried, and what follows: `loss` is smoothed, `suggestion` None where none can be made honestly."""

    lr: list[float]
    loss: list[float]
    raw: list[float]
    suggestion: float | None
    why: str


def search(loop: Loop, tell: Callable[[int, int], object] = lambda done, of: None) -> Found:
    """Try ever larger rates on `loop`, whose networks are spoilt by it. Its schedule must leave the rate alone."""
    if loop.task.adversarial:
        raise WrongInput(
            "Networks that work against each other have no one loss that shall fall: no rate can be found."
        )
    stepper, steps = Eager(loop), STEPS
    loop.meter = Meter(1, tuple(loop.fields.targets), loop.steps_per_epoch)
    for network in loop.networks.values():
        network.train()
    lr: list[float] = []
    raw: list[float] = []
    began, least = time.monotonic(), math.inf
    while len(raw) < steps:
        rate = LOWEST * (HIGHEST / LOWEST) ** (len(raw) / (steps - 1))
        _set_rate(loop, rate)
        loss = _step(loop, stepper)
        if not math.isfinite(loss):
            break
        lr.append(rate)
        raw.append(loss)
        lately = sum(raw[-_SETTLE:]) / _SETTLE
        least = min(least, lately) if len(raw) >= _SETTLE else math.inf
        if lately > _EXPLODED * least > 0:
            break
        if len(raw) == 1:
            steps = _affordable(time.monotonic() - began)
        tell(len(raw), steps)
    if not raw:
        return Found([], [], [], None, "The loss is no number from the start. Look at the data and the network.")
    suggestion, why = suggest(lr, smoothed(raw), raw)
    return Found(lr, smoothed(raw), raw, suggestion, why)


def _affordable(seconds: float) -> int:
    """How many steps there is time for, where one takes so long. (The first rate is the same with any number.)"""
    return int(min(STEPS, max(_FEWEST, _SECONDS / max(1e-6, seconds))))


def smoothed(losses: Sequence[float]) -> list[float]:
    """Each loss with its neighbours before and after it, weighted by a bell curve: it swings less and does not lag."""
    values, width = np.asarray(losses, dtype=float), _width(len(losses))
    reach = np.arange(-math.ceil(3 * width), math.ceil(3 * width) + 1)
    bell = np.exp(-((reach / width) ** 2) / 2)
    inside = np.convolve(np.ones(len(values)), bell)[-reach[0] : -reach[0] + len(values)]
    found = np.convolve(values, bell)[-reach[0] : -reach[0] + len(values)] / inside
    return [float(value) for value in found]


def _width(steps: int) -> float:
    return max(1.0, _SMOOTH * steps)


def suggest(lr: Sequence[float], loss: Sequence[float], raw: Sequence[float]) -> tuple[float | None, str]:
    """(the rate where the loss falls fastest over the rate's logarithm, or None; why)."""
    if len(loss) < 3 * _SETTLE:
        return None, (
            "The loss exploded at once, even with tiny steps: something else is wrong. Look at data and network."
        )
    values = np.asarray(loss)
    low = _SETTLE + int(values[_SETTLE:].argmin())
    start = float(values[_SETTLE : max(_SETTLE + 1, len(values) // 4)].mean())
    fall = start - float(values[low])
    # of one loss, from step to step; a median, so that neither the fall nor the explosion counts
    swing = 1.48 * float(np.median(np.abs(np.diff(np.asarray(raw))))) / math.sqrt(2)
    if fall < max(_LEAST_FALL * abs(start), _SURE * swing / math.sqrt(2 * math.sqrt(math.pi) * _width(len(raw)))):
        return None, (
            "The loss fell at no rate by more than it swings, so no rate can be suggested. A larger batch swings less; "
            "or the network cannot learn this task."
        )
    slope = np.gradient(values, np.log(np.asarray(lr)))
    steepest = _SETTLE + int(slope[_SETTLE : low + 1].argmin())
    rate = float(f"{lr[steepest]:.1e}")
    end = "" if low == len(values) - 1 else f" From about {lr[low]:.1g} on it rose again: there steps are too large."
    return rate, f"The loss fell fastest at a rate of {rate:g}.{end}"


def _set_rate(loop: Loop, rate: float) -> None:
    for optimizer in loop.optimizers.values():
        for group in optimizer.param_groups:
            group["lr"] = rate


def _step(loop: Loop, stepper: Eager) -> float:
    """One step; its loss (the sum, where several networks learn). NaN where it is no number."""
    stretch = loop.batches.stretch(loop.epoch, loop.position, 1)
    if stretch is None:
        loop.epoch, loop.position = loop.epoch + 1, 0
        stretch = loop.batches.stretch(loop.epoch, 0, 1)
    assert stretch is not None
    taken = stepper.take(stretch, False)
    loop.step += taken
    loop.position = stretch.after(taken)
    windows, bad = loop.meter.collect()
    return math.nan if bad is not None or not windows else sum(windows[-1].losses.values())


def ready(request: Mapping[str, Any]) -> Loop:
    """The loop that a request asks for: a draft's, or a run's as it stands. `WrongInput` where there is none."""
    place = request.get("run")
    run = RunFolder(Path(place)) if place else None
    spec = Spec.parse(run.settings_at() if run else request.get("spec"))
    spec = of_run(spec, run) if run else of_draft(spec)
    data = spec.data.load(data_seed(run, spec.seed) if run else spec.seed)
    spec = spec.completed(data.fields)
    assert spec.optimization and spec.training
    settings = spec.training.model_copy(update={"early_stopping": None, "epochs": 1_000_000})
    spec = replace(spec, optimization=replace(spec.optimization, schedule=Constant()), training=settings)
    loop = prepare(spec, data, machine.device(settings.device), Watcher())
    if run:
        found = Checkpoints(run.checkpoints).latest()
        if found is None:
            raise WrongInput(f"The run {run.id} has no checkpoint yet. Search from its settings instead.")
        for role, network in loop.networks.items():
            network.load_state_dict(found[1].get(f"networks/{role}"))
    return loop


def main(folder: str | Path) -> int:
    """Do what `request.json` asks; 0 where it is done. Whatever happens, the state tells it."""
    folder = Path(folder)
    began = told = time.monotonic()

    def tell(status: str, error: str | None = None, **more: Any) -> None:
        seconds = round(time.monotonic() - began, 3)
        write_json(folder / "state.json", {"status": status, "error": error, "seconds": seconds, **more})

    def progress(done: int, of: int) -> None:
        nonlocal told
        if time.monotonic() - told > 0.2:
            told = time.monotonic()
            tell("running", done=done, of=of)

    try:
        machine.settle()
        tell("running")
        found = search(ready(read_record(folder / "request.json") or {}), progress)
        write_json(folder / "answer.json", asdict(found))
        tell("done")
        return 0
    except WrongInput as error:
        tell("failed", str(error))
    except (MemoryError, torch.OutOfMemoryError):
        tell("failed", "There was not enough memory for this network. Draw a smaller one, or take smaller batches.")
    except Exception as error:
        traceback.print_exc()
        first = (str(error).strip().splitlines() or [""])[0][:200]
        tell("failed", f"The search ended with an error ({type(error).__name__}: {first}).")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
