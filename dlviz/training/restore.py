"""Restore: a trained run's networks, without its data set; and that, where it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Data, Encoder, Fields
from dlviz.foreign.card import card_of
from dlviz.foreign.network import network
from dlviz.network.build import build
from dlviz.tasks.task import Task
from dlviz.training.checkpoint import Checkpoints, Snapshot
from dlviz.training.folder import RunFolder
from dlviz.training.fork import data_seed
from dlviz.training.spec import Spec, fitting_task
from dlviz.training.start import of_run


@dataclass(frozen=True)
class Restored:
    """What a run has learned: `networks` in evaluation mode on the CPU, as they stood after `step` steps."""

    spec: Spec
    task: Task
    fields: Fields
    encoders: dict[str, Encoder]
    networks: dict[str, nn.Module]
    step: int

    def load_data(self) -> Data:
        """The run's data, divided as for its training, with its own fields and encoders: they are what its networks
        were trained with. Takes as long as the data set takes; raises `WrongInput` where it cannot be loaded."""
        return replace(self.spec.data.load(self.spec.seed), fields=self.fields, encoders=self.encoders)


def restore(run: RunFolder, step: int | None = None) -> Restored:
    """The networks of a run: the best weights where it kept them, else the last, or those of a given `step`.

    Raises `WrongInput` where there is none.
    """
    document, found = run.spec_document(), read_record(run.path / "data.json")
    if not document:
        raise WrongInput(f"The run {run.id} cannot be read: its spec.json is damaged. Train it anew.")
    spec = of_run(Spec.parse(document), run)
    card = card_of(run.path)
    if card is not None and card.format != "weights" and not step:
        fields, encoders = _described(run, found)
        brought: dict[str, nn.Module] = {"model": network(run.path, card, fields, encoders)}
        return Restored(spec, spec.task or fitting_task(fields), fields, encoders, brought, 0)
    chosen = _chosen(Checkpoints(run.checkpoints), step)
    if chosen is None or found == {}:
        which = "no checkpoint" if step is None else f"no checkpoint of step {step}"
        raise WrongInput(f"The run {run.id} has {which} yet. Let it train for at least one epoch.")
    at, snapshot = chosen
    fields, encoders = _described(run, found)
    spec = replace(spec.completed(fields), seed=data_seed(run, spec.seed))  # by which its data are to be loaded
    assert spec.task is not None and spec.networks is not None
    networks = make_networks(spec, fields)
    spec.task.prepare(networks, fields, None)
    for role, module in networks.items():
        try:
            module.load_state_dict(snapshot.get(f"networks/{role}"))
        except RuntimeError:  # whole files, but of two different runs
            raise WrongInput(
                f"The run {run.id} cannot be read: its checkpoint does not belong to the network in spec.json."
            ) from None
        module.eval()
    return Restored(spec, spec.task, fields, encoders, networks, at)


def _described(run: RunFolder, found: Mapping[str, Any] | None) -> tuple[Fields, dict[str, Encoder]]:
    """The fields and encoders that stand in a run's data.json."""
    try:
        assert found is not None
        fields = Fields.parse(found["fields"])
        encoders = {name: Encoder.parse(document, f"encoders.{name}") for name, document in found["encoders"].items()}
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError):
        # a WrongInput is a ValueError: here it names no mistake of the user's
        raise WrongInput(f"The run {run.id} cannot be read: its data.json is damaged. Train it anew.") from None
    return fields, {name: encoder for name, encoder in encoders.items() if encoder is not None}


def make_networks(spec: Spec, fields: Fields) -> dict[str, nn.Module]:
    """The networks of a completed spec, with fresh weights from torch's global generator."""
    assert spec.task is not None and spec.networks is not None
    roles = spec.task.roles(fields)
    return {name: build(spec.networks[name], role.inputs, role.output) for name, role in roles.items()}


def _chosen(checkpoints: Checkpoints, step: int | None) -> tuple[int, Snapshot] | None:
    if step is None:
        return checkpoints.best() or checkpoints.latest()
    snapshot = checkpoints.read(str(step)) or checkpoints.read(f"{step}.best")
    return (step, snapshot) if snapshot is not None else None
