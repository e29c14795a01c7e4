"""Answer: one question about one example of a run, asked and answered in this process."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Category, Image, Scalar, Value
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step, sole_input
from dlviz.tasks.task import Networks, Task
from dlviz.training.folder import RunFolder
from dlviz.training.restore import restore

PARTS = ("train", "validation", "test")


def silent(done: float, of: float) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True)
class Answer:
    """An explanation with all that is needed to show it. `shown` is the input as a person reads it; `prediction` the
    task's; both hold one example."""

    method: Explainer
    part: str
    index: int
    target: int
    target_name: str
    shown: Value
    prediction: Value
    explanation: Explanation
    seconds: float

    def value(self) -> Value:
        """The attributions as a value to draw; `more["input"]` is what lies under them."""
        title = f"{self.method.kind()} for {self.target_name}"
        under = self.explanation.under
        more = {"input": self.shown.data[0] if under is None else under, **self.explanation.more}
        return Value(self.explanation.kind, self.explanation.values, title, self.explanation.note, more)

    def summary(self) -> dict[str, Any]:
        """What is said beside the picture. A class is named by its number and its name."""
        found: dict[str, Any] = {
            "method": self.method.kind(),
            "settings": self.method.document(),
            "part": self.part,
            "index": self.index,
            "target": self.target,
            "target_name": self.target_name,
            "score": self.explanation.score,
            "gap": self.explanation.gap,
            "note": self.explanation.note,
            "seconds": self.seconds,
        }
        kind = self.prediction.kind
        if isinstance(kind, Category):
            probabilities = [float(p) for p in self.prediction.data[0]]
            best = int(np.argmax(probabilities))
            return found | {"prediction": best, "prediction_name": kind.names[best], "probabilities": probabilities}
        value = float(np.asarray(self.prediction.data).reshape(-1)[0])
        return found | {"prediction": value, "value": value, "unit": kind.unit if isinstance(kind, Scalar) else ""}

    def document(self) -> dict[str, Any]:
        """The answer as plain JSON values; `values` in the input's shape: a picture's (channels, height, width), a
        table's one a column, by name in `columns`."""
        columns = {"columns": list(self.explanation.kind.names)} if self.explanation.kind.names else {}
        return {**self.summary(), **columns, "values": self.explanation.values.tolist()}


def answer(
    run: RunFolder,
    part: str,
    index: int,
    target: int | None,
    method: Explainer,
    step: Step = silent,
    *,
    checkpoint: int | None = None,
    within: Callable[[], object] = lambda: None,
) -> Answer:
    """Explain what a run says of its example `index` of a part; `target` None: what it predicts.

    `within` is called between the steps that cannot report themselves (loading); it may raise to cancel.
    Raises `WrongInput` where the run, the example or the target is not there, or the method cannot serve.
    """
    restored = restore(run, checkpoint)
    within()
    data = restored.spec.data.load(restored.spec.seed)
    within()
    # the run's own fields and encoders: they are what its network was trained with
    data = replace(data, fields=restored.fields, encoders=restored.encoders)
    return ask(restored.task, restored.networks, data, part, index, target, method, step)


def ask(
    task: Task,
    networks: Networks,
    data: Data,
    part: str,
    index: int,
    target: int | None,
    method: Explainer,
    step: Step = silent,
) -> Answer:
    """The same for networks and data at hand. The method gets a copy of the networks in evaluation mode: methods hook
    and change what they explain, and in training mode batch norm and dropout would falsify it."""
    if part not in PARTS:
        raise WrongInput(f"The parts of the data are {', '.join(PARTS)}. Received: {part}.")
    examples = data.part(part)
    if not 0 <= index < len(examples):
        raise WrongInput(f"The {part} part has {len(examples)} examples, 0 to {len(examples) - 1}. Received: {index}.")
    copies = {role: copy.deepcopy(network).cpu().eval().requires_grad_(False) for role, network in networks.items()}
    why = method.why_not(task, copies, data.fields)
    if why:
        raise WrongInput(f"{method.kind()} cannot explain this. {why}")
    name = sole_input(data.fields)
    assert name is not None, "why_not refuses several inputs"
    inputs = {name: examples.columns[name][index : index + 1].cpu()}
    with torch.no_grad():
        prediction = next(iter(task.predict(copies, inputs, data.fields).values()))
    names = task.targets(data.fields)
    if target is None:
        target = int(prediction.data[0].argmax()) if isinstance(prediction.kind, Category) else 0
    if not 0 <= target < len(names):
        known = ", ".join(f"{number} ({name})" for number, name in enumerate(names[:20]))
        raise WrongInput(f"The target must be one of {known}. Received: {target}.")
    began = perf_counter()
    explanation = method.explain(Question(task, copies, data, inputs, target), step)
    seconds = perf_counter() - began
    if not np.isfinite(explanation.values).all():
        raise WrongInput(
            f"{method.kind()} found values that are no numbers (NaN or infinite): the network's answer to this input "
            "or to changed ones is not finite. Train it with a smaller learning rate."
        )
    shown = data.shown(part, [index])[name]
    return Answer(method, part, index, target, names[target], shown, prediction, explanation, seconds)


def picture_of(answer: Answer) -> Array | None:
    """The input picture (channels, height, width), 0 to 1; None for other inputs."""
    return np.asarray(answer.shown.data[0]) if isinstance(answer.shown.kind, Image) else None
