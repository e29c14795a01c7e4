"""Every lesson trains: two steps of each, through the real loop, give finite losses and change the weights."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
import torch

from dlviz.lessons import lessons, read
from dlviz.training.loop import Loop, Watcher
from dlviz.training.restore import make_networks
from dlviz.training.spec import Spec


class Enough(Exception):
    """Two steps are done."""


class TwoSteps(Watcher):
    next_look = 0.0

    def begin(self, loop: Loop) -> None:
        loop.longest = 1  # a compiled kernel takes a whole epoch in one call

    def look(self, loop: Loop) -> None:
        if loop.step >= 2:
            raise Enough


@pytest.mark.parametrize("name", list(lessons()))
def test_it_trains(name: str) -> None:
    spec = Spec.parse(read(name))
    if not spec.data.ready() and not Path(os.environ.get("DLVIZ_DATA", "")).is_dir():
        pytest.skip("its data must be fetched, or lie in DLVIZ_DATA")
    data = spec.data.load(spec.seed)
    spec = spec.completed(data.fields)
    assert spec.task is not None
    torch.manual_seed(spec.seed)
    networks = make_networks(spec, data.fields)
    spec.task.prepare(networks, data.fields, data.train)
    before = {role: [weight.clone() for weight in network.parameters()] for role, network in networks.items()}
    loop = Loop(spec, data, networks, torch.device("cpu"), TwoSteps())
    with pytest.raises(Enough):
        loop.train()
    loop.meter.collect()
    told = [value for value in loop.train_figures().values() if value is not None]  # no BLEU of what one trains on
    assert told and all(math.isfinite(value) for value in told)
    for role, network in networks.items():
        changed = [not torch.equal(old, new) for old, new in zip(before[role], network.parameters(), strict=True)]
        assert any(changed), role
