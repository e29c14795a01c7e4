"""Brought: the run folder of a model that another program trained: measured, with examples, as after a training."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Data, Examples
from dlviz.foreign.card import FOLDER, Card, digest
from dlviz.foreign.examine import examined
from dlviz.foreign.reading import Reading
from dlviz.foreign.recognize import Format, recognized
from dlviz.tasks.task import Task
from dlviz.training.checkpoint import Checkpoints, Snapshot, put_network
from dlviz.training.evaluate import evaluate
from dlviz.training.folder import RunFolder
from dlviz.training.gallery import write_gallery
from dlviz.training.own_weights import load_weights
from dlviz.training.restore import make_networks
from dlviz.training.spec import Spec, fitting_task
from dlviz.training.worker import write_data

#: What such networks can be asked for; others answer in ways of their own.
TASKS = ("Classification", "Regression")
#: What its file is called in the run's folder.
_FILES: dict[Format, str] = {"onnx": "model.onnx", "export": "model.pt2", "weights": "model.safetensors"}
_SEEN = (
    "Nobody knows which examples this network learned from. Where some of the test part were among them, its figures "
    "are better than it is."
)


@dataclass(frozen=True)
class Doing:
    """Whom to tell what is being done, and what to call before the model is opened."""

    tell: Callable[[str], object] = lambda doing: None
    guard: Callable[[], object] = lambda: None


def make(run: RunFolder, request: Mapping[str, Any], doing: Doing) -> list[str]:
    """Make the run of a request (see `bring.py`); sentences about the network. Raises `WrongInput` where the model
    cannot be read, or does not serve the data."""
    path, name = Path(str(request.get("model"))), str(request.get("name") or "")
    format = recognized(path, name)
    reading = Reading.of(request.get("reading") or {})
    spec = Spec.parse({"version": 1, "title": str(request.get("title") or ""), **dict(request.get("spec") or {})})
    doing.tell("loading the data")
    data = spec.data.load(spec.seed)
    doing.tell("reading the model")
    doing.guard()
    began = time.time()
    kept = run.path / FOLDER / _FILES[format]
    kept.parent.mkdir(parents=True)
    shutil.copyfile(path, kept)
    found = (_weights if format == "weights" else _network)(run, kept, name or path.name, spec, data, reading)
    doing.tell("measuring the test part")
    state, notes = _measured(run, found, data)
    now = {"status": "finished", "created": began, "seconds": time.time() - began, "device": "cpu", "error": None}
    places = {"epoch": 0, "epochs": 0, "step": 0, "steps": 0, "workspace": str(request.get("workspace") or "")}
    notes = [*found.notes, *notes]
    run.write_state({**now, **places, **state, "notes": notes})
    write_data(run, data)
    write_json(run.spec_file, found.document, indent=1)  # last: with it the run is there
    return notes


@dataclass(frozen=True)
class _Found:
    """A network that was read: its spec's document, its task and networks, sentences about it."""

    document: dict[str, Any]
    task: Task
    networks: dict[str, nn.Module]
    notes: list[str]


def _network(run: RunFolder, path: Path, name: str, spec: Spec, data: Data, reading: Reading) -> _Found:
    """A network of operations: ONNX or torch.export."""
    task = spec.task or fitting_task(data.fields)
    why = task.why_not(data.fields)
    if task.kind() not in TASKS:
        why = f"A network from elsewhere must tell classes or a number: {' or '.join(TASKS)}."
    elif len(data.fields.inputs) != 1:
        why = f"A network from elsewhere takes one input; this data has {len(data.fields.inputs)}."
    if why:
        raise WrongInput(f"task: {task.kind()} cannot be asked of this network. {why}")
    format = recognized(path, name)
    card, network, notes = examined(path, format, name, reading, data.fields, data.encoders, data.train)
    card.write(path.parent)
    document = replace(spec, task=task, networks=None, optimization=None, training=None, start=None).document()
    return _Found(document, task, {"model": network}, notes)


def _weights(run: RunFolder, path: Path, name: str, spec: Spec, data: Data, reading: Reading) -> _Found:
    """Weights alone, for the networks that the spec draws: they become a checkpoint, and the run is like any other."""
    if spec.networks is None:
        raise WrongInput(
            "networks: is missing. safetensors hold weights alone; the spec must draw the network that they belong to."
        )
    completed = spec.completed(data.fields)
    assert completed.task is not None
    torch.manual_seed(spec.seed)
    networks: dict[str, nn.Module] = make_networks(completed, data.fields)
    completed.task.prepare(networks, data.fields, None)
    load_weights(networks, path, name)
    snapshot = Snapshot()
    for role, network in networks.items():
        network.eval()
        put_network(snapshot, role, network)
    Checkpoints(run.checkpoints).save(0, snapshot)
    Card("weights", path.name, name, digest(path), reading).write(path.parent)
    path.unlink()  # the checkpoint holds them
    return _Found(completed.document(), completed.task, networks, [f"Weights read from {name}."])


def _measured(run: RunFolder, found: _Found, data: Data) -> tuple[dict[str, Any], list[str]]:
    """Figures of the held-back parts, pictures and examples; what the run's state tells of them, and sentences."""
    metrics, notes, state = found.task.metrics(data.fields), [_SEEN], {}
    figures: dict[str, Any] = {}
    for part in ("validation", "test"):
        examples: Examples = data.part(part)
        if not len(examples):
            continue
        figures[part], outputs = evaluate(found.task, found.networks, examples, metrics, data.fields)
        if figures[part].get("loss") is None:
            raise WrongInput(
                f"A network must answer with finite numbers. Some of its answers to the {part} part are not. Are its "
                "inputs scaled as when it was trained?"
            )
        _drawn(run, found, data, part, outputs)
        if part == "test" and outputs is not None:
            result = found.task.result(outputs, examples, data.train, data.fields)
            if result is not None:
                state["result"] = asdict(result)
                better = result.value > result.baseline if result.higher_is_better else result.value < result.baseline
                if not better:
                    notes.append(
                        f"On the test part it does no better than {result.baseline_name}. Are its inputs scaled, and "
                        "its classes ordered, as when it was trained?"
                    )
    return {**state, "metrics": figures}, notes


def _drawn(run: RunFolder, found: _Found, data: Data, part: str, outputs: Tensor | None) -> None:
    folder = run.views / "test" if part == "test" else run.views
    with torch.no_grad():
        for name, value in found.task.views(found.networks, data, part, outputs).items():
            value.save(folder / name)
    write_gallery(run, found.task, found.networks, data, part)
