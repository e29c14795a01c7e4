"""Fork: a new run that begins at a step of another one, with other settings. No torch here but to check them.

fork/fork.json                {"parent", "step", "checkpoint": its step or null, "spec": the parent's, "changes": made
                              on its way to `step`, "data_seed", "engine": how its steps were computed}
fork/<step>.safetensors, .json  the parent's last checkpoint at or before `step`

With them the worker takes the steps from there again, exactly, and needs nothing of the parent (transfer.py). Data and
kind of task stay: otherwise examples held back would have been learned from already.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record, write_bytes, write_json
from dlviz.core.problems import WrongInput
from dlviz.training import start
from dlviz.training.checksum import whole
from dlviz.training.folder import RunFolder, steps_in

_FIXED = {
    "data": "A fork keeps its data: from others, start a new run.",
    "task": "A fork keeps its task: for another one, start a new run.",
    "start": "A fork goes on from its parent, whatever that began from.",
    "version": "The version of the document cannot be changed.",
}


@dataclass(frozen=True)
class Fork:
    """Where a run begins that goes on from another one."""

    parent: str
    step: int
    checkpoint: int | None
    spec: dict[str, Any]
    changes: list[dict[str, Any]] = field(default_factory=list)
    data_seed: int = 0
    engine: dict[str, Any] | None = None

    @classmethod
    def of(cls, run: RunFolder) -> Fork | None:
        """The fork that a run began as; None: it began by itself. Raises `WrongInput` where that cannot be read."""
        found = read_record(_file(run))
        if found == {}:
            return None
        try:
            assert found is not None
            fork = cls(**found)
            assert isinstance(fork.parent, str) and isinstance(fork.step, int) and isinstance(fork.spec, dict)
            assert fork.checkpoint is None or isinstance(fork.checkpoint, int)
            assert isinstance(fork.changes, list) and all(isinstance(each, dict) for each in fork.changes)
            assert all(isinstance(each.get("step"), int) and {"what", "to"} <= each.keys() for each in fork.changes)
            return fork
        except (AssertionError, TypeError):
            raise WrongInput(
                f"The run {run.id} cannot begin: its fork.json is damaged. Fork its parent again."
            ) from None


def data_seed(run: RunFolder, seed: int) -> int:
    """The seed by which a run's data was divided into parts: that of the first of its ancestors, whatever its own."""
    found = (read_record(_file(run)) or {}).get("data_seed")
    if not isinstance(found, int):
        found = start.seed_of_data(run, run.spec_document())
    return found if isinstance(found, int) else seed


def document(parent: RunFolder, step: int, changes: Mapping[str, Any], title: str = "") -> dict[str, Any]:
    """The spec of a fork: the parent's as it held at `step`, with `{place: value}` changed. `WrongInput` where the
    parent has not come so far, or where the changes cannot be."""
    _check_step(parent, step)
    changed = parent.settings_at(step)
    if not changed:
        raise WrongInput(f"The run {parent.id} cannot be forked: its spec.json is damaged.")
    for place, value in changes.items():
        changed = _with(changed, str(place), value)
    if title:
        changed["title"] = title
    _check(parent, changed)
    _check_epochs(parent, step, changed)
    return changed


def take_over(parent: RunFolder, child: Path, step: int) -> None:
    """Copy into a new run's folder all that it needs to begin at `step` of `parent`."""
    folder = child / "fork"
    start.pass_on(parent, child)
    kept = next((kept for kept in steps_in(parent.checkpoints) if kept <= step and _copy(parent, kept, folder)), None)
    spec = parent.spec_document()
    if kept is None and _file(parent).exists():
        raise WrongInput(f"The run {parent.id} has no checkpoint at or before step {step}. Fork it at a later step.")
    seed = data_seed(parent, spec.get("seed", 0))
    known = Fork(parent.id, step, kept, spec, parent.changes(step), seed, _engine(parent))
    write_json(folder / "fork.json", asdict(known))


def _engine(parent: RunFolder) -> dict[str, Any] | None:
    """How the parent's steps were computed, as its oldest checkpoint tells: other ways differ in the last digits."""
    for kept in reversed(steps_in(parent.checkpoints)):
        facts = (read_record(parent.checkpoints / f"{kept}.json") or {}).get("facts")
        engine = facts.get("engine") if isinstance(facts, dict) else None
        if isinstance(engine, dict):
            return engine
    return None


def _copy(parent: RunFolder, step: int, folder: Path) -> bool:
    """Copy a checkpoint (and its best weights) if it is whole; a running parent may take it away meanwhile."""
    head = _copy_one(parent.checkpoints, str(step), folder)
    if head is None:
        return False
    best = (head.get("facts") or {}).get("best_step")
    if best is not None:
        _copy_one(parent.checkpoints, f"{best}.best", folder)
    return True


def _copy_one(source: Path, name: str, folder: Path) -> dict[str, Any] | None:
    try:
        text = (source / f"{name}.json").read_bytes()
        content = (source / f"{name}.safetensors").read_bytes()
        head = json.loads(text)
        if not whole(head, content):
            return None
    except (OSError, ValueError, RecursionError):
        return None
    write_bytes(folder / f"{name}.safetensors", content)
    write_bytes(folder / f"{name}.json", text)
    return dict(head)


def _check_step(parent: RunFolder, step: int) -> None:
    state = parent.state()
    first, last = int(state.get("parent_step") or 0), max([int(state.get("step") or 0), *steps_in(parent.checkpoints)])
    if not isinstance(step, int) or isinstance(step, bool) or not first <= step <= last:
        raise WrongInput(
            f"The run {parent.id} can be forked at its steps {first} to {last}. Received: {step!r}."
            + (
                f" What came before it stands in the run {state.get('parent')}."
                if first and step in range(first)
                else ""
            )
        )


def _with(document: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    from dlviz.training.documents import override

    root, _, rest = place.partition(".")
    if root in _FIXED and (root != "task" or rest in ("", "kind")):
        raise WrongInput(f"{place}: {_FIXED[root]}")
    if root == "optimization" and place.endswith(".kind") and isinstance(value, str):
        place, value = place.removesuffix(".kind"), {"kind": value}  # another kind has other settings
    changed: dict[str, Any] = override(document, place, value)
    return changed


def _check(parent: RunFolder, document: Mapping[str, Any]) -> None:
    """All that is wrong in a fork's spec, at once; the networks' shapes too."""
    from dlviz.datasets.data import Fields
    from dlviz.network.shapes import infer
    from dlviz.training.spec import Spec

    spec = Spec.parse(document)
    found = read_record(parent.path / "data.json") or {}
    try:
        fields = Fields.parse(found["fields"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return  # it has not loaded its data yet; the worker will tell
    spec = spec.completed(fields)
    assert spec.task is not None and spec.networks is not None
    for name, role in spec.task.roles(fields).items():
        for problem in infer(spec.networks[name], role.inputs, role.output).problems:
            place = ".".join(part for part in ("networks", name, problem.node) if part)
            raise WrongInput(f"{place}: {problem.message}")


def _check_epochs(parent: RunFolder, step: int, document: Mapping[str, Any]) -> None:
    """Whether the epochs asked for are not all gone at `step`, as far as the parent's records tell."""
    from dlviz.training.events import read_events

    told = [record for record in read_events(parent.events_file, only=("train", "epoch")) if record["step"] <= step]
    passed = told[-1].get("epoch") if told else 0
    if isinstance(passed, (int, float)) and abs(passed) < 1e18:
        check_epochs((document.get("training") or {}).get("epochs"), passed)


def check_epochs(epochs: Any, passed: float) -> None:
    """Raise `WrongInput` where fewer epochs are asked for than have begun when `passed` epochs have passed."""
    begun = math.ceil(passed - 1e-6)
    if isinstance(epochs, int) and epochs < begun:
        raise WrongInput(
            f"training.epochs: counts from the beginning of the parent, which is in epoch {begun} there. "
            f"Ask for {begun} or more. Received: {epochs}."
        )


def _file(run: RunFolder) -> Path:
    return run.path / "fork" / "fork.json"
