"""What pages ask about a draft: its data's fields, its task, its networks. Imports torch, but only when asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui.edits import Entries, explicit

if TYPE_CHECKING:
    from dlviz.core.part import Part
    from dlviz.datasets.data import Fields
    from dlviz.datasets.dataset import Dataset
    from dlviz.tasks.task import Role, Task

Document = dict[str, Any]


def datasets() -> dict[str, type[Dataset]]:
    """All kinds of data by name."""
    from dlviz.datasets.dataset import Dataset

    return Dataset.kinds()


def dataset(document: Mapping[str, Any]) -> Dataset:
    """The data set that `document` asks for. Raises `WrongInput`."""
    from dlviz.datasets.dataset import Dataset

    made = Dataset.parse(dict(document), "data")
    assert made is not None
    return made


def fields(document: Mapping[str, Any]) -> Fields:
    """The typed inputs and targets of the data. Raises `WrongInput`."""
    return _fields(json.dumps(document, sort_keys=True))


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False)
def _fields(document: str) -> Fields:
    return dataset(json.loads(document)).describe()


def task(document: Mapping[str, Any]) -> Task:
    """The task of a draft: the one it names, or the one that fits its data. Raises `WrongInput`."""
    from dlviz.tasks.task import Task
    from dlviz.training.spec import fitting_task

    if document.get("task"):
        made = Task.parse(document["task"], "task")
        assert made is not None
        return made
    return fitting_task(fields(document["data"]))


def tasks(document: Mapping[str, Any]) -> dict[str, str | None]:
    """All tasks by name, each with the reason why such data cannot serve it, or None."""
    from dlviz.tasks.task import Task

    known = fields(document["data"])
    return {name: kind().why_not(known) for name, kind in Task.kinds().items()}


def roles(document: Mapping[str, Any]) -> dict[str, Role]:
    """The networks that the draft's task trains."""
    return task(document).roles(fields(document["data"]))


def starters(document: Mapping[str, Any]) -> dict[str, dict[str, Entries]]:
    """Ready networks for the draft's data: title → role → entries."""
    made = task(document).starters(fields(document["data"]))
    return {
        title: {role: explicit(graph.document(brief=True)) for role, graph in networks.items()}
        for title, networks in made.items()
    }


def completed(document: Mapping[str, Any]) -> Document:
    """The draft with everything filled in that follows from its data. A network that the user is still building
    stays as it is, faulty or not; one that belongs to another task gives way to the starter."""
    from dlviz.training.spec import Spec

    known = fields(document["data"])
    rest = {key: value for key, value in document.items() if key != "networks"}
    spec = Spec.parse(rest).completed(known)
    assert spec.task is not None and spec.networks is not None
    networks = {role: graph.document(brief=True) for role, graph in spec.networks.items()}
    own = document.get("networks") or {}
    if set(own) == set(networks):
        networks = own
    entries = {role: explicit(nodes) for role, nodes in networks.items()}
    return {**spec.document(), "networks": entries}


def opened(text: str) -> Document:
    """The draft in a spec's text, checked whole; a path in it may only lie among this machine's uploads."""
    from dlviz.training.spec import Spec, parse_text

    document = parse_text(text, "The spec")
    if isinstance(document, dict) and isinstance(document.get("data"), dict):
        only_uploads(document["data"])
    spec = Spec.parse(document)
    return completed(spec.document())


def only_uploads(data: Mapping[str, Any]) -> None:
    """Raise `WrongInput` where a path in the data leads anywhere but into the uploads: a page must not read other
    files of the machine it runs on."""
    from pathlib import Path

    from dlviz.runs.home import home

    path = data.get("path")
    if not path:
        return
    uploads = (home() / "uploads").resolve()
    if not Path(str(path)).resolve().is_relative_to(uploads):
        raise WrongInput(
            f"data.path: on this page, data of your own comes in as an upload. Received: {path}. "
            "Upload the file on the page Data, then open the spec again without its `data.path`."
        )


def problem_free(document: Mapping[str, Any]) -> Document:
    """The draft as the spec of a run. Raises `WrongInput` with everything that is wrong."""
    from dlviz.training.spec import Spec

    only_uploads(document["data"])
    return Spec.parse(dict(document)).document()


def as_yaml(document: Mapping[str, Any]) -> str:
    """The draft as a short YAML text."""
    from dlviz.training.spec import Spec

    return Spec.parse(dict(document)).yaml()


def family(name: str) -> type[Part]:
    """The base class of a family of parts, by the family's name."""
    from dlviz.core import part
    from dlviz.optimization.augmentations.augmentation import Augmentation
    from dlviz.optimization.optimizers.optimizer import Optimizer
    from dlviz.optimization.regularizers.regularizer import Regularizer
    from dlviz.optimization.schedules.schedule import Schedule

    known: tuple[type[part.Part], ...] = (Optimizer, Schedule, Regularizer, Augmentation)
    return next(base for base in known if base.family == name)
