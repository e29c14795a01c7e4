"""What every optimizer, schedule, regularizer and augmentation keeps to."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dlviz.core.part import Part, families, family
from dlviz.core.values import Audio, Category, Image, Tokens
from dlviz.optimization.augmentations.augmentation import Augmentation
from dlviz.optimization.optimizers.optimizer import Optimizer
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.optimization.schedules.schedule import Schedule

FAMILIES = ("optimizers", "schedules", "regularizers", "augmentations")
PARTS = [part for name in FAMILIES for part in family(name).values()]
INPUTS, TARGETS = {"image": Image(channels=2, height=6, width=5)}, {"label": Category(names=("a", "b", "c"))}


def test_all_that_is_promised_is_there() -> None:
    assert {"SGD", "Adam", "AdamW", "RMSprop", "Adagrad"} <= set(Optimizer.kinds())
    assert {"Constant", "StepLR", "CosineAnnealingLR", "OneCycleLR", "LinearWarmup"} <= set(Schedule.kinds())
    assert {"L1", "L2", "GradientClipping", "LabelSmoothing"} <= set(Regularizer.kinds())
    changes = {"RandomFlip", "RandomShift", "RandomRotation", "RandomZoom", "GaussianNoise", "RandomErasing", "MixUp"}
    assert changes <= set(Augmentation.kinds())
    assert set(FAMILIES) <= set(families())


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
class TestEveryPart:
    def test_round_trips(self, part: type[Part]) -> None:
        made = part()
        assert type(made).parse(made.document()) == made
        assert type(made).parse(made.document(brief=True)) == made

    def test_explains_itself(self, part: type[Part]) -> None:
        assert len(part.about()) > 20
        for setting in part.settings():
            assert len(setting.help) > 15, setting.name
            if setting.type in ("int", "float"):
                assert setting.low is not None and setting.high is not None, f"{setting.name} has no bounds"


@pytest.mark.parametrize("kind", Optimizer.kinds().values(), ids=lambda part: part.__name__)
class TestEveryOptimizer:
    def test_goes_down_a_bowl(self, kind: type[Optimizer]) -> None:
        weight = nn.Parameter(torch.tensor([3.0, -2.0]))
        optimizer = kind(lr=0.1).make([weight])
        for _ in range(200):
            optimizer.zero_grad()
            weight.square().sum().backward()
            optimizer.step()
        assert weight.detach().abs().max() < 1.5
        assert optimizer.param_groups[0]["lr"] == 0.1

    def test_counts_its_memory(self, kind: type[Optimizer]) -> None:
        weight = nn.Parameter(torch.ones(10))
        for settings in ({}, {"momentum": 0.9}, {"amsgrad": True}, {"centered": True}):
            if set(settings) <= set(kind.model_fields):
                part = kind(**settings)
                optimizer = part.make([weight])
                weight.grad = torch.ones(10)
                optimizer.step()
                kept = sum(value.numel() for value in optimizer.state[weight].values() if torch.is_tensor(value))
                assert kept // 10 == part.state_per_weight(), settings


@pytest.mark.parametrize("kind", Schedule.kinds().values(), ids=lambda part: part.__name__)
def test_every_schedule_gives_a_sound_rate_at_each_step(kind: type[Schedule]) -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = kind().make(optimizer, steps_per_epoch=7, epochs=4)
    for _ in range(28):
        assert 0 <= optimizer.param_groups[0]["lr"] <= 0.5
        optimizer.step()
        if scheduler:
            scheduler.step()
    if scheduler:  # can be saved with the run as plain numbers
        assert scheduler.state_dict()["last_epoch"] == 28


@pytest.mark.parametrize("kind", Schedule.kinds().values(), ids=lambda part: part.__name__)
@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (1, 3), (3, 1)])
def test_every_schedule_can_serve_the_shortest_run(kind: type[Schedule], steps: int, epochs: int) -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = kind().make(optimizer, steps, epochs)
    for _ in range(steps * epochs):
        optimizer.step()
        if scheduler:
            scheduler.step()


SOUNDS = {"sound": Audio(rate=1000, samples=200)}


def sounds(count: int = 5, seed: int = 1) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    made = torch.rand(count, 200, generator=random) * 2 - 1
    made[:, 0], made[:, 1] = -1, 1  # all that a sound may hold
    return {"sound": made, "label": torch.randint(0, 3, (count,), generator=random)}


WORDS = {"text": Tokens(vocabulary=tuple("abcdefghij"), length=7)}


def texts(count: int = 5, seed: int = 1) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return {
        "text": torch.randint(0, 10, (count, 7), generator=random),
        "label": torch.randint(0, 3, (count,), generator=random),
    }


def images(count: int = 5, seed: int = 1) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return {
        "image": torch.rand(count, 2, 6, 5, generator=random),
        "label": torch.randint(0, 3, (count,), generator=random),
    }


@pytest.mark.parametrize("kind", Augmentation.kinds().values(), ids=lambda part: part.__name__)
class TestEveryAugmentation:
    """On pictures, or on texts or sounds where it needs those."""

    def batch(self, kind: type[Augmentation], count: int = 5) -> tuple[str, dict[str, torch.Tensor]]:
        """(the name of the input, a batch)"""
        if kind().why_not(INPUTS, TARGETS) is None:
            return "image", images(count)
        if kind().why_not(SOUNDS, TARGETS) is None:
            return "sound", sounds(count)
        assert kind().why_not(WORDS, TARGETS) is None
        return "text", texts(count)

    def apply(self, kind: type[Augmentation], batch: dict[str, torch.Tensor], seed: int) -> dict[str, torch.Tensor]:
        inputs = INPUTS if "image" in batch else SOUNDS if "sound" in batch else WORDS
        return kind().apply(batch, inputs, TARGETS, torch.Generator().manual_seed(seed))

    def test_keeps_form_and_range_and_leaves_the_input_as_it_was(self, kind: type[Augmentation]) -> None:
        (name, batch), (_, before) = self.batch(kind), self.batch(kind)
        changed = self.apply(kind, batch, 3)
        assert set(changed) == set(batch)
        assert changed[name].shape == batch[name].shape
        assert changed[name].dtype == batch[name].dtype
        assert changed[name].min() >= batch[name].min() - 1e-6
        assert changed[name].max() <= batch[name].max() + 1e-6
        assert not torch.equal(changed[name], batch[name])
        for column in batch:
            assert torch.equal(batch[column], before[column])

    def test_takes_all_chance_from_its_generator(self, kind: type[Augmentation]) -> None:
        name, batch = self.batch(kind)
        torch.manual_seed(0)
        first = self.apply(kind, batch, 3)[name]
        torch.manual_seed(1)
        assert torch.equal(self.apply(kind, batch, 3)[name], first)
        assert not torch.equal(self.apply(kind, batch, 4)[name], first)

    def test_takes_a_single_example(self, kind: type[Augmentation]) -> None:
        name, batch = self.batch(kind, 1)
        assert self.apply(kind, batch, 3)[name].shape == batch[name].shape
