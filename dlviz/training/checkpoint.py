"""Checkpoints: everything that a training needs to go on as if nothing had happened.

    <step>.safetensors     weights, the optimizers' tensors, states of chance, outputs gathered in this epoch
    <step>.json            the rest, and the length and checksums of both (checksum.py)
    <step>.best.*          the same for the best weights so far (weights only)
    latest.json, best.json the step of the newest and of the best one

The newest, the one before it and the best stay. Of the others so many are kept as fit a budget, evenly spaced over
the past, so that any moment of it can be reached again from a moment not long before.

Each file is written under another name and renamed; the pointer comes last. What does not match its checksum is
never chosen. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from dlviz.core.files import read_record, write_bytes, write_json
from dlviz.training.checksum import head_of, whole
from dlviz.training.folder import steps_in


@dataclass
class Snapshot:
    """A moment of a training: tensors by name, and plain values."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def cloned(self) -> Snapshot:
        """A copy that the next step does not change."""
        tensors = {name: tensor.detach().clone() for name, tensor in self.tensors.items()}
        return Snapshot(tensors, json.loads(json.dumps(self.facts)))

    def put(self, prefix: str, tensors: Mapping[str, Tensor]) -> None:
        self.tensors.update({f"{prefix}/{name}": tensor for name, tensor in tensors.items()})

    def get(self, prefix: str) -> dict[str, Tensor]:
        """The tensors that `put` filed under `prefix`."""
        start = f"{prefix}/"
        return {name[len(start) :]: tensor for name, tensor in self.tensors.items() if name.startswith(start)}


#: At most so many full checkpoints are kept, however small they are.
MOST = 200


class Checkpoints:
    """The checkpoints of one run on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, step: int, snapshot: Snapshot, best: tuple[int, Snapshot] | None = None, budget: int = 0) -> None:
        """Write a checkpoint (and the best weights, if not there yet), then point to it, then tidy up: what is kept of
        the past takes at most `budget` bytes.

        Raises OSError where the disk is full; the former checkpoint then stands.
        """
        if best is not None:
            self._write(f"{best[0]}.best", best[1])
            write_json(self.folder / "best.json", {"step": best[0], "name": f"{best[0]}.best"})
        self._write(str(step), snapshot)
        write_json(self.folder / "latest.json", {"step": step, "name": str(step)})
        self._tidy(step, f"{snapshot.facts.get('best_step')}.best", budget)

    def _tidy(self, newest: int, best: str, budget: int) -> None:
        sizes: dict[str, int] = {}
        files: list[Path] = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                files.append(Path(entry.path))
                name = entry.name.rsplit(".", 1)[0]
                sizes[name] = sizes.get(name, 0) + entry.stat().st_size
        full = {int(name): size for name, size in sizes.items() if name.isdecimal()}
        keep = {best, "latest", "best", *map(str, thinned(full, newest, budget))}
        for path in sorted(files):  # the .json first: what has none is no checkpoint, not a torn one
            if path.name.rsplit(".", 1)[0] not in keep:
                path.unlink(missing_ok=True)

    def latest(self) -> tuple[int, Snapshot] | None:
        """The newest whole checkpoint: a torn one is passed over in favour of the one before."""
        for step in self.steps():
            snapshot = self.read(str(step))
            if snapshot is not None:
                return step, snapshot
        return None

    def nearest(self, step: int) -> tuple[int, Snapshot] | None:
        """The last whole checkpoint at or before `step`, to take the steps from there to `step` again."""
        for kept in self.steps():
            if kept <= step and (snapshot := self.read(str(kept))) is not None:
                return kept, snapshot
        return None

    def best(self) -> tuple[int, Snapshot] | None:
        """The best weights so far; None where the run does not look for the best."""
        pointer = _pointer(self.folder / "best.json")
        snapshot = self.read(str(pointer.get("name"))) if pointer else None
        return (int(pointer["step"]), snapshot) if snapshot is not None else None

    def steps(self) -> list[int]:
        """The steps of the full checkpoints, newest first."""
        return steps_in(self.folder)

    def read(self, name: str) -> Snapshot | None:
        """The checkpoint called `name`, or None where it is missing or damaged."""
        try:
            head = json.loads((self.folder / f"{name}.json").read_bytes())
            content = (self.folder / f"{name}.safetensors").read_bytes()
            if not whole(head, content):
                return None
            return Snapshot(safetensors.torch.load(content), head["facts"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, SafetensorError):
            return None

    def _write(self, name: str, snapshot: Snapshot) -> None:
        if (self.folder / f"{name}.json").exists() and name.endswith(".best"):
            return  # the best weights of a step never change
        tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in snapshot.tensors.items()}
        content = safetensors.torch.save(tensors)
        write_bytes(self.folder / f"{name}.safetensors", content)
        write_json(self.folder / f"{name}.json", head_of(content, snapshot.facts))


def thinned(sizes: Mapping[int, int], newest: int, budget: int) -> list[int]:
    """Which of the checkpoints (step: bytes) stay: the newest, the one before it, the first, and of those between as
    many as fit; each time the one goes whose neighbours lie closest together. None of the past for a budget of 0."""
    steps = sorted(step for step in sizes if step <= newest)
    always = steps[-2:] if budget == 0 else [*steps[:1], *steps[-2:]]
    kept = always if budget == 0 else steps
    size = sum(sizes[step] for step in kept)
    while len(kept) > len(set(always)) and (size > budget or len(kept) > MOST):
        gaps = [(after - before, here) for before, here, after in zip(kept, kept[1:], kept[2:], strict=False)]
        gone = min((gap, here) for gap, here in gaps if here not in always)[1]
        kept.remove(gone)
        size -= sizes[gone]
    return kept


def _pointer(path: Path) -> dict[str, Any]:
    found = read_record(path) or {}
    return found if isinstance(found.get("step"), int) else {}


def put_network(snapshot: Snapshot, role: str, network: nn.Module) -> None:
    snapshot.put(f"networks/{role}", network.state_dict())


def put_optimizer(snapshot: Snapshot, role: str, optimizer: torch.optim.Optimizer) -> None:
    """An optimizer's state: tensors among the tensors, numbers among the facts."""
    state = optimizer.state_dict()
    plain: dict[str, dict[str, Any]] = {}
    for index, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                snapshot.tensors[f"optimizers/{role}/{index}/{name}"] = value
            else:
                plain.setdefault(str(index), {})[name] = value
    snapshot.facts.setdefault("optimizers", {})[role] = {"groups": state["param_groups"], "state": plain}


def get_optimizer(snapshot: Snapshot, role: str, optimizer: torch.optim.Optimizer) -> None:
    """Bring an optimizer into the state that `put_optimizer` saw."""
    saved = snapshot.facts["optimizers"][role]
    state: dict[int, dict[str, Any]] = {int(index): dict(values) for index, values in saved["state"].items()}
    for path, tensor in snapshot.get(f"optimizers/{role}").items():
        index, name = path.split("/", 1)
        state.setdefault(int(index), {})[name] = tensor.clone()
    groups = [
        {key: _like(value, current.get(key)) for key, value in group.items()}
        for group, current in zip(saved["groups"], optimizer.param_groups, strict=True)
    ]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def schedule_facts(scheduler: torch.optim.lr_scheduler.LRScheduler) -> dict[str, Any]:
    """The plain values of a scheduler's state; functions are made anew by the schedule part."""
    return {key: value for key, value in scheduler.state_dict().items() if _plain(value)}


def set_schedule(scheduler: torch.optim.lr_scheduler.LRScheduler, facts: dict[str, Any]) -> None:
    now = scheduler.state_dict()
    scheduler.load_state_dict({**now, **{key: _like(value, now.get(key)) for key, value in facts.items()}})


def _plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _plain(inner) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def _like(value: Any, current: Any) -> Any:
    """JSON knows no tuples: make a list a tuple again where the object holds one now."""
    if isinstance(current, tuple) and isinstance(value, list):
        return tuple(value)
    return value


def generators(device: torch.device) -> dict[str, torch.Generator]:
    """torch's global generators: what dropout and noise are drawn from."""
    found = {"cpu": torch.default_generator}
    if device.type == "cuda":
        found["cuda"] = torch.cuda.default_generators[device.index or 0]
    return found


def random_state(device: torch.device) -> Iterator[tuple[str, Tensor]]:
    """The states of torch's global generators, as tensors of bytes."""
    for name, generator in generators(device).items():
        yield name, generator.get_state()


def set_random_state(states: Mapping[str, Tensor], device: torch.device) -> None:
    for name, generator in generators(device).items():
        if name in states:
            generator.set_state(states[name])
