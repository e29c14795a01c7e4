"""Transfer: how a fork begins: the parent's steps up to there once more, exactly, then its state into the new loop.

What fits by name and shape is taken over; what does not begins anew, and is named.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Data
from dlviz.training import changes, checkpoint, start
from dlviz.training.batches import derived_seed
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.divergence import Diverged
from dlviz.training.engine.plan import Choice
from dlviz.training.fork import Fork, check_epochs
from dlviz.training.loop import Loop
from dlviz.training.meter import Mean
from dlviz.training.prepare import prepare
from dlviz.training.recorder import Recorder
from dlviz.training.retaken import Reached, Retaken
from dlviz.training.spec import Spec

_GLANCE = 0.1  # seconds between two looks on the way back to the step


def begin(fork: Fork, spec: Spec, data: Data, device: torch.device, recorder: Recorder) -> tuple[Loop, list[str]]:
    """The loop of a fork, standing at its first step, and sentences about what was not taken over.

    `spec` is the fork's own, completed. Raises `WrongInput` where the parent breaks down before.
    """
    old_spec = Spec.parse(fork.spec).completed(data.fields)
    watcher = _Replay(fork, recorder)
    began = partial(start.begin, run=recorder.run) if old_spec.start is not None else None
    old = prepare(old_spec, data, device, watcher, begin=began)
    stored = Checkpoints(recorder.run.path / "fork")
    choice = Choice.parse(fork.engine)
    if choice is not None:
        old.choice, old.chosen = choice, True
    if fork.checkpoint is not None:
        found = stored.read(str(fork.checkpoint))
        if found is None:
            raise WrongInput("This fork cannot begin: the checkpoint in its folder is damaged. Fork its parent again.")
        old.restore(found)
        old.best.weights = stored.read(f"{old.best.step}.best") if old.best.step is not None else None
        watcher.to_repeat = changes.still_to_come(fork.changes, found.facts.get("changes") or [])
    watcher.run(old)
    check_epochs(spec.training.epochs if spec.training else None, old.time)
    chance = {name: state.clone() for name, state in checkpoint.random_state(device)}
    new = prepare(spec, data, device, recorder, recorder.state)
    return new, transfer(old, new, chance)


def transfer(old: Loop, new: Loop, chance: Mapping[str, torch.Tensor]) -> list[str]:
    """Bring `new` to where `old` stands; sentences about what could not be taken over. `chance`: the states of torch's
    own generators there."""
    notes: list[str] = []
    new.epoch, new.position, new.step, new.seconds = old.epoch, old.position, old.step, old.seconds
    _cut(old, new)
    same = True
    for role, network in new.networks.items():
        same &= _weights(role, old.networks[role], network, len(new.networks) > 1, notes)
    if same:
        new.choice, new.chosen = old.choice, old.chosen  # kept if it suits what is asked for now
    _optimizers(old, new, notes)
    course = [(loop.recipe.optimizer, loop.recipe.schedule, loop.epochs, loop.batches.size) for loop in (old, new)]
    if course[0] == course[1]:
        _schedules(old, new)
    else:
        new.in_flight.set_schedules()
    if old.spec.seed == new.spec.seed:
        checkpoint.set_random_state(chance, new.device)
        new.random.set_state(old.random.get_state())
    else:
        seed = derived_seed(new.spec.seed, "fork", new.step)
        for generator in checkpoint.generators(new.device).values():
            generator.manual_seed(seed)
        new.random.manual_seed(derived_seed(new.spec.seed, "changes", new.step))
    _meter(old, new)
    _best(old, new, same, notes)
    new.stepper.changed()
    return notes


def _cut(old: Loop, new: Loop) -> None:
    """Cut the rest of this epoch into batches from the same place, or from here where their size is another."""
    since = old.batches.since if old.batches.size == new.batches.size else (old.epoch, old.position)
    if since[1]:
        training = {"batch_size": new.training.batch_size, "epochs": new.training.epochs}
        new.in_flight.restore(
            {"optimization": new.recipe.document(), "training": training, "since": list(since)}
        )  # fmt: skip


def _weights(role: str, old: nn.Module, new: nn.Module, several: bool, notes: list[str]) -> bool:
    """Copy what has the same name and shape; whether that was all."""
    before, now = old.state_dict(), new.state_dict()
    fits = {name for name, tensor in now.items() if name in before and before[name].shape == tensor.shape}
    with torch.no_grad():
        for name in fits:
            now[name].copy_(before[name])
    of = f" of the {role}" if several else ""
    for layer in sorted({_layer(name) for name in now if name not in fits}):
        grown = any(_layer(name) == layer for name in before)
        why = "it has another size" if grown else "it is new"
        notes.append(f"`{layer}`{of} begins anew: {why}.")
    for layer in sorted({_layer(name) for name in before} - {_layer(name) for name in now}):
        notes.append(f"`{layer}`{of} is gone, with what it had learned.")
    return len(fits) == len(now) == len(before)


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _optimizers(old: Loop, new: Loop, notes: list[str]) -> None:
    """Copy what the optimizers remember of each weight, where kind and shape fit."""
    before, now = old.recipe.optimizer, new.recipe.optimizer
    if before.kind() != now.kind():
        if any(made.state for made in old.optimizers.values()):
            notes.append(f"The optimizer begins anew: it was {before.kind()} and is {now.kind()}.")
        return
    for role, optimizer in new.optimizers.items():
        names = dict(old.networks[role].named_parameters())
        memory, wanted = old.optimizers[role].state, _remembered(new, role)
        for name, weight in new.networks[role].named_parameters():
            state = memory.get(names[name], {}) if name in names and names[name].shape == weight.shape else {}
            if not state and (not memory or "step" in wanted):
                continue  # it begins to remember by itself; torch's fused SGD only where none remembers yet
            kept = {key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in state.items()}
            for key in wanted - {key for key, value in kept.items() if value is not None}:
                kept[key] = torch.zeros_like(weight)  # a momentum that was not kept before, say
            optimizer.state[weight] = {key: value for key, value in kept.items() if key in wanted}


def _remembered(loop: Loop, role: str) -> set[str]:
    """What the optimizer of this recipe remembers of a weight once it has made a step."""
    weight = nn.Parameter(torch.zeros(1, device=loop.device))
    weight.grad = torch.zeros_like(weight)
    tried = loop.recipe.optimizer.make([weight])
    tried.step()
    return {key for key, value in tried.state[weight].items() if value is not None}


def _schedules(old: Loop, new: Loop) -> None:
    for role, optimizer in new.optimizers.items():
        for before, group in zip(old.optimizers[role].param_groups, optimizer.param_groups, strict=True):
            group.update({key: value for key, value in before.items() if key != "params"})
        if role in new.schedulers:
            facts = checkpoint.schedule_facts(old.schedulers[role])
            checkpoint.set_schedule(new.schedulers[role], facts)


def _meter(old: Loop, new: Loop) -> None:
    """What the losses of this epoch have added up to; a window of another length is begun anew."""
    tensors, facts = old.meter.capture()
    if old.meter.window != new.meter.window:
        facts = {**facts, "open": Mean().document()}
    new.meter.restore(tensors, facts)


def _best(old: Loop, new: Loop, same: bool, notes: list[str]) -> None:
    """The best weights so far count on where the networks are the same and the same figure is watched."""
    if new.best.rule is None:
        return
    if old.best.rule is None or old.best.rule.monitor != new.best.rule.monitor or not same:
        if old.best.rule is not None:
            notes.append("What was best so far is forgotten: it cannot be compared with what comes now.")
        return
    if old.best.weights is not None:
        new.best.restore(old.best.facts())
        new.best.weights = old.best.weights
    if replace(old.spec, title="", notes="", question=None) != replace(new.spec, title="", notes="", question=None):
        new.best.epochs_waited = 0  # other settings have their own chance


class _Replay(Retaken):
    """Takes a training to the step of the fork, and tells how far it is."""

    def __init__(self, fork: Fork, recorder: Recorder) -> None:
        super().__init__([fork.step], fork.changes)
        self.until, self.recorder = fork.step, recorder
        self.glance = 0.0

    def run(self, loop: Loop) -> None:
        """Train up to the step. Raises `WrongInput` where that does not come about."""
        try:
            loop.train()
        except Reached:
            return
        except Diverged as error:
            raise WrongInput(
                f"The run broke down at step {error.step} already, before this fork would begin. "
                "Fork it at an earlier step."
            ) from None
        if loop.step < self.until:
            raise WrongInput(f"The run ended at step {loop.step}, so it cannot be forked at step {self.until}.")

    def goes_on(self, loop: Loop) -> None:
        """How far it is; and whether it is to stop."""
        recorder = self.recorder
        recorder.leave_if_asked()
        if time.monotonic() < self.glance:
            return
        if self.glance:
            told: dict[str, Any] = {"doing": f"going back to step {self.until:,}", "done": loop.step, "of": self.until}
            recorder.to_disk(lambda: recorder.run.write_state(recorder.state | told))
        self.glance = time.monotonic() + _GLANCE
