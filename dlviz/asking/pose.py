"""Pose: a question put to copies of a run's networks, all of it checked."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from dlviz.asking.edited import edited
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Text, Value
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Question
from dlviz.explainers.layout import lay_out
from dlviz.studies.muted import Unit, mute
from dlviz.tasks.task import Networks, Task
from dlviz.tasks.told import Told

PARTS = ("train", "validation", "test")
WhyNot = Callable[[Task, Networks, Fields], str | None]


@dataclass(frozen=True)
class Put:
    """A question as it was put: `shown` is the input as a person reads it, `prediction` the task's; both hold one
    example. `told`: the same in words, of a task that says neither one class nor one number."""

    question: Question
    part: str
    index: int
    shown: Value
    prediction: Value
    told: Told | None = None

    def name(self, target: int) -> str:
        """How a target is called in this example."""
        own = self.told.name(target) if self.told is not None else ""
        return own or self.question.task.targets(self.question.data.fields)[target]


def pose(
    task: Task,
    networks: Networks,
    data: Data,
    part: str,
    index: int,
    target: int | None,
    asker: str = "",
    why_not: WhyNot | None = None,
    *,
    against: int | None = None,
    edit: Mapping[str, Any] | None = None,
    muted: Sequence[Unit] = (),
) -> Put:
    """Ask about example `index` of a part; `target` None: what is predicted. The networks are copied, in evaluation
    mode: methods hook and change what they explain, and in training mode batch norm and dropout would falsify it.

    `edit`: what was changed in the input (`edited.py`); `muted`: units that say nothing (`muted.py`).
    Raises `WrongInput` where the example or the target is not there, or `asker`'s `why_not` has a reason.
    """
    if part not in PARTS:
        raise WrongInput(f"The parts of the data are {', '.join(PARTS)}. Received: {part}.")
    examples = data.part(part)
    if not 0 <= index < len(examples):
        raise WrongInput(f"The {part} part has {len(examples)} examples, 0 to {len(examples) - 1}. Received: {index}.")
    copies = {role: copy.deepcopy(network).cpu().eval().requires_grad_(False) for role, network in networks.items()}
    why = why_not(task, copies, data.fields) if why_not is not None else None
    if why:
        raise WrongInput(f"{asker} cannot explain this. {why}")
    inputs = {name: examples.columns[name][index : index + 1].cpu() for name in data.fields.inputs}
    if edit:
        inputs = edited(data, inputs, edit, task.explains(data.fields))
    mute(copies, muted)
    names = task.targets(data.fields)
    if not names:
        if why_not is None:
            raise WrongInput(f"{task.kind()} gives no number or class that could be explained.")
        # a study that says that it can needs no target: attention, feature maps
        question = Question(task, copies, data, inputs, 0)
        return Put(
            question, part, index, _shown(task, data, part, index, inputs, bool(edit)), Value(Text(), np.array([""]))
        )
    lay_out(copies, lambda: task.score(copies, inputs, 0, data.fields))
    told = task.told(copies, inputs, data.fields)
    if told is not None:
        prediction = Value(Text(), np.array([told[0].said]), more={"target": np.array([told[0].target])})
    else:
        with torch.no_grad():
            prediction = next(iter(task.predict(copies, inputs, data.fields).values()))
    if target is None:
        target = told[0].target if told is not None else _predicted(prediction)
    for which in (target, against):
        if which is not None and not 0 <= which < len(names):
            known = ", ".join(f"{number} ({name})" for number, name in enumerate(names[:20]))
            raise WrongInput(f"The target must be one of {known}. Received: {which}.")
    if against == target:
        raise WrongInput(f"A class is held against another one. Received: {names[target]} twice. Choose two.")
    question = Question(task, copies, data, inputs, target, against)
    shown = _shown(task, data, part, index, inputs, bool(edit))
    return Put(question, part, index, shown, prediction, told[0] if told is not None else None)


def _predicted(prediction: Value) -> int:
    return int(prediction.data[0].argmax()) if isinstance(prediction.kind, Category) else 0


def _shown(
    task: Task, data: Data, part: str, index: int, inputs: Mapping[str, torch.Tensor], changed: bool
) -> Value:  # fmt: skip
    name = task.explains(data.fields) or next(iter(data.fields.inputs))
    encoder = data.encoders.get(name)
    if changed and encoder is not None:
        return encoder.decode(inputs[name])
    return data.shown(part, [index])[name]
