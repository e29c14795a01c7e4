"""Answer: one question about one example of a run, asked and answered in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from dlviz.asking.axes import with_axes
from dlviz.asking.load import load
from dlviz.asking.pose import Put, pose
from dlviz.asking.said import told
from dlviz.core.called import called
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Image, Value
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import Explainer, Explanation, Step, silent
from dlviz.tasks.task import Networks, Task
from dlviz.training.folder import RunFolder


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
    against: str = ""

    def value(self) -> Value:
        """The attributions as a value to draw; `more["input"]` is what lies under them."""
        title = f"{called(self.method.kind())} for {self.target_name}"
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
            "against": self.against,
            "score": self.explanation.score,
            "gap": self.explanation.gap,
            "note": self.explanation.note,
            "seconds": self.seconds,
        }
        return found | told(self.prediction)

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
    against: int | None = None,
    within: Callable[[], object] = lambda: None,
) -> Answer:
    """Explain what a run says of its example `index` of a part; `target` None: what it predicts.

    `within` is called between the steps that cannot report themselves (loading); it may raise to cancel.
    Raises `WrongInput` where the run, the example or the target is not there, or the method cannot serve.
    """
    opened = load(run, checkpoint, within)
    return ask(opened.task, opened.networks, opened.data, part, index, target, method, step, against=against)


def ask(
    task: Task,
    networks: Networks,
    data: Data,
    part: str,
    index: int,
    target: int | None,
    method: Explainer,
    step: Step = silent,
    *,
    against: int | None = None,
) -> Answer:
    """The same for networks and data at hand."""
    put = pose(task, networks, data, part, index, target, method.kind(), method.why_not, against=against)
    return explained(put, method, step)


def explained(put: Put, method: Explainer, step: Step = silent) -> Answer:
    """The answer of a method to a question that was put."""
    began = perf_counter()
    explanation = method.explain(put.question, step)
    seconds = perf_counter() - began
    if not np.isfinite(explanation.values).all():
        raise WrongInput(
            f"{method.kind()} found values that are no numbers (NaN or infinite): the network's answer to this input "
            "or to changed ones is not finite. Train it with a smaller learning rate."
        )
    return answer_of(put, method, explanation, seconds)


def answer_of(put: Put, method: Explainer, explanation: Explanation, seconds: float = 0.0) -> Answer:
    """What a method found of a question that was put, with all that is needed to show it."""
    question = put.question
    explanation = with_axes(question, explanation, put.shown)
    against = put.name(question.against) if question.against is not None else ""
    return Answer(
        method, put.part, put.index, question.target, put.name(question.target), put.shown, put.prediction,
        explanation, seconds, against,
    )  # fmt: skip


def picture_of(answer: Answer) -> Array | None:
    """The input picture (channels, height, width), 0 to 1; None for other inputs."""
    return np.asarray(answer.shown.data[0]) if isinstance(answer.shown.kind, Image) else None
