"""Prepare: the loop of a spec, with fresh networks, ready for its first step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Data
from dlviz.network.memory import check_memory
from dlviz.network.shapes import infer
from dlviz.training import machine
from dlviz.training.loop import Loop, Watcher
from dlviz.training.restore import make_networks
from dlviz.training.spec import Spec

#: Gives fresh networks, by role, other weights to begin with.
Begin = Callable[[Mapping[str, nn.Module]], object]


def prepare(
    spec: Spec, data: Data, device: torch.device, watcher: Watcher, state: dict[str, Any] | None = None,
    wait: Callable[[], bool] = lambda: False, begin: Begin | None = None,
) -> Loop:  # fmt: skip
    """The loop of a completed spec, ready for its first step. `state` is told on what it will run. `wait` is called
    where a step needs more memory than is free now: whether there was a wait and it is worth another look."""
    assert spec.task is not None and spec.training is not None
    roles = spec.task.roles(data.fields)
    reports = [infer((spec.networks or {})[name], role.inputs, role.output) for name, role in roles.items()]
    for name, report in zip(roles, reports, strict=True):
        if not report.parameters:
            raise WrongInput(
                f"networks.{name}: no layer has weights, so nothing can learn. Add one that has: a Linear."
            )
    flops = float(sum(report.flops for report in reports))
    count = machine.threads(flops * spec.training.batch_size)
    torch.set_num_threads(count)
    assert spec.optimization is not None
    while True:
        try:
            check_memory(reports, spec.training.batch_size, spec.optimization.optimizer.state_per_weight(), device)
            break
        except WrongInput:
            if not wait():
                raise
    torch.manual_seed(spec.seed)
    networks = make_networks(spec, data.fields)
    if begin is not None:
        begin(networks)
    spec.task.prepare(networks, data.fields, data.train)
    for network in networks.values():
        network.to(device)
    if state is not None:
        state |= {"device": str(device), "threads": count, "precision": spec.training.precision}
    return Loop(spec, data, networks, device, watcher, flops)
