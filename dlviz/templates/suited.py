"""What templates ask of a task and its data, each as a sentence where it is not so."""

from __future__ import annotations

from dlviz.core.values import Image, Tokens
from dlviz.datasets.data import Fields
from dlviz.tasks.reconstruction import Reconstruction
from dlviz.tasks.task import Task


def predicts(task: Task, fields: Fields, title: str) -> str | None:
    """None where the task trains one network that answers with a row of numbers: logits, a predicted number."""
    roles = task.roles(fields)
    if set(roles) == {"model"} and len(roles["model"].output or ()) == 1 and not isinstance(task, Reconstruction):
        return None
    return f"{title} answers with a class or a number; the task {task.kind()} asks for something else."


def reconstructs(task: Task, title: str) -> str | None:
    """None where one network is to give the example again."""
    if isinstance(task, Reconstruction) and task.variant != "variational":
        return None
    return f"{title} gives its own input again: choose the task Reconstruction, plain or denoising, for it."


def varies(task: Task, title: str) -> str | None:
    """None where an encoder and a decoder are trained together."""
    if isinstance(task, Reconstruction) and task.variant == "variational":
        return None
    return f"{title} is an encoder and a decoder: choose the task Reconstruction, variational, for it."


def one_picture(fields: Fields, title: str, least: int = 1, multiple: int = 1) -> str | None:
    """None where the only input is a picture whose sides have at least `least` pixels and divide by `multiple`."""
    kinds = list(fields.inputs.values())
    if len(kinds) != 1 or not isinstance(kinds[0], Image):
        return f"{title} looks at one picture; this data has {named(fields)}."
    height, width = kinds[0].height, kinds[0].width
    if min(height, width) < least:
        return f"{title} needs pictures of at least {least} × {least} pixels; these have {height} × {width}."
    if height % multiple or width % multiple:
        return f"{title} needs sides that divide by {multiple}; these pictures have {height} × {width} pixels."
    return None


def numbers(fields: Fields, title: str) -> str | None:
    """None where every input is of plain numbers, and none of words."""
    if any(isinstance(kind, Tokens) for kind in fields.inputs.values()):
        return f"{title} takes numbers, not words; this data has {named(fields)}."
    return None


def picture(fields: Fields) -> Image:
    """The only input, known to be a picture."""
    (kind,) = fields.inputs.values()
    assert isinstance(kind, Image)
    return kind


def named(fields: Fields) -> str:
    """The inputs of the data in words."""
    return ", ".join(f"`{name}` ({kind.kind()})" for name, kind in fields.inputs.items()) or "no input"
