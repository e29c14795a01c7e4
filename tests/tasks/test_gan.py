"""The Gan: two players in turn, and how good what they make is."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from dlviz.core.values import Category, Vector
from dlviz.datasets.data import Fields
from dlviz.tasks.gan import Gan
from dlviz.tasks.likeness import Coverage, Modes, Precision
from tests.tasks.support import CLASSES, PLANE, data, networks


def test_the_generator_plays_against_the_discriminator_that_has_just_learned() -> None:
    some, task = data(PLANE, CLASSES), Gan()
    made = networks(task, some.fields, some.train)
    step = torch.optim.SGD(made["discriminator"].parameters(), lr=0.5)
    turns = task.losses(made, some.train.columns, some.fields)
    torch.manual_seed(4)
    first = next(turns)
    assert first.role == "discriminator"
    step.zero_grad()
    first.value.backward()
    assert all(weight.grad is None for weight in made["generator"].parameters())  # this turn is not its own
    before = {name: weight.clone() for name, weight in made["discriminator"].state_dict().items()}
    step.step()
    second = next(turns)
    torch.manual_seed(4)
    examples = made["generator"](torch.randn(90, task.noise_size))
    after = F.softplus(-made["discriminator"](examples)).mean()
    assert second.role == "generator"
    assert float(second.value.detach()) == pytest.approx(float(after.detach()), abs=1e-6)
    made["discriminator"].load_state_dict(before)
    assert (
        abs(float(second.value.detach()) - float(F.softplus(-made["discriminator"](examples)).mean().detach())) > 1e-4
    )
    assert next(turns, None) is None


@pytest.mark.parametrize(
    ("loss", "discriminator", "generator"),
    [  # real examples are given 2, made ones -½
        ("non-saturating", math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-0.5)), math.log(1 + math.exp(0.5))),
        ("hinge", 0 + 0.5, 0.5),
        ("least squares", (1 + 0.25) / 2, 2.25 / 2),
    ],
)
def test_each_score_of_the_game(loss: str, discriminator: float, generator: float) -> None:
    class Judge(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.where(x[:, :1] > 10, 2.0, -0.5)

    class Maker(torch.nn.Module):
        def forward(self, noise: torch.Tensor) -> torch.Tensor:
            return noise[:, :2].clamp(-5, 5)

    fields = Fields({"point": PLANE}, {})
    task = Gan.model_validate({"loss": loss})
    batch = {"point": torch.full((8, 2), 20.0)}
    found = [
        float(turn.value.detach())
        for turn in task.losses({"discriminator": Judge(), "generator": Maker()}, batch, fields)
    ]
    assert found == pytest.approx([discriminator, generator])


def test_the_gradient_penalty_is_the_squared_slope_at_real_examples() -> None:
    class Slope(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x @ torch.tensor([[3.0], [4.0]])  # of length 5 everywhere

    class Maker(torch.nn.Module):
        def forward(self, noise: torch.Tensor) -> torch.Tensor:
            return noise[:, :2]

    pair = {"discriminator": Slope(), "generator": Maker()}
    fields, batch = Fields({"point": PLANE}, {}), {"point": torch.randn(8, 2)}
    values = []
    for strength in (0.0, 0.1):
        torch.manual_seed(0)
        values.append(next(iter(Gan(gradient_penalty=strength).losses(pair, batch, fields))).value.item())
    assert values[1] - values[0] == pytest.approx(0.05 * 25, rel=1e-4)
    with torch.no_grad():  # when it is only measured there is no gradient to take
        assert math.isfinite(float(next(iter(Gan(gradient_penalty=0.1).losses(pair, batch, fields))).value))


def ring(count: int, seed: int, modes: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    label = torch.arange(count) % modes
    angle = label * (2 * math.pi / 8)
    return torch.stack([angle.sin(), angle.cos()], 1) * 2 + 0.05 * torch.randn(count, 2, generator=random), label


def figures(made: torch.Tensor) -> dict[str, float]:
    points, label = ring(400, 0)
    found = {}
    for name, metric in {"precision": Precision(), "coverage": Coverage(), "modes": Modes()}.items():
        metric.update(made, torch.cat([points, label[:, None]], 1))
        found[name] = float(metric.compute())
    return found


def test_perfect_examples_are_like_real_ones_and_cover_all() -> None:
    found = figures(ring(400, 1)[0])
    # with k = 5 neighbours a ball stays empty with chance 2⁻⁵ or so
    assert found["precision"] > 0.95 and found["coverage"] > 0.93 and found["modes"] == 1


def test_a_collapsed_generator_is_precise_and_covers_little() -> None:
    found = figures(ring(400, 1, modes=2)[0])
    assert found["precision"] > 0.95 and found["coverage"] < 0.27 and found["modes"] == 0.25


def test_noise_is_neither() -> None:
    random = torch.Generator().manual_seed(3)
    found = figures(6 * torch.rand(400, 2, generator=random) - 3)
    assert found["precision"] < 0.2 and found["modes"] < 1


def test_a_class_that_the_part_does_not_hold_is_not_asked_for() -> None:
    metric = Modes()
    points, label = ring(160, 0)
    keep = label != 3
    metric.update(points[keep], torch.cat([points, label[:, None]], 1)[keep])
    assert float(metric.compute()) == 1


def test_without_classes_there_are_no_modes_to_count() -> None:
    assert "modes" not in Gan().metrics(Fields({"row": Vector(names=("a",))}, {}))
    assert "modes" in Gan().metrics(Fields({"row": Vector(names=("a",))}, {"label": Category(names=("a", "b"))}))
