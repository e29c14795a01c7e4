"""Moments of a training: the networks as they stood at its checkpoints, and the learning rate there."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.studies.study import Inquiry
from dlviz.tasks.task import Networks
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from dlviz.training.spec import Spec


@dataclass(frozen=True)
class Moment:
    """The networks as they stood at a step of the training, and the learning rate there."""

    step: int
    lr: float
    networks: Networks


def moments(inquiry: Inquiry, most: int) -> list[Moment]:
    """The networks at up to `most` evenly spaced checkpoints up to the weights asked about, these among them. Raises
    `WrongInput` where there is no run."""
    run, restored = inquiry.run, inquiry.restored
    if run is None or restored is None:
        raise WrongInput("It follows a training through its checkpoints: ask it about a run. This network has none.")
    kept = Checkpoints(run.checkpoints)
    before = sorted(step for step in kept.steps() if step < restored.step)
    at = np.unique(np.linspace(0, len(before) - 1, min(len(before), most - 1)).round().astype(int))
    rates = _rates(run)
    found = []
    for step in (before[i] for i in at):
        snapshot = kept.read(str(step))
        if snapshot is None:
            continue  # damaged, or tidied away just now
        networks = {role: copy.deepcopy(network) for role, network in inquiry.question.networks.items()}
        for role, network in networks.items():
            network.load_state_dict(snapshot.get(f"networks/{role}"))
        found.append(Moment(step, _rate(rates, step, restored.spec), networks))
    now = Moment(restored.step, _rate(rates, restored.step, restored.spec), inquiry.question.networks)
    return [*found, now]


def _rates(run: RunFolder) -> list[tuple[int, float]]:
    """(step, learning rate) as the training noted them, in order."""
    found = [(record["step"], record.get("lr")) for record in read_events(run.events_file, only=("train",))]
    return [(int(step), float(lr)) for step, lr in found if isinstance(lr, int | float)]


def _rate(rates: list[tuple[int, float]], step: int, spec: Spec) -> float:
    """The learning rate at a step: as noted at the first record from there on, else the last one, else the spec's."""
    later = [lr for at, lr in rates if at >= step]
    if later or rates:
        return later[0] if later else rates[-1][1]
    return float(spec.optimization.optimizer.lr) if spec.optimization is not None else 1.0
