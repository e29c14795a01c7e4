"""A run begins with what another one has learned: which weights, which tokens, which parts, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dlviz.core.problems import WrongInput
from dlviz.runs.store import Store
from dlviz.training import worker
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from dlviz.training.fork import data_seed
from dlviz.training.restore import restore
from dlviz.training.spec import Spec
from dlviz.training.start import of_draft

TRAINING = {"epochs": 1, "batch_size": 16, "device": "cpu", "precision": "float32", "engine": "eager", "threads": 1}


def network(output: list[dict[str, Any]], width: int = 8) -> dict[str, Any]:
    trunk = [
        {"name": "input", "kind": "Input"},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": width, "inputs": ["input"]},
        {"name": "fc", "kind": "Linear", "out_features": 8},
    ]
    return {"model": [*trunk, *output, {"name": "output", "kind": "Linear", "out_features": "auto"}]}


def table(path: Path, words: str) -> str:
    one, other, third = words.split()
    lines = [f"the {one} was {kind},{label}" for label, kind in ((0, other), (1, third)) for _ in range(40)]
    path.write_text("text,label\n" + "\n".join(lines))
    return str(path)


def classes(path: str, start: str, width: int = 8, seed: int = 0, **settings: Any) -> dict[str, Any]:
    pool: list[dict[str, Any]] = [
        {"name": "mask", "kind": "PaddingMask", "inputs": ["input"]},
        {"name": "pool", "kind": "PoolSteps", "inputs": ["fc", "mask"]},
    ]
    data = {"kind": "TextTable", "path": path, "text": "text", "label": "label", **settings}
    return {
        "version": 1, "data": data, "networks": network(pool, width), "training": TRAINING, "seed": seed,
        "start": {"run": start},
        "optimization": {"optimizer": {"kind": "SGD", "lr": 1e-30}},  # what was taken over stays
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def known(folder: Path) -> RunFolder:
    """Has learned to fill gaps."""
    data = {"kind": "TextTable", "path": table(folder / "a.csv", "film dull lovely"), "text": "text", "label": "label"}
    document = {
        "version": 1, "title": "Gaps", "data": data, "task": {"kind": "MaskedLanguageModel"}, "networks": network([]),
        "training": TRAINING, "seed": 3,
    }  # fmt: skip
    run = Store(folder).create(document)
    assert worker.main(run.path) == "finished", run.state()
    return run


def test_what_fits_is_taken_over_with_the_tokens_and_the_rest_is_told(folder: Path, known: RunFolder) -> None:
    other = table(folder / "b.csv", "play dull lovely")
    run = Store(folder).create(classes(other, known.id))
    before = restore(known)
    assert worker.main(run.path) == "finished", run.state()
    after = restore(run)
    weights = {name: tensor for name, tensor in before.networks["model"].state_dict().items()}
    now = after.networks["model"].state_dict()
    assert torch.equal(now["fc.weight"], weights["fc.weight"])
    rows = len(now["embedding.weight"])
    assert len(weights["embedding.weight"]) == rows + 1  # the mask's
    assert torch.equal(now["embedding.weight"], weights["embedding.weight"][:rows])
    assert now["output.weight"].shape != weights["output.weight"].shape
    assert after.encoders["text"].document()["vocabulary"] == before.encoders["text"].document()["vocabulary"]
    assert "play" not in after.encoders["text"].document()["vocabulary"]  # the other run does not know it
    data = after.spec.data.load(after.spec.seed)  # as an explanation loads it
    assert data.fields == after.fields
    notes = run.state()["notes"]
    assert notes == read_events(run.events_file)[0]["notes"]
    assert notes[0] == f"Begun with the weights of the run {known.id} (Gaps): `embedding`, `fc`."
    assert notes[1] == "`output` begins anew: it has another size there."


def test_it_needs_nothing_of_the_other_run_and_can_be_forked_itself(folder: Path, known: RunFolder) -> None:
    store = Store(folder)
    own = classes(table(folder / "a.csv", "film dull lovely"), known.id, seed=11)
    first = store.create(own)
    hidden = known.path.rename(folder / "away")
    try:
        assert worker.main(first.path) == "finished", first.state()
        fork = store.fork(first, 2, {"training.epochs": 2})
        assert worker.main(fork.path) == "finished", fork.state()
        assert [data_seed(run, 11) for run in (first, fork)] == [3, 3]  # the same texts: parted as there
        assert torch.equal(
            restore(fork).networks["model"].get_submodule("fc").weight,  # type: ignore[arg-type]
            restore(first).networks["model"].get_submodule("fc").weight,  # type: ignore[arg-type]
        )
        with pytest.raises(WrongInput, match="no run"):
            store.create(own)
    finally:
        hidden.rename(known.path)
    other = store.create(classes(table(folder / "c.csv", "song dull lovely"), known.id, seed=11))
    assert data_seed(other, 11) == 11
    assert len(store.repeat(own, [1, 2])) == 2


def test_where_nothing_fits_it_is_said_what_would(folder: Path, known: RunFolder) -> None:
    document = classes(table(folder / "a.csv", "film dull lovely"), known.id, width=9)
    document["networks"]["model"][2]["name"] = "other"
    document["networks"]["model"][4]["inputs"] = ["other", "mask"]
    run = Store(folder).create(document)
    assert worker.main(run.path) == "failed"
    assert "nothing of the run" in run.state()["error"] and "`embedding`, `other`" in run.state()["error"]


def test_a_draft_knows_the_tokens_and_mistakes_are_told(
    folder: Path, known: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLVIZ_HOME", str(folder))
    document = classes(table(folder / "b.csv", "play dull lovely"), known.id)
    spec = Spec.parse(document)
    assert Spec.parse(spec.document()) == spec and spec.document()["start"] == {"run": known.id}
    vocabulary = restore(known).fields.inputs["text"].document()["vocabulary"]
    own, read = spec.data.describe(0), of_draft(spec).data.describe(0)
    assert read.inputs["text"].document()["vocabulary"] == vocabulary != own.inputs["text"].document()["vocabulary"]
    assert spec.data.describe(0) == own  # what is remembered of the one is not told of the other
    for wrong in ({"run": 3}, {"run": "x", "more": 1}, "x", {}):
        with pytest.raises(WrongInput, match="start: must name the run"):
            Spec.parse({**document, "start": wrong})
    for run in ("nothing", "../../etc"):
        with pytest.raises(WrongInput, match="there is no run"):
            of_draft(Spec.parse({**document, "start": {"run": run}}))
    with pytest.raises(WrongInput, match="cannot take texts apart"):
        of_draft(Spec.parse({**document, "data": {"kind": "ToyText"}}))
