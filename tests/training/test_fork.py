"""Forks: a run goes on from any step of another one, exactly as that went, then with other settings."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.runs.store import Store
from dlviz.training import worker
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from dlviz.training.fork import Fork, document
from dlviz.training.loop import Loop
from dlviz.training.recorder import Recorder
from dlviz.training.restore import restore
from tests.training.toys import DEMANDING, curve, make_run, spiral

EXACT = {"device": "cpu", "precision": "float32"}
LONG: dict[str, Any] = {**DEMANDING, "training": {"epochs": 4, "batch_size": 32, **EXACT}}  # 40 steps an epoch
LR = "optimization.optimizer.lr"


def changing(monkeypatch: pytest.MonkeyPatch, step: int, **changes: Any) -> None:
    look = Recorder.look

    def looking(self: Recorder, loop: Loop) -> None:
        if loop.step == step and not self.changes:
            self.run.command("set", changes=changes["set"])
            self.run.command("weight", **changes["weight"])
        look(self, loop)
        self.next_look, loop.longest = 0.0, 1

    monkeypatch.setattr(Recorder, "look", looking)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def parent(store: Store) -> RunFolder:
    """Changed on its way, at step 55; its checkpoints are those of its epochs' ends, which come every second."""
    run = store.create(LONG)
    with pytest.MonkeyPatch.context() as patch:
        changing(
            patch, 55, set={LR: 0.02, "training.batch_size": 24},
            weight={"role": "model", "node": "linear", "name": "weight", "index": [3, 3], "value": 0.4},
        )  # fmt: skip
        assert worker.main(run.path) == "finished", run.state()
    return run


def after(run: RunFolder, step: int) -> list[dict[str, Any]]:
    return [record for record in curve(run) if record["step"] > step]


def up_to(records: list[dict[str, Any]], step: int) -> list[dict[str, Any]]:
    return [record for record in records if record["step"] <= step]


def trained(run: RunFolder) -> RunFolder:
    torch.manual_seed(99)  # another process has another chance
    assert worker.main(run.path) == "finished", run.state()
    return run


@pytest.mark.parametrize("step", [0, 1, 40, 55, 61, 120])
def test_a_fork_without_changes_is_its_parent_to_the_last_bit(store: Store, parent: RunFolder, step: int) -> None:
    child = store.fork(parent, step, {})
    state = child.state()
    assert (state["parent"], state["parent_step"], state["status"]) == (parent.id, step, "queued")
    trained(child)
    upto = 55 if step < 55 else 10_000  # what is changed after the fork is the parent's own
    assert up_to(after(child, step), upto) == up_to(after(parent, step), upto)
    first = read_events(child.events_file)[0]
    assert (first["type"], first["step"], first["parent"], first["notes"]) == ("fork", step, parent.id, [])
    assert child.state()["parent_step"] == step
    assert Checkpoints(child.checkpoints).steps()[-1] == step, "from where it can be forked again"
    if step < 55:
        return
    mine, its = restore(child).networks["model"], restore(parent).networks["model"]
    for ours, theirs in zip(mine.parameters(), its.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_the_settings_of_a_fork_are_those_of_that_step_and_the_changes(store: Store, parent: RunFolder) -> None:
    early, late = store.fork(parent, 54, {LR: 0.3}), store.fork(parent, 55, {}, title="A branch")
    assert early.spec_document()["training"]["batch_size"] == 32
    assert early.spec_document()["optimization"]["optimizer"]["lr"] == 0.3
    assert late.spec_document()["training"]["batch_size"] == 24
    assert late.spec_document()["optimization"]["optimizer"]["lr"] == 0.02
    assert late.spec_document()["title"] == "A branch"


def test_a_fork_needs_nothing_of_its_parent(store: Store, parent: RunFolder, tmp_path: Path) -> None:
    other = store.fork(parent, 61, {})
    trained(other)
    child = store.fork(other, 70, {})
    kept = tmp_path / "kept"
    shutil.move(other.path, kept)
    try:
        trained(child)
    finally:
        shutil.move(kept, other.path)
    assert after(child, 70) == after(parent, 70), "a fork of a fork"
    with pytest.raises(WrongInput, match=f"steps 61 to .*stands in the run {parent.id}"):
        store.fork(other, 60, {})


def test_a_killed_fork_goes_on(store: Store, parent: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, cut = store.fork(parent, 30, {LR: 0.2}), store.fork(parent, 30, {LR: 0.2})
    trained(whole)
    for begun in (False, True):
        with monkeypatch.context() as patch:
            look = Recorder.look
            begin = Recorder.begin

            def kill(self: Recorder, loop: Loop, look: Any = look) -> None:
                look(self, loop)
                self.next_look = 0.0
                if loop.step >= 50:
                    raise KeyboardInterrupt

            def at_once(self: Recorder, loop: Loop, begin: Any = begin) -> None:
                raise KeyboardInterrupt

            patch.setattr(Recorder, "look", kill)
            if not begun:
                patch.setattr(Recorder, "begin", at_once)
            with pytest.raises(KeyboardInterrupt):
                worker.main(cut.path, resume=begun)
    assert worker.main(cut.path, resume=True) == "finished", cut.state()
    assert curve(cut) == curve(whole)
    assert cut.state()["parent_step"] == 30


def test_another_learning_rate_changes_the_course_from_there_on(store: Store, parent: RunFolder) -> None:
    child = trained(store.fork(parent, 80, {LR: 0.5, "training.epochs": 5}))
    rates = [record["lr"] for record in curve(child) if record["type"] == "train"]
    assert min(record["step"] for record in curve(child)) == 81
    assert max(rates) > 0.1 and child.state()["epoch"] == 5
    assert curve(child) != after(parent, 80)


def test_another_seed_gives_the_examples_another_order_but_the_same_parts(store: Store, parent: RunFolder) -> None:
    child = trained(store.fork(parent, 50, {"seed": 77}))
    assert child.spec_document()["seed"] == 77
    assert after(parent, 50)[0]["loss"] != curve(child)[0]["loss"]
    restored = restore(child)
    assert restored.spec.seed == 3, "by which its data are loaded: held back is what was held back before"
    grandchild = trained(store.fork(child, 60, {"seed": 78}))
    assert restore(grandchild).spec.seed == 3


NETWORK = "networks.model"


def with_dropout(document: dict[str, Any]) -> list[dict[str, Any]]:
    nodes = copy.deepcopy(document["networks"]["model"])
    place = next(number for number, node in enumerate(nodes) if node["kind"] == "BatchNorm1d")
    before = nodes[place]["inputs"]
    nodes[place]["inputs"] = ["extra"]
    return [*nodes[:place], {"kind": "Dropout", "p": 0.5, "name": "extra", "inputs": before}, *nodes[place:]]


def test_a_layer_without_weights_can_be_added(store: Store, parent: RunFolder) -> None:
    child = store.fork(parent, 120, {NETWORK: with_dropout(parent.spec_document())})
    before = Checkpoints(parent.checkpoints).read("120")
    trained(child)
    assert child.state()["notes"] == []
    now = Checkpoints(child.checkpoints).read("120")
    if before is not None and now is not None:
        for name, tensor in before.get("networks/model").items():
            assert torch.equal(tensor, now.get("networks/model")[name]), name
        for name, tensor in before.get("optimizers/model").items():
            assert torch.equal(tensor, now.get("optimizers/model")[name]), name


def test_a_wider_layer_begins_anew_and_that_is_said(store: Store, parent: RunFolder) -> None:
    child = trained(store.fork(parent, 61, {"networks.model.linear.out_features": 48}))
    notes = child.state()["notes"]
    assert [note.split("`")[1] for note in notes] == ["batchnorm1d", "linear", "linear_2"]
    assert all("begins anew: it has another size" in note for note in notes)


def test_another_optimizer_begins_anew_and_that_is_said(store: Store, parent: RunFolder) -> None:
    child = trained(store.fork(parent, 61, {"optimization.optimizer.kind": "Adam"}))
    assert child.state()["notes"] == ["The optimizer begins anew: it was SGD and is Adam."]
    assert child.spec_document()["optimization"]["optimizer"]["kind"] == "Adam"
    same = trained(store.fork(parent, 61, {"optimization.optimizer.nesterov": True}))
    assert same.state()["notes"] == []


def test_at_the_last_step_a_fork_can_go_on(store: Store, parent: RunFolder) -> None:
    last = parent.state()["step"]
    longer = trained(store.fork(parent, last, {"training.epochs": 5}))
    assert longer.state()["epoch"] == 5 and curve(longer)[0]["step"] == last + 1
    same = trained(store.fork(parent, last, {}))
    assert same.state()["step"] == last and same.state()["metrics"]["test"] == parent.state()["metrics"]["test"]


@pytest.mark.parametrize(
    ("step", "changes", "why"),
    [
        (10, {"data.kind": "Iris"}, "data.kind: A fork keeps its data"),
        (10, {"task": "Regression"}, "task: A fork keeps its task"),
        (10, {"task.kind": "Regression"}, "task.kind: A fork keeps its task"),
        (10, {LR: -1}, "optimization.optimizer.lr: must be"),
        (10, {"training.batchsize": 3}, "Did you mean `batch_size`"),
        (10, {"networks.model.linear_2.out_features": 7}, "networks.model"),
        (10, {"networks.model.nothing.p": 7}, "nothing"),
        (120, {"training.epochs": 1}, "training.epochs: counts from the beginning"),
        (10_000, {}, "can be forked at its steps 0 to"),
        (-1, {}, "can be forked at its steps 0 to"),
    ],
)
def test_what_cannot_be_is_said_at_once(
    store: Store, parent: RunFolder, step: int, changes: dict[str, Any], why: str
) -> None:
    before = store.runs()
    with pytest.raises(WrongInput) as raised:
        store.fork(parent, step, changes)
    assert why in str(raised.value), raised.value
    assert [run.id for run in store.runs()] == [run.id for run in before]


def test_a_damaged_checkpoint_is_passed_over(store: Store, parent: RunFolder) -> None:
    newest = Checkpoints(parent.checkpoints).steps()[0]
    file = parent.checkpoints / f"{newest}.safetensors"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        child = store.fork(parent, parent.state()["step"], {})
    finally:
        file.write_bytes(content)
    assert not (child.path / "fork" / file.name).exists()
    trained(child)
    assert child.state()["metrics"]["test"] == parent.state()["metrics"]["test"]


def test_a_running_run_can_be_forked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run, children = store.create(spiral(epochs=30, precision="float32")), []
    look = Recorder.look

    def looking(self: Recorder, loop: Loop) -> None:
        look(self, loop)
        self.next_look = 0.0
        if loop.step >= 200 and self.run.id == run.id and not children:
            self.run.write_state({**self.state, "step": loop.step})
            children.append(store.fork(self.run, 150, {}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "look", looking)
        assert worker.main(run.path) == "finished", run.state()
    assert curve(trained(children[0])) == after(run, 150)


def test_a_fork_beyond_a_breakdown_says_where_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    document = spiral(epochs=50, precision="float32")
    document["data"] = {"kind": "Toy2d", "pattern": "plane", "size": 200}
    document["networks"]["model"][2] = {"kind": "ReLU"}
    document["optimization"]["optimizer"] = {"kind": "SGD", "lr": 100.0}
    run = store.create(document)
    assert worker.main(run.path) == "failed"
    child = store.fork(run, run.state()["step"], {LR: 0.01})
    assert worker.main(child.path) == "failed"
    assert "broke down at step" in child.state()["error"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": "x"},
        {"checkpoint": "../../other"},
        {"spec": []},
        {"changes": "x"},
        {"changes": [{"step": 1}]},
        {"a": 1},
    ],
)
def test_a_damaged_fork_says_so(tmp_path: Path, wrong: dict[str, Any]) -> None:
    run = make_run(tmp_path / "run", spiral())
    whole = {"parent": "a", "step": 1, "checkpoint": None, "spec": {}}
    write_json(run.path / "fork" / "fork.json", whole | wrong)
    with pytest.raises(WrongInput, match="damaged"):
        Fork.of(run)


def test_a_damaged_parent_is_refused_with_a_sentence(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral())
    run.events_file.write_text('{"type":"epoch","step":6,"epoch":NaN}\n')
    run.write_state({"status": "finished", "parent_step": 5, "step": 9})
    assert document(run, 7, {})["training"]["epochs"] == 5
    with pytest.raises(WrongInput, match="steps 5 to 9"):
        document(run, 3, {})
