"""What pages ask about a draft: its data's fields, its task, its networks. Imports torch, but only when asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from dlviz.runs.home import only_uploads as only_uploads
from dlviz.ui.board.entries import Entries, explicit

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
    """The typed inputs and targets of a draft's data, as its seed splits it. Raises `WrongInput`."""
    start = document.get("start")
    return _fields(json.dumps([document["data"], start], sort_keys=True), int(document.get("seed", 0)))


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False)
def _fields(data: str, seed: int) -> Fields:
    document, start = json.loads(data)
    if not start:
        return dataset(document).describe(seed)
    from dlviz.training.spec import Spec
    from dlviz.training.start import of_draft

    return of_draft(Spec.parse({"version": 1, "data": document, "start": start})).data.describe(seed)


def task(document: Mapping[str, Any]) -> Task:
    """The task of a draft: the one it names, or the one that fits its data. Raises `WrongInput`."""
    from dlviz.tasks.task import Task
    from dlviz.training.spec import fitting_task

    if document.get("task"):
        made = Task.parse(document["task"], "task")
        assert made is not None
        return made
    return fitting_task(fields(document))


def tasks(document: Mapping[str, Any]) -> dict[str, str | None]:
    """All tasks by name, each with the reason why such data cannot serve it, or None."""
    from dlviz.tasks.task import Task

    known = fields(document)
    return {name: kind().why_not(known) for name, kind in Task.kinds().items()}


def roles(document: Mapping[str, Any]) -> dict[str, Role]:
    """The networks that the draft's task trains."""
    return task(document).roles(fields(document))


def starters(document: Mapping[str, Any]) -> dict[str, dict[str, Entries]]:
    """Ready networks for the draft's data: title → role → entries."""
    made: dict[str, dict[str, Entries]] = json.loads(_starters(json.dumps(_without_networks(document))))
    return made


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False)
def _starters(document: str) -> str:
    draft = json.loads(document)
    made = task(draft).starters(fields(draft))
    return json.dumps(
        {
            title: {role: explicit(graph.document(brief=True)) for role, graph in networks.items()}
            for title, networks in made.items()
        }
    )


def completed(document: Mapping[str, Any]) -> Document:
    """The draft with everything filled in that follows from its data. A network that the user is still building
    stays as it is, faulty or not; one that belongs to another task gives way to the starter."""
    made: Document = json.loads(_completed(json.dumps(_without_networks(document))))
    own = document.get("networks") or {}
    networks = own if set(own) == set(made["networks"]) else made["networks"]
    return {**made, "networks": {role: explicit(nodes) for role, nodes in networks.items()}}


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False)
def _completed(document: str) -> str:
    """A draft without its networks, completed: an edit of a network changes nothing of it."""
    from dlviz.training.spec import Spec

    draft = json.loads(document)
    spec = Spec.parse(draft).completed(fields(draft))
    assert spec.task is not None and spec.networks is not None
    networks = {role: graph.document(brief=True) for role, graph in spec.networks.items()}
    return json.dumps({**spec.document(), "networks": networks})


def _without_networks(document: Mapping[str, Any]) -> Document:
    return {key: value for key, value in document.items() if key != "networks"}


def opened(text: str) -> Document:
    """The draft in a spec's text, checked whole; a path in it may only lie among this machine's uploads."""
    from dlviz.training.documents import parse_text
    from dlviz.training.spec import Spec

    document = parse_text(text, "The spec")
    if isinstance(document, dict) and isinstance(document.get("data"), dict):
        only_uploads(document["data"])
    made = Spec.parse(document).document()
    own = document.get("networks")
    if isinstance(own, dict) and set(own) == set(made.get("networks") or {}):
        made["networks"] = own  # as they were drawn, not with every default written out
    return completed(made)


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
