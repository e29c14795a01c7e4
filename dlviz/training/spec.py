"""The spec: a whole experiment as one plain document.

    version: 1
    data: {kind: Digits}

is a whole spec: the task follows from the data, the network and the recipe from the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from dlviz.core.part import Part
from dlviz.core.problems import Problems, WrongInput
from dlviz.datasets.data import Fields
from dlviz.datasets.dataset import Dataset
from dlviz.network.graph import Graph
from dlviz.optimization.augmentations.augmentation import Augmentation
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.tasks.task import Task
from dlviz.training.question import Question
from dlviz.training.recipe import Optimization, Training, no_unknown, parse_training
from dlviz.training.start import Start

VERSION = 1


@dataclass(frozen=True)
class Spec:
    """A whole experiment. What is None follows from the data: `completed()` fills it in."""

    data: Dataset
    task: Task | None = None
    networks: Mapping[str, Graph] | None = None
    optimization: Optimization | None = None
    training: Training | None = None
    seed: int = 0
    title: str = ""
    notes: str = ""
    question: Question | None = None
    #: The run whose weights it begins with.
    start: Start | None = None
    version: int = field(default=VERSION)

    def document(self, brief: bool = False) -> dict[str, Any]:
        """The spec as plain JSON values; `Spec.parse` of it gives an equal spec."""
        full: dict[str, Any] = {
            "version": self.version,
            "title": self.title,
            "notes": self.notes,
            "question": self.question.document() if self.question else None,
            "data": self.data.document(brief),
            "task": self.task.document(brief) if self.task else None,
            "networks": {role: graph.document(brief) for role, graph in self.networks.items()}
            if self.networks is not None
            else None,
            "optimization": self.optimization.document(brief) if self.optimization else None,
            "training": _without_kind(self.training, brief) if self.training else None,
            "start": self.start.document() if self.start else None,
            "seed": self.seed,
        }
        return {key: value for key, value in full.items() if value not in (None, "")}

    def yaml(self) -> str:
        """The spec as a short YAML text: settings at their default are left out."""
        return yaml.safe_dump(self.document(brief=True), sort_keys=False, allow_unicode=True, width=100)

    @classmethod
    def parse(cls, document: object) -> Spec:
        """The spec that a document asks for; `WrongInput` lists every problem with its place."""
        problems = Problems()
        spec = cls._parse(document, problems)
        problems.raise_if_any()
        assert spec is not None
        return spec

    @classmethod
    def _parse(cls, document: object, problems: Problems) -> Spec | None:
        if not isinstance(document, Mapping):
            problems.add("", "A spec must be a mapping with at least `version` and `data`.")
            return None
        known = (
            "version", "title", "notes", "question", "data", "task", "networks", "optimization", "training", "start",
            "seed",
        )  # fmt: skip
        no_unknown(document, known, "", problems)
        version = document.get("version")
        if version != VERSION or isinstance(version, bool):
            problems.add("version", f"must be {VERSION}, the only version so far. Received: {version!r}.")
        if "data" not in document:
            problems.add("data", "is missing: say which examples to learn from, `data: {kind: Digits}` for instance.")
            data = None
        else:
            data = Dataset.parse(document["data"], "data", problems)
        task = Task.parse(document["task"], "task", problems) if document.get("task") is not None else None
        networks = _networks(document.get("networks"), problems)
        optimization = document.get("optimization")
        if optimization is not None:
            optimization = Optimization.parse(optimization, "optimization", problems)
        training = parse_training(document.get("training"), problems)
        start = Start.parse(document.get("start"), problems)
        seed = document.get("seed", 0)
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
            problems.add("seed", f"must be a whole number from 0 to {2**63 - 1}. Received: {seed!r}.")
        texts = {key: document.get(key, "") for key in ("title", "notes")}
        for key, text in texts.items():
            if not isinstance(text, str):
                problems.add(key, f"must be a text. Received: {text!r}.")
        asked = document.get("question")
        question = Question.parse(asked, "question", problems) if asked is not None else None
        if data is None or len(problems):
            return None
        return cls(data, task, networks, optimization, training, seed, texts["title"], texts["notes"], question, start)

    def completed(self, fields: Fields | None = None) -> Spec:
        """This spec with everything filled in that follows from the data; `WrongInput` where nothing fits.

        `fields` saves a second `describe()`.
        """
        fields = fields or self.data.describe(self.seed)
        task = self.task or fitting_task(fields)
        why = task.why_not(fields)
        if why:
            raise WrongInput(f"task: {task.kind()} cannot learn from this data. {why}")
        networks = self.networks
        if networks is None:
            networks = next(iter(task.starters(fields).values()))
        recipe = task.recipe(fields)
        problems = Problems()
        optimization = self.optimization or Optimization.parse(recipe.get("optimization", {}), "optimization", problems)
        training = self.training or parse_training(recipe.get("training", {}), problems)
        if optimization is not None:
            _check_fit(optimization, fields, problems)
        if training is not None:
            _check_training(training, task, networks, fields, problems)
        problems.raise_if_any()
        roles = task.roles(fields)
        if set(networks) != set(roles):
            raise WrongInput(
                f"networks: {task.kind()} trains the networks {_names(roles)}. Received: {_names(networks)}."
            )
        return replace(self, task=task, networks=networks, optimization=optimization, training=training)


def _check_fit(optimization: Optimization, fields: Fields, problems: Problems) -> None:
    """Whether each regularizer and augmentation can serve such data."""
    groups: dict[str, tuple[Regularizer | Augmentation, ...]] = {
        "regularizers": optimization.regularizers,
        "augmentations": optimization.augmentations,
    }
    for group, parts in groups.items():
        for number, part in enumerate(parts):
            why = part.why_not(fields.inputs, fields.targets)
            if why:
                problems.add(f"optimization.{group}.{number}", why)


def _check_training(
    training: Training, task: Task, networks: Mapping[str, Graph], fields: Fields, problems: Problems
) -> None:
    """What would end the run at its first step or epoch, told before it begins."""
    watched = training.early_stopping.monitor if training.early_stopping else "loss"
    if watched not in ("loss", task.primary):  # only then is it worth importing the metrics
        known = ["loss", *task.metrics(fields)]
        if watched not in known:
            problems.add(
                "training.early_stopping.monitor",
                f"there is no validation figure `{watched}`. Known: {', '.join(f'`{name}`' for name in known)}.",
            )
    needs = {node.name: node.layer.least_batch for graph in networks.values() for node in graph}
    hungry = max(needs, key=lambda name: needs[name], default="")
    if hungry and training.batch_size < needs[hungry]:
        problems.add(
            "training.batch_size",
            f"must be at least {needs[hungry]} for `{hungry}`, which compares the examples of a batch. "
            f"Received: {training.batch_size}.",
        )


def fitting_task(fields: Fields) -> Task:
    """The first automatic task that can serve such data; the others (a Gan) must be asked for."""
    reasons = []
    for kind in Task.kinds().values():
        if not kind.automatic:
            continue
        task = kind()
        why = task.why_not(fields)
        if why is None:
            return task
        reasons.append(f"{task.kind()}: {why}")
    raise WrongInput("No task fits this data. " + " ".join(reasons))


def _networks(document: object, problems: Problems) -> dict[str, Graph] | None:
    if document is None:
        return None
    if not isinstance(document, Mapping) or not document:
        problems.add("networks", "must map each role (`model` for most tasks) to its list of layers.")
        return None
    graphs = {str(role): Graph.parse(graph, f"networks.{role}", problems) for role, graph in document.items()}
    return {role: graph for role, graph in graphs.items() if graph is not None}


def _without_kind(part: Part, brief: bool) -> dict[str, Any]:
    return {key: value for key, value in part.document(brief).items() if key != "kind"}


def _names(mapping: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(mapping)) or "none"
