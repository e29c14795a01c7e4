"""Start: a new run that begins with what another one has learned. No torch here but to copy weights.

`start: {run: <id>}` in a spec. Other than a fork it is a training of its own, from step 0, with data, task and network
of its own: a network that has learned to fill gaps begins to tell classes. What is needed of the other run is copied
into the new one's folder, which needs nothing of it any more:

start/start.json             {"run", "title", "step", "name": of the checkpoint, "data", "data_seed", "encoders"}
start/<name>.safetensors, .json  the other run's best weights, else its newest

Texts are taken apart as the other run does it, so that a token's number means the same. Where both runs have the same
source of data, it is divided as it was there: what is held back from one was not learned from by the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlviz.core import places
from dlviz.core.files import read_record, write_bytes, write_json
from dlviz.core.problems import Problems, WrongInput
from dlviz.training.checksum import whole
from dlviz.training.folder import RunFolder, steps_in

if TYPE_CHECKING:
    from torch import Tensor, nn

    from dlviz.datasets.data import Encoder
    from dlviz.training.spec import Spec

FOLDER = "start"


@dataclass(frozen=True)
class Start:
    """`start` of a spec: the run whose weights a training begins with."""

    run: str

    def document(self) -> dict[str, Any]:
        return {"run": self.run}

    @classmethod
    def parse(cls, document: object, problems: Problems) -> Start | None:
        if document is None or isinstance(document, Start):
            return document
        run = document.get("run") if isinstance(document, Mapping) else None
        if not isinstance(document, Mapping) or set(document) != {"run"} or not isinstance(run, str) or not run:
            problems.add("start", f"must name the run to begin from, as `start: {{run: id}}`. Received: {document!r}.")
            return None
        return cls(run)


def source(run: str, runs: Path | None = None) -> RunFolder:
    """The run that a spec begins from, of those in `runs` (else of the home's). Raises `WrongInput` where there is none
    that has learned something."""
    plain = run and run.replace("-", "").replace("_", "").isalnum()
    folder = RunFolder((runs or places.home() / "runs") / run) if plain else None
    if folder is None or not folder.spec_file.is_file():
        raise WrongInput(f"start.run: there is no run {run[:80]}. It may have been deleted. Choose another, or none.")
    if _newest(folder) is None:
        raise WrongInput(f"start.run: the run {run} has no checkpoint yet. Let it train for at least one epoch.")
    return folder


def take_over(run: str, child: Path, runs: Path | None = None) -> None:
    """Copy into a new run's folder what it needs to begin from `run`, one of `runs`. Raises `WrongInput`."""
    other = source(run, runs)
    name = _newest(other)
    assert name is not None
    head, content = ((other.checkpoints / f"{name}.{end}").read_bytes() for end in ("json", "safetensors"))
    write_bytes(child / FOLDER / f"{name}.safetensors", content)
    write_bytes(child / FOLDER / f"{name}.json", head)
    spec = other.spec_document()
    from dlviz.training.fork import data_seed

    known = {
        "run": other.id, "title": str(spec.get("title") or ""), "step": int(name.partition(".")[0]), "name": name,
        "data": spec.get("data"), "data_seed": data_seed(other, spec.get("seed", 0)), "encoders": _encoders(other),
    }  # fmt: skip
    write_json(child / FOLDER / "start.json", known)


def pass_on(parent: RunFolder, child: Path) -> None:
    """Copy what a run began from into the folder of its fork."""
    folder = parent.path / FOLDER
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        write_bytes(child / FOLDER / file.name, file.read_bytes())


def seed_of_data(run: RunFolder, spec: Mapping[str, Any]) -> int | None:
    """The seed by which the data of the run it began from was divided, where it is the same; else None."""
    found = read_record(run.path / FOLDER / "start.json") or {}
    data, own = found.get("data"), spec.get("data")
    same = isinstance(data, dict) and isinstance(own, dict) and _place(data) == _place(own)
    return found.get("data_seed") if same and isinstance(found.get("data_seed"), int) else None


def _place(data: Mapping[str, Any]) -> tuple[Any, ...]:
    return data.get("kind"), data.get("path")


def of_run(spec: Spec, run: RunFolder) -> Spec:
    """A run's spec, its data read as the run does that it began from."""
    if spec.start is None:
        return spec
    return _reading(spec, (read_record(run.path / FOLDER / "start.json") or {}).get("encoders"))


def of_draft(spec: Spec) -> Spec:
    """The same of a spec that has no folder yet. Raises `WrongInput` where there is no such run."""
    return spec if spec.start is None else _reading(spec, _encoders(source(spec.start.run)))


def begin(networks: Mapping[str, nn.Module], run: RunFolder) -> list[str]:
    """Copy into fresh networks what fits by role, name and shape of what the run began from; sentences about what was
    taken and what was not. A table of tokens with more or fewer rows fits as far as both go: a token has the same
    number in both. Raises `WrongInput` where nothing fits."""
    import torch
    from torch import nn

    from dlviz.training.checkpoint import Checkpoints

    known = read_record(run.path / FOLDER / "start.json") or {}
    found = Checkpoints(run.path / FOLDER).read(str(known.get("name")))
    if found is None:
        raise WrongInput(f"The run {run.id} cannot begin: the weights in its start folder are damaged. Make it anew.")
    named = f"the run {known.get('run')}" + (f" ({known['title']})" if known.get("title") else "")
    taken: list[str] = []
    left: list[str] = []
    notes: list[str] = []
    several = len(networks) > 1
    for role, network in networks.items():
        before, now = found.get(f"networks/{role}"), network.state_dict()
        tables = {f"{path}.weight" for path, module in network.named_modules() if isinstance(module, nn.Embedding)}
        for node in dict.fromkeys(name.partition(".")[0] for name in now):
            own = {name: tensor for name, tensor in now.items() if name.partition(".")[0] == node}
            place = f"`{role}.{node}`" if several else f"`{node}`"
            if all(name in before and _fits(before[name], tensor, name in tables) for name, tensor in own.items()):
                taken.append(place)
                with torch.no_grad():
                    for name, tensor in own.items():
                        rows = min(len(tensor), len(before[name])) if name in tables else None
                        tensor[:rows].copy_(before[name][:rows]) if rows else tensor.copy_(before[name])
            else:
                left.append(place)
                why = "it has another size there" if any(name in before for name in own) else "there is none there"
                notes.append(f"{place} begins anew: {why}.")
    if not taken:
        raise WrongInput(
            f"start: nothing of {named} fits this network. A layer is taken over where both networks have one of the "
            f"same name and size; here are {_list(left)}. Draw the same trunk, or start from another run."
        )
    return [f"Begun with the weights of {named}: {_list(taken)}.", *notes]


def _fits(before: Tensor, now: Tensor, table: bool) -> bool:
    return before.shape[1:] == now.shape[1:] if table else before.shape == now.shape


def _list(places: list[str]) -> str:
    return ", ".join(places) or "none with weights"


def _reading(spec: Spec, documents: object) -> Spec:
    from dlviz.core.values import Tokens
    from dlviz.datasets.data import Encoder

    encoders: dict[str, Encoder] = {}
    for name, document in documents.items() if isinstance(documents, dict) else ():
        made = Encoder.parse(document, f"encoders.{name}", Problems())
        if made is not None:
            encoders[str(name)] = made
    read = spec.data.reading(encoders)
    texts = {name: encoder for name, encoder in encoders.items() if hasattr(encoder, "vocabulary")}
    if texts and read is spec.data:
        known = spec.data.describe(spec.seed).inputs
        for name, kind in known.items():
            if isinstance(kind, Tokens) and _vocabulary(texts.get(name)) != kind.vocabulary:
                raise WrongInput(
                    f"start: {spec.data.kind()} cannot take texts apart as that run does, so a token's number would "
                    "mean another word. Start from a run on such data."
                )
    return replace(spec, data=read)


def _vocabulary(encoder: Encoder | None) -> object:
    return getattr(encoder, "vocabulary", None)


def _encoders(run: RunFolder) -> dict[str, Any]:
    found = (read_record(run.path / "data.json") or {}).get("encoders")
    return found if isinstance(found, dict) else {}


def _newest(run: RunFolder) -> str | None:
    """The name of the best whole checkpoint, else of the newest."""
    best = (read_record(run.checkpoints / "best.json") or {}).get("name")
    for name in [*([str(best)] if best else []), *map(str, steps_in(run.checkpoints))]:
        try:
            head = json.loads((run.checkpoints / f"{name}.json").read_bytes())
            if whole(head, (run.checkpoints / f"{name}.safetensors").read_bytes()):
                return name
        except (OSError, ValueError, RecursionError):
            continue
    return None
