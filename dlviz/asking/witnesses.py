"""Witnesses: whom to ask: several methods, examples, classes, runs or moments, ready to be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch import Tensor

from dlviz.asking.compare import Asked
from dlviz.asking.load import Opened, reopened
from dlviz.asking.pose import Put, pose
from dlviz.core.called import called
from dlviz.core.problems import WrongInput
from dlviz.core.values import Image, Table, Text, Value
from dlviz.datasets.data import Encoder
from dlviz.explainers.explainer import Explainer
from dlviz.explainers.scored import field_of


def by_methods(
    opened: Opened, part: str, index: int, target: int | None, methods: Sequence[Explainer]
) -> list[Asked]:  # fmt: skip
    """Several methods on one example. Those that cannot serve are left out by `compare`, with their reason."""
    named = _named([called(method.kind()) for method in methods])
    return [Asked(name, _put(opened, part, index, target), method) for name, method in zip(named, methods, strict=True)]


def by_examples(
    opened: Opened, part: str, indices: Sequence[int], target: int | None, method: Explainer
) -> list[Asked]:  # fmt: skip
    """One method on several examples; `target` None: of each what is predicted."""
    return [Asked(f"{part} {index}", _put(opened, part, index, target, method), method) for index in indices]


def by_classes(opened: Opened, part: str, index: int, targets: Sequence[int], method: Explainer) -> list[Asked]:
    """One method on one example, for several classes."""
    names = opened.task.targets(opened.data.fields)
    return [
        Asked(
            names[target] if 0 <= target < len(names) else str(target),
            _put(opened, part, index, target, method),
            method,
        )
        for target in targets
    ]


def by_steps(
    opened: Opened, part: str, index: int, target: int | None, method: Explainer, steps: Sequence[int]
) -> list[Asked]:
    """One method on one example, at several checkpoints; `target` None: what the last of them predicts."""
    put = _put(reopened(opened, steps[-1]), part, index, target, method) if steps else None
    target = put.question.target if put is not None else target
    return [
        Asked(f"step {step:,}", _put(reopened(opened, step), part, index, target, method), method) for step in steps
    ]


def by_runs(
    runs: Sequence[Opened], part: str, index: int, target: int | None, method: Explainer, names: Sequence[str] = ()
) -> list[Asked]:
    """One method on one example of the first run, as each of the runs reads it; `target` None: what the first predicts.
    Raises `WrongInput` where two of them answer with other classes or read other inputs."""
    first = _put(runs[0], part, index, target, method)
    name, kind = field_of(first.question)
    classes = first.question.task.targets(first.question.data.fields)
    asked = []
    for says, opened in zip(names or [opened.run.id for opened in runs], runs, strict=True):
        if opened.task.targets(opened.data.fields) != classes:
            raise WrongInput(f"The run {opened.run.id} answers with other classes, so it cannot be asked about these.")
        put = pose(
            opened.task, opened.networks, opened.data, part, 0, first.question.target, method.kind(), method.why_not
        )
        other, own = field_of(put.question)
        if type(own) is not type(kind):
            raise WrongInput(
                f"The run {opened.run.id} reads {own.kind()}, not {kind.kind()}: it cannot see this example."
            )
        x = _read_again(first.question.inputs[name], runs[0].data.encoders.get(name), opened.data.encoders.get(other))
        if tuple(x.shape[1:]) != tuple(put.question.inputs[other].shape[1:]):
            raise WrongInput(f"The run {opened.run.id} reads inputs of another size: it cannot see this example.")
        question = replace(put.question, inputs={other: x})
        said = question.task.predict(question.networks, question.inputs, question.data.fields)
        asked.append(Asked(says, Put(question, part, index, first.shown, next(iter(said.values()))), method))
    return asked


def _put(opened: Opened, part: str, index: int, target: int | None, method: Explainer | None = None) -> Put:
    kind, why_not = (method.kind(), method.why_not) if method is not None else ("", None)
    return pose(opened.task, opened.networks, opened.data, part, index, target, kind, why_not)


def _read_again(x: Tensor, one: Encoder | None, other: Encoder | None) -> Tensor:
    """An input as another run's encoder reads it: two runs that divided their data otherwise scale it otherwise."""
    if one is None or other is None or one == other:
        return x
    return other.encode(_raw(one.decode(x))).to(x)


def _raw(shown: Value) -> Any:
    if isinstance(shown.kind, Image):
        return (np.asarray(shown.data) * 255).round().astype(np.uint8)
    if isinstance(shown.kind, Table):
        import pandas as pd

        return pd.DataFrame(np.asarray(shown.data), columns=list(shown.kind.columns), dtype=object)
    if isinstance(shown.kind, Text):
        return [str(text) for text in shown.data]
    return shown.data


def _named(names: Sequence[str]) -> Iterator[str]:
    """The names, numbered where one comes more than once."""
    for place, name in enumerate(names):
        before = list(names[:place]).count(name)
        yield name if list(names).count(name) == 1 else f"{name} {before + 1}"
