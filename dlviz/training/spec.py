"""The spec: a whole experiment as one plain document.

    version: 1
    data: {kind: Digits}

is a whole spec: the task follows from the data, the network and the recipe from the task.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from dlviz.core.part import Part, setting
from dlviz.core.problems import Problems, WrongInput, nearest
from dlviz.datasets.data import Fields
from dlviz.datasets.dataset import Dataset
from dlviz.network.graph import Graph
from dlviz.optimization.augmentations.augmentation import Augmentation
from dlviz.optimization.optimizers.optimizer import Optimizer
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.optimization.schedules.schedule import Schedule
from dlviz.tasks.task import Task

VERSION = 1
P = TypeVar("P", bound=Part)


class EarlyStopping(Part, abstract=True):
    """End the run when the validation part has not got better for a while, and keep the best weights."""

    monitor: str = setting("loss", "Which validation figure to watch: `loss` or one of the task's metrics.")
    patience: int = setting(5, "How many epochs without a gain to wait. More: slower, surer.", ge=1, le=10_000)
    min_delta: float = setting(0.0, "How much better counts as a gain.", ge=0, advanced=True)


class Training(Part, abstract=True):
    """How long, in what pieces and on what machine part to train."""

    epochs: int = setting(10, "How often every training example is seen.", ge=1, le=1_000_000)
    batch_size: int = setting(
        64, "How many examples make one step. Larger: smoother and fewer steps; smaller: noisier, often better.", ge=1,
        le=1_000_000,
    )  # fmt: skip
    device: Literal["auto", "cpu", "cuda"] = setting("auto", "Where to compute. `auto`: a GPU if there is one.")
    precision: Literal["float32", "bfloat16"] = setting(
        "float32", "Number format of the forward pass. bfloat16 is faster where the processor has it.", advanced=True
    )
    early_stopping: EarlyStopping | None = setting(None, "End when validation stops getting better; keep the best.")
    checkpoint_every: int = setting(1, "Epochs between checkpoints.", ge=1, advanced=True, unit="epochs")


@dataclass(frozen=True)
class Optimization:
    """Optimizer, schedule, regularizers, augmentations."""

    optimizer: Optimizer
    schedule: Schedule
    regularizers: tuple[Regularizer, ...] = ()
    augmentations: tuple[Augmentation, ...] = ()

    def document(self, brief: bool = False) -> dict[str, Any]:
        return {
            "optimizer": self.optimizer.document(brief),
            "schedule": self.schedule.document(brief),
            "regularizers": [part.document(brief) for part in self.regularizers],
            "augmentations": [part.document(brief) for part in self.augmentations],
        }

    @classmethod
    def parse(cls, document: object, place: str, problems: Problems) -> Optimization | None:
        before = len(problems)
        if isinstance(document, Optimization):
            return document
        if not isinstance(document, Mapping):
            problems.add(place, f"must be a mapping. Received: {document!r}.")
            return None
        _unknown(document, ("optimizer", "schedule", "regularizers", "augmentations"), place, problems)
        optimizer = Optimizer.parse(document.get("optimizer", "Adam"), f"{place}.optimizer", problems)
        schedule = Schedule.parse(document.get("schedule", "Constant"), f"{place}.schedule", problems)
        regularizers = _each(Regularizer, document.get("regularizers"), f"{place}.regularizers", problems)
        augmentations = _each(Augmentation, document.get("augmentations"), f"{place}.augmentations", problems)
        if optimizer is None or schedule is None or len(problems) > before:
            return None
        return cls(optimizer, schedule, regularizers, augmentations)


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
    version: int = field(default=VERSION)

    def document(self, brief: bool = False) -> dict[str, Any]:
        """The spec as plain JSON values; `Spec.parse` of it gives an equal spec."""
        full: dict[str, Any] = {
            "version": self.version,
            "title": self.title,
            "notes": self.notes,
            "data": self.data.document(brief),
            "task": self.task.document(brief) if self.task else None,
            "networks": {role: graph.document(brief) for role, graph in self.networks.items()}
            if self.networks is not None
            else None,
            "optimization": self.optimization.document(brief) if self.optimization else None,
            "training": _without_kind(self.training, brief) if self.training else None,
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
        known = ("version", "title", "notes", "data", "task", "networks", "optimization", "training", "seed")
        _unknown(document, known, "", problems)
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
        training = _training(document.get("training"), problems)
        seed = document.get("seed", 0)
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
            problems.add("seed", f"must be a whole number from 0 up. Received: {seed!r}.")
        texts = {key: document.get(key, "") for key in ("title", "notes")}
        for key, text in texts.items():
            if not isinstance(text, str):
                problems.add(key, f"must be a text. Received: {text!r}.")
        if data is None or len(problems):
            return None
        return cls(data, task, networks, optimization, training, seed, texts["title"], texts["notes"])

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
        training = self.training or _training(recipe.get("training", {}), problems)
        if optimization is not None:
            _check_fit(optimization, fields, problems)
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


def read_document(path: Path) -> Any:
    """The document in a YAML or JSON file. Nothing in it is executed."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WrongInput(f"There is no file {path}.") from None
    except (UnicodeDecodeError, IsADirectoryError, PermissionError) as error:
        raise WrongInput(f"{path} cannot be read as a text file in UTF-8: {error}.") from None
    return parse_text(text, str(path))


def parse_text(text: str, name: str = "The text") -> Any:
    """The document in a YAML or JSON text."""
    try:
        return json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except json.JSONDecodeError:
        pass  # YAML's flow style starts with a brace, too
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WrongInput(f"{name} is neither YAML nor JSON: {error}") from None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise WrongInput(f"{name} is neither YAML nor JSON: {error}") from None


def override(document: Any, place: str, value: Any) -> Any:
    """A copy of `document` with the setting at `place` (`training.epochs`, `networks.model.conv1.kernel_size`) set."""
    changed = copy.deepcopy(document)
    here = changed
    *way, last = place.split(".")
    for step in way:
        if isinstance(here, list):
            here = _entry(here, step, place)
        elif isinstance(here, dict):
            if here.get(step) is None:
                here[step] = {}
            here = here[step]
        if not isinstance(here, (dict, list)):
            raise WrongInput(f"--set {place}: `{step}` has no settings inside it.")
    if isinstance(here, list):
        here[here.index(_entry(here, last, place))] = value
    else:
        here[last] = value
    return changed


def _entry(entries: list[Any], name: str, place: str) -> Any:
    for number, entry in enumerate(entries):
        if str(number) == name or (isinstance(entry, dict) and name in (entry.get("name"), entry.get("kind"))):
            return entry
    raise WrongInput(f"--set {place}: there is no entry `{name}`.")


def _networks(document: object, problems: Problems) -> dict[str, Graph] | None:
    if document is None:
        return None
    if not isinstance(document, Mapping) or not document:
        problems.add("networks", "must map each role (`model` for most tasks) to its list of layers.")
        return None
    graphs = {str(role): Graph.parse(graph, f"networks.{role}", problems) for role, graph in document.items()}
    return {role: graph for role, graph in graphs.items() if graph is not None}


def _training(document: object, problems: Problems) -> Training | None:
    if document is None or isinstance(document, Training):
        return document
    if not isinstance(document, Mapping):
        problems.add("training", f"must be a mapping. Received: {document!r}.")
        return None
    settings = dict(document)
    stopping = settings.get("early_stopping")
    if isinstance(stopping, Mapping):
        parsed = EarlyStopping.from_settings(stopping, "training.early_stopping", problems)
        settings["early_stopping"] = parsed.model_dump(mode="json") if parsed else None
    return Training.from_settings(settings, "training", problems)


def _each(family: type[P], documents: object, place: str, problems: Problems) -> tuple[P, ...]:
    if documents is None:
        return ()
    if not isinstance(documents, (list, tuple)):
        problems.add(place, f"must be a list. Received: {documents!r}.")
        return ()
    parts = [family.parse(document, f"{place}.{number}", problems) for number, document in enumerate(documents)]
    return tuple(part for part in parts if part is not None)


def _unknown(document: Mapping[Any, Any], known: tuple[str, ...], place: str, problems: Problems) -> None:
    for key in document:
        if key not in known:
            where = f"{place}.{key}" if place else str(key)
            problems.add(where, f"is not known here. {nearest(str(key), known)}".strip())


def _without_kind(part: Part, brief: bool) -> dict[str, Any]:
    return {key: value for key, value in part.document(brief).items() if key != "kind"}


def _names(mapping: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(mapping)) or "none"
