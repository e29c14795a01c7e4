"""Scored: which input is explained, whether it can be, and the explained number as a function of that input alone."""

from __future__ import annotations

from torch import Tensor

from dlviz.core.values import Kind
from dlviz.datasets.data import Batch, Fields
from dlviz.explainers.explainer import Question
from dlviz.explainers.subject import Score
from dlviz.tasks.task import Networks, Task

_WORDS = {"Image": "pictures", "Vector": "a table", "Tokens": "texts", "Audio": "sounds", "Series": "series"}


def why_not(task: Task, networks: Networks, fields: Fields, kinds: tuple[type[Kind], ...]) -> str | None:
    """Why a method for inputs of these kinds cannot explain this, in a sentence."""
    if not task.targets(fields):
        return f"{task.kind()} gives no number or class that could be explained."
    if len(networks) != 1:
        return f"It explains one network; {task.kind()} trains {len(networks)}."
    name = task.explains(fields)
    if name is None:
        return f"It explains a single input; this data has {len(fields.inputs)}."
    if not isinstance(fields.inputs[name], kinds):
        needed = " or ".join(_WORDS.get(kind.kind(), kind.kind().lower()) for kind in kinds)
        kind = fields.inputs[name].kind()
        return f"It needs {needed}: this data is {_WORDS.get(kind, kind.lower())}."
    return None


def why_not_others(task: Task, networks: Networks, fields: Fields, kinds: tuple[type[Kind], ...]) -> str | None:
    """Why what is asked of one example cannot be asked of others, in a sentence; or `why_not`."""
    if task.of_one:
        return f"It asks the same of many examples; {task.kind()} asks each about a place of its own."
    if len(fields.inputs) > 1:
        return f"It asks about many examples by one input; here {len(fields.inputs)} inputs belong together."
    return why_not(task, networks, fields, kinds)


def field_of(question: Question) -> tuple[str, Kind]:
    """The name and the kind of the input that is explained."""
    name = question.task.explains(question.data.fields)
    assert name is not None, "why_not comes before explain"
    return name, question.data.fields.inputs[name]


def batch_of(question: Question, inputs: Tensor) -> Batch:
    """Inputs (N, *shape) in place of the one that is explained, with all else that goes in as the question has it."""
    name, _ = field_of(question)
    others = {other: question.inputs[other] for other in question.data.fields.inputs if other != name}
    return {name: inputs, **{other: x.expand(len(inputs), *x.shape[1:]) for other, x in others.items()}}


def scorer(question: Question) -> Score:
    """The explained number as a function of the input alone, (N, *shape) → (N,); all else that goes in stays."""
    task, networks, fields = question.task, question.networks, question.data.fields

    def score(inputs: Tensor) -> Tensor:
        batch = batch_of(question, inputs)
        if question.against is None:
            return task.score(networks, batch, question.target, fields)
        return task.margin(networks, batch, question.target, question.against, fields)

    return score


def kept_as_it_is(question: Question) -> str:
    """What a note must add where more goes into a network than is explained; else nothing."""
    name, _ = field_of(question)
    others = ", ".join(f"`{other}`" for other in question.data.fields.inputs if other != name)
    if not others:
        return ""
    return f" This is about `{name}` alone; {question.task.beside or 'all else'} ({others}) stayed as it is."


def given(question: Question) -> Tensor:
    """The explained input as the network is shown it, (1, *shape)."""
    name, _ = field_of(question)
    return question.task.posed(question.inputs, question.target, question.data.fields)[name]
