"""The schedules against their closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from dlviz.optimization.schedules.schedule import Schedule


def rates(document: dict[str, object], steps_per_epoch: int = 5, epochs: int = 8, lr: float = 0.2) -> list[float]:
    """The learning rate of each step, and the one after the last."""
    part = Schedule.parse(document)
    assert part is not None
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=lr)
    scheduler = part.make(optimizer, steps_per_epoch, epochs)
    seen = []
    for _ in range(steps_per_epoch * epochs):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
    return [*seen, optimizer.param_groups[0]["lr"]]


def test_constant() -> None:
    assert set(rates({"kind": "Constant"})) == {0.2}


def test_step() -> None:
    found = rates({"kind": "StepLR", "step_size": 3, "gamma": 0.5})
    assert found == pytest.approx([0.2 * 0.5 ** (step // 15) for step in range(41)])


def test_cosine() -> None:
    found = rates({"kind": "CosineAnnealingLR", "eta_min": 0.02})
    assert found == pytest.approx([0.02 + 0.09 * (1 + math.cos(math.pi * step / 40)) for step in range(41)])


def test_one_cycle() -> None:
    found = rates({"kind": "OneCycleLR", "pct_start": 0.25, "div_factor": 10, "final_div_factor": 100})
    assert found[0] == pytest.approx(0.02)
    assert found[-1] == pytest.approx(0.0002)
    # torch puts the peak at pct_start · (number of rates) - 1, which need not be a whole step
    top = 0.25 * 41 - 1
    rise = [0.02 + 0.18 * (1 - math.cos(math.pi * step / top)) / 2 for step in range(10)]
    fall = [0.0002 + (0.2 - 0.0002) * (1 + math.cos(math.pi * (step - top) / (40 - top))) / 2 for step in range(10, 41)]
    assert found == pytest.approx(rise + fall)


@pytest.mark.parametrize("then", ["constant", "linear", "cosine"])
def test_warmup(then: str) -> None:
    found = rates({"kind": "LinearWarmup", "epochs": 1.6, "start_factor": 0.1, "then": then})
    assert found[:8] == pytest.approx([0.2 * (0.1 + 0.9 * step / 8) for step in range(8)])
    left = [1 - step / 32 for step in range(33)]
    after = {"constant": [1] * 33, "linear": left, "cosine": [(1 - math.cos(math.pi * x)) / 2 for x in left]}
    assert found[8:] == pytest.approx([0.2 * share for share in after[then]], abs=1e-9)


def test_warmup_of_no_length_changes_nothing() -> None:
    assert set(rates({"kind": "LinearWarmup", "epochs": 0})) == {0.2}
