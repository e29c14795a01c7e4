"""Earlier: a run's networks as they stood before. Where no checkpoint holds a step, the way there is trained again."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import nn

from dlviz.asking.load import Opened
from dlviz.explainers.explainer import Step, silent
from dlviz.training import changes, start
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.divergence import Diverged
from dlviz.training.engine.plan import Choice
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder, steps_in
from dlviz.training.fork import Fork
from dlviz.training.loop import Loop
from dlviz.training.prepare import prepare
from dlviz.training.retaken import Reached, Retaken

#: For so many seconds steps are taken again at most, by what the run itself took for them.
SECONDS = 30.0
Earlier = dict[int, dict[str, nn.Module]]


def epoch_at(run: RunFolder, step: float) -> float:
    """How many epochs had passed at a step, by what the run recorded at their ends."""
    known = sorted({(int(one["step"]), float(one["epoch"])) for one in read_events(run.events_file, only=("epoch",))})
    begun = [(int(one["step"]), float(one.get("epoch", 0))) for one in read_events(run.events_file, only=("fork",))]
    points = [*(begun or [(0, 0.0)]), *known]
    return float(np.interp(step, [at for at, _ in points], [epoch for _, epoch in points]))


def moments(opened: Opened, frames: int, seconds: float = SECONDS) -> list[int]:
    """Up to `frames` steps of a run, from its beginning to the step that was opened, denser at first, where most
    happens. Only those that can be had: by their checkpoints, or by taking steps again in about `seconds`."""
    last, kept = opened.restored.step, sorted(steps_in(opened.run.checkpoints))
    wanted = {0, last, *(int(step) for step in np.geomspace(1, max(last, 1), max(2, frames - 1)).round())}
    if can_retake(opened, seconds):
        return sorted(wanted)
    kept = [step for step in kept if step <= last]
    nearest = {min(kept, key=lambda own: abs(own - step)) for step in wanted} if kept else set()
    return sorted({*nearest, last})


def can_retake(opened: Opened, seconds: float = SECONDS) -> bool:
    """Whether all steps of a run can be taken again, from its seed, within about so many seconds. A fork's first steps
    are another run's; a GPU's sums end in other digits here."""
    state = opened.run.state()
    took, steps = float(state.get("seconds") or 0), max(1, int(state.get("step") or 1))
    on_cpu = str(state.get("device") or "cpu") == "cpu"
    return on_cpu and Fork.of(opened.run) is None and took * opened.restored.step / steps <= seconds


def networks_at(opened: Opened, steps: Sequence[int], step: Step = silent) -> Earlier:
    """The run's networks after each of these steps, by step; 0: before any training. A step without a checkpoint is
    left out where the steps to it cannot be taken again, or break down."""
    found: Earlier = {}
    stored = Checkpoints(opened.run.checkpoints)
    for wanted in sorted(set(steps)):
        if wanted == opened.restored.step:
            found[wanted] = opened.networks
        elif (snapshot := stored.read(str(wanted))) is not None:
            found[wanted] = {role: copy.deepcopy(network) for role, network in opened.networks.items()}
            for role, network in found[wanted].items():
                network.load_state_dict(snapshot.get(f"networks/{role}"))
    missing = sorted({*steps} - {*found})
    if missing and Fork.of(opened.run) is None:
        found |= _retaken(opened, missing, step)
    return {wanted: found[wanted] for wanted in sorted(found)}


def _retaken(opened: Opened, wanted: Sequence[int], step: Step) -> Earlier:
    run = opened.run
    # a run that began from another divides its data by that one's seed, but trains by its own
    spec = replace(opened.restored.spec, seed=int(run.spec_document().get("seed", 0)))
    watcher = _Collector(wanted, run.changes(wanted[-1]), step)
    began = partial(start.begin, run=run) if spec.start is not None else None
    with _as_before():
        loop = prepare(spec, opened.data, torch.device("cpu"), watcher, begin=began)
        stored = Checkpoints(run.checkpoints)
        oldest = next((own for kept in reversed(stored.steps()) if (own := stored.read(str(kept)))), None)
        choice = Choice.parse(oldest.facts.get("engine")) if oldest is not None else None
        if choice is not None:
            loop.choice, loop.chosen = choice, True
        near = stored.nearest(wanted[0])
        if near is not None:
            loop.restore(near[1])
            watcher.to_repeat = changes.still_to_come(watcher.to_repeat, near[1].facts.get("changes") or [])
        try:
            loop.train()
        except (Reached, Diverged):
            pass
    found: Earlier = {}
    for at, states in watcher.found.items():
        found[at] = {role: copy.deepcopy(network) for role, network in opened.networks.items()}
        for role, network in found[at].items():
            network.load_state_dict(states[role])
    return found


class _Collector(Retaken):
    """Keeps the weights at chosen steps."""

    def __init__(self, wanted: Sequence[int], to_repeat: Sequence[changes.Record], step: Step) -> None:
        super().__init__(wanted, to_repeat)
        self._step = step
        self.found: dict[int, dict[str, dict[str, torch.Tensor]]] = {}

    def stands(self, loop: Loop) -> None:
        if loop.step not in self.found:
            self.found[loop.step] = {
                role: {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
                for role, network in loop.networks.items()
            }

    def goes_on(self, loop: Loop) -> None:
        self._step(loop.step, self.stops[-1])


@contextmanager
def _as_before() -> Iterator[None]:
    """Within, training may seed torch's chance and choose its threads; afterwards both are as before."""
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            torch.set_num_threads(threads)
