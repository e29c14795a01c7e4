"""In flight: settings that are changed while a training goes on, and what hangs on them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import nn

from dlviz.core.part import Part
from dlviz.core.problems import Problems, WrongInput
from dlviz.core.values import Kind
from dlviz.datasets.data import Batch
from dlviz.optimization.augmentations.augmentation import Augmentation
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.training.batches import Change
from dlviz.training.recipe import Optimization, Training

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

P = TypeVar("P", bound=Part)
#: Of `training`, what may change on the way.
_TRAINING = ("batch_size", "epochs")


@dataclass(frozen=True)
class Settings:
    """What may change on the way."""

    recipe: Optimization
    training: Training


class InFlight:
    """Changes the settings of a loop between two of its steps."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self._changed = False

    def change(self, path: str, value: Any) -> tuple[Any, Any]:
        """See `Loop.change`."""
        loop = self.loop
        now, before, after = self._with(Settings(loop.recipe, loop.training), path, value)
        memory = loop.recipe.optimizer.state_per_weight()
        loop.recipe, loop.training = now.recipe, now.training
        match path.split("."):
            case ["optimization", "optimizer", name]:
                self._set_optimizers(fresh=memory != now.recipe.optimizer.state_per_weight())
                if name == "lr":
                    self.set_schedules()
            case ["optimization", *_]:
                self.set_regularizers()
            case _:
                loop.batches.resize(loop.training.batch_size, loop.epoch, loop.position)
                self.set_schedules()
        self._changed = True
        loop.stepper.changed()
        return before, after

    def check(self, changes: Mapping[str, Any]) -> None:
        """Raise `WrongInput` where one of these changes, made one after the other, cannot be. Nothing is changed."""
        settings = Settings(self.loop.recipe, self.loop.training)
        for path, value in changes.items():
            settings = self._with(settings, str(path), value)[0]

    def _with(self, settings: Settings, path: str, value: Any) -> tuple[Settings, Any, Any]:
        """The settings with one of them changed, what it was and what it is. Raises `WrongInput`."""
        recipe, training = settings.recipe, settings.training
        match path.split("."):
            case ["optimization", "optimizer", name]:
                optimizer = _changed(recipe.optimizer, name, value, path)
                found: tuple[Part, Part] = recipe.optimizer, optimizer
                settings = Settings(replace(recipe, optimizer=optimizer), training)
            case ["optimization", "regularizers", number, name]:
                parts = list(recipe.regularizers)
                if not number.isdecimal() or len(number) > 9 or int(number) >= len(parts):
                    raise WrongInput(f"{path}: there are {len(parts)} regularizers. Their numbers begin at 0.")
                found = parts[int(number)], _changed(parts[int(number)], name, value, path)
                parts[int(number)] = found[1]
                settings = Settings(replace(recipe, regularizers=tuple(parts)), training)
            case ["training", name] if name in _TRAINING:
                changed = _changed(training, name, value, path)
                self._check(changed, path)
                found = training, changed
                settings = Settings(recipe, changed)
            case _:
                raise WrongInput(
                    f"{path}: cannot be changed while a run goes on. Numbers of the optimizer and of the regularizers "
                    "can, training.batch_size and training.epochs. For all else fork the run."
                )
        return settings, getattr(found[0], name), getattr(found[1], name)

    def facts(self) -> dict[str, Any] | None:
        """The settings as they are now, for a checkpoint; None: those of the spec."""
        if not self._changed:
            return None
        training = {name: getattr(self.loop.training, name) for name in _TRAINING}
        return {
            "optimization": self.loop.recipe.document(),
            "training": training,
            "since": list(self.loop.batches.since),
        }

    def restore(self, facts: Mapping[str, Any] | None) -> None:
        """Bring settings and all that hangs on them to what they were; states of optimizers and schedules come
        after it."""
        if facts is None and not self._changed:
            return
        loop = self.loop
        assert loop.spec.optimization and loop.spec.training
        loop.recipe, loop.training, since = loop.spec.optimization, loop.spec.training, [0, 0]
        if facts is not None:
            recipe = Optimization.parse(facts["optimization"], "optimization", Problems())
            assert recipe is not None
            loop.recipe, since = recipe, facts["since"]
            loop.training = loop.training.model_copy(update=dict(facts["training"]))
        self._changed = facts is not None
        loop.batches.resize(loop.training.batch_size, since[0], since[1])
        self.set_regularizers()
        self._set_optimizers(fresh=True)
        self.set_schedules()

    def set_regularizers(self) -> None:
        loop = self.loop
        parts = loop.recipe.regularizers
        loop.regularizers = [part for part in parts if type(part).gradients is not Regularizer.gradients]
        loop.batches.changes = tuple(self._changes())

    def set_schedules(self) -> None:
        """Make the schedules anew over the whole run as it is now, and bring them to where the run is: as many steps
        before their end as there are left."""
        loop = self.loop
        made = {}
        for role, optimizer in loop.optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = loop.recipe.optimizer.lr
                group.pop("initial_lr", None)
            made[role] = loop.recipe.schedule.make(optimizer, loop.steps_per_epoch, loop.epochs)
        loop.schedulers = {role: scheduler for role, scheduler in made.items() if scheduler is not None}
        behind = max(0, loop.steps_per_epoch * loop.epochs - loop.steps_left)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that the optimizer has not stepped between them
            for scheduler in loop.schedulers.values():
                for _ in range(behind):
                    scheduler.step()

    def _set_optimizers(self, fresh: bool) -> None:
        """Give the optimizers their new numbers; `fresh`: they begin with an empty memory, of another kind."""
        loop = self.loop
        if fresh:
            optimizer = loop.recipe.optimizer
            loop.optimizers = {role: optimizer.make(weights) for role, weights in loop.parameters.items()}
            self.set_schedules()
            return
        for made in loop.optimizers.values():
            device = next(iter(made.param_groups[0]["params"])).device
            numbers = loop.recipe.optimizer.make([nn.Parameter(torch.zeros(1, device=device))]).param_groups[0]
            for group in made.param_groups:
                group.update({name: value for name, value in numbers.items() if name not in ("params", "lr")})

    def _check(self, training: Training, path: str) -> None:
        loop = self.loop
        begun = loop.epoch + (loop.position > 0)
        if training.epochs < begun:
            raise WrongInput(
                f"{path}: must be at least {begun:,}: the run is in that epoch. Received: {training.epochs:,}."
            )
        graphs = (loop.spec.networks or {}).values()
        needed = max((node.layer.least_batch for graph in graphs for node in graph), default=1)
        if training.batch_size < needed:
            raise WrongInput(
                f"{path}: must be at least {needed} for a layer that compares the examples of a batch. "
                f"Received: {training.batch_size}."
            )

    def _changes(self) -> Iterator[Change]:
        """What changes a training batch before the network sees it: augmentations, then regularizers."""
        loop = self.loop
        inputs, targets, random = loop.fields.inputs, loop.fields.targets, loop.random
        for augmentation in loop.recipe.augmentations:
            yield partial(_augment, augmentation, inputs, targets, random)
        for regularizer in loop.recipe.regularizers:
            if type(regularizer).batch is not Regularizer.batch:
                yield partial(regularizer.batch, targets=targets, random=random)


def _changed(part: P, name: str, value: Any, path: str) -> P:
    """The part with one number replaced, checked; `WrongInput` where it has none of that name or it cannot be so."""
    now = getattr(part, name, None) if name in type(part).model_fields else None
    if isinstance(now, bool) or not isinstance(now, int | float):
        raise WrongInput(f"{path}: {part.kind()} has no number of that name that could be changed.")
    problems = Problems()
    settings = {**part.model_dump(mode="json"), name: value}
    changed = type(part).from_settings(settings, path.rpartition(".")[0], problems)
    problems.raise_if_any()
    assert changed is not None
    return changed


def _augment(
    part: Augmentation, inputs: Mapping[str, Kind], targets: Mapping[str, Kind], random: torch.Generator, batch: Batch
) -> Batch:
    return part.apply(batch, inputs, targets, random)
