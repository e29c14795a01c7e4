"""Commands: what is asked of a run while it goes is done at once, told, and kept over kills."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from dlviz.core.problems import WrongInput
from dlviz.training import commands, steering, worker
from dlviz.training.commands import Command
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from dlviz.training.loop import Loop
from dlviz.training.recorder import Recorder
from tests.training.toys import curve, make_run, spiral, wait_for

LR = "optimization.optimizer.lr"


def exact(epochs: int = 6, **training: Any) -> dict[str, Any]:
    """A small run whose numbers repeat to the last bit."""
    document = spiral(epochs=epochs, precision="float32", **training)
    document["optimization"] = {
        "optimizer": {"kind": "SGD", "lr": 0.1, "momentum": 0.9},
        "schedule": {"kind": "CosineAnnealingLR"},
        "regularizers": [{"kind": "L2", "strength": 0.001}],
    }
    return document


def trained(run: RunFolder, user: Callable[[], object]) -> str:
    """Train in this process while `user` does something in another thread."""
    failed: list[BaseException] = []

    def act() -> None:
        try:
            user()
        except BaseException as error:
            failed.append(error)
            run.command("stop")

    thread = threading.Thread(target=act)
    thread.start()
    status = worker.main(run.path)
    thread.join()
    if failed:
        raise failed[0]
    return status


def asking(monkeypatch: pytest.MonkeyPatch, at: dict[int, Callable[[RunFolder], object]]) -> None:
    """At these steps of a run in this process something is asked of it, as exactly as no person could."""
    look = Recorder.look
    done: set[int] = set()

    def looking(self: Recorder, loop: Loop) -> None:
        if loop.step in at and loop.step not in done:
            done.add(loop.step)
            at[loop.step](self.run)
        look(self, loop)
        self.next_look, loop.longest = 0.0, 1

    monkeypatch.setattr(Recorder, "look", looking)


def paused_at(run: RunFolder, step: int | None = None) -> bool:
    state = run.state()
    return state["status"] == "paused" and (step is None or state["step"] == step)


def test_commands_keep_their_order_and_payloads(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert run.commands() == []
    run.command("pause")
    run.command("step", steps=3)
    run.command("set", changes={LR: 0.5})
    assert run.asked("step") and not run.asked("stop")
    assert run.commands() == [Command("pause"), Command("step", {"steps": 3}), Command("set", {"changes": {LR: 0.5}})]
    assert run.commands() == [] and not run.asked("step")


def test_the_order_holds_where_the_clock_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFolder(tmp_path)
    run.command("pause")
    now = time.time_ns()
    monkeypatch.setattr(commands.time, "time_ns", lambda: now - 10**12)
    run.command("resume")
    assert [command.name for command in run.commands()] == ["pause", "resume"]


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"9" * 10])
def test_a_damaged_command_is_passed_over(tmp_path: Path, content: bytes) -> None:
    run = RunFolder(tmp_path)
    run.command("pause")
    (run.control / "00000000000000000001-set.json").write_bytes(content)
    (run.control / "nonsense").write_bytes(b"")
    (run.control / "stop").write_bytes(b"")  # as older versions wrote it
    assert [command.name for command in run.commands()] == ["pause", "stop"]
    assert not list(run.control.iterdir())


def test_a_glance_sees_every_command(tmp_path: Path) -> None:
    glance, run = commands.Glance(tmp_path / "control"), RunFolder(tmp_path)
    assert not glance.news()
    for _ in range(3):
        run.command("pause")
        assert glance.news()
        assert run.commands() == [Command("pause")]
    wait_for(lambda: not glance.news())
    run.command("pause")
    assert glance.news()


def test_steps_and_epochs_are_taken_exactly(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", exact(epochs=100_000))  # 14 steps an epoch
    began = []

    def user() -> None:
        wait_for(lambda: run.status() == "running")
        run.command("pause")
        wait_for(lambda: paused_at(run))
        at = run.state()["step"]
        for steps in (1, 1, 30):
            run.command("step", steps=steps)
            at += steps
            wait_for(lambda at=at: paused_at(run, at))
        epoch = run.state()["epoch"]
        began.append(epoch)
        run.command("epoch")
        wait_for(lambda: paused_at(run, (epoch + 1) * 14))
        run.command("epoch")
        wait_for(lambda: paused_at(run, (epoch + 2) * 14))
        run.command("step", steps=0)
        wait_for(lambda: run.state().get("refused"))
        assert "whole number" in run.state()["refused"]["why"] and paused_at(run)
        run.command("stop")

    assert trained(run, user) == "stopped"
    assert run.state()["epoch"] == began[0] + 2


def test_slow_motion_keeps_its_pace_and_listens(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", exact(epochs=100_000))

    def user() -> None:
        wait_for(lambda: run.status() == "running")
        run.command("pace", steps_per_second=20)
        wait_for(lambda: run.state().get("pace") == 20)
        began, before = time.monotonic(), run.state()["step"]
        wait_for(lambda: run.state()["step"] >= before + 10)
        taken = run.state()["step"] - before
        # the state may have been written some steps before; at full speed it takes thousands a second
        assert taken < 20 * (time.monotonic() - began) + 40
        run.command("pace", steps_per_second=0.01)
        time.sleep(0.1)
        run.command("pause")
        wait_for(lambda: paused_at(run), 50)  # the next step comes after 100 seconds
        run.command("pace", steps_per_second=None)
        run.command("resume")
        at = run.state()["step"]
        wait_for(lambda: run.state()["step"] > at + 100)
        run.command("stop")

    assert trained(run, user) == "stopped"


def test_a_run_to_be_watched_takes_its_time_and_is_asked_before_its_first_step(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", exact())
    run.command("set", changes={LR: 0.05})
    run.command("pace", seconds=1.5)
    began = time.monotonic()
    assert worker.main(run.path) == "finished"
    took, state = time.monotonic() - began, run.state()
    assert [record["step"] for record in run.changes()] == [0], "it holds from the first step on"
    assert state["pace_seconds"] == 1.5 and state["pace"] == pytest.approx(state["steps"] / 1.5)
    assert took > 1.3 and state["seconds"] < took - 0.2, "what it waited is no training time"


def test_what_takes_long_by_itself_is_not_slowed_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(steering.time, "monotonic", lambda: now[0])
    steers, loop = steering.Steering(RunFolder(tmp_path)), SimpleNamespace(step=0, steps=1000, expected_seconds=2.0)

    def pace(**payload: float) -> tuple[float | None, float | None]:
        steers.take(Command("pace", payload), loop, False)  # type: ignore[arg-type]
        return steers.pace, steers.pace_seconds

    assert pace(seconds=10) == (100, 10)
    now[0], loop.step = 0.5, 60
    assert steers.wait(loop) == pytest.approx(0.1), "ten steps too far"  # type: ignore[arg-type]
    for _ in range(5):  # a machine that takes a second for a step never has to wait
        now[0], loop.step = now[0] + 1, loop.step + 1
        assert steers.wait(loop) == 0  # type: ignore[arg-type]
    assert (steers.pace, steers.pace_seconds) == (None, None)
    loop.expected_seconds = 100.0
    assert pace(seconds=10) == (None, None)
    loop.expected_seconds, loop.steps = 0.1, 8
    assert pace(seconds=10) == (5, 10), "no slower than five steps a second"
    with pytest.raises(WrongInput, match="above 0"):
        pace(seconds=0)


def test_a_pause_comes_within_a_moment(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", exact(epochs=1_000_000))
    took = []

    def user() -> None:
        wait_for(lambda: run.status() == "running")
        for _ in range(9):
            time.sleep(0.12)
            began = time.process_time()
            run.command("pause")
            wait_for(lambda: paused_at(run))
            took.append(time.process_time() - began)
            run.command("resume")
            wait_for(lambda: run.status() == "running")
        run.command("stop")

    trained(run, user)
    # seconds of this process's work, in which it went on training: those of the clock hang on the machine's other work
    assert sorted(took)[4] < 0.3, took  # 0.03 as a rule


CHANGES = {LR: 0.02, "optimization.regularizers.0.strength": 0.01, "training.batch_size": 7, "training.epochs": 5}
EDIT = {"role": "model", "node": "hidden", "name": "weight", "index": [3, 1], "value": 0.5}


def changing(run: RunFolder) -> None:
    run.command("set", changes=CHANGES)
    run.command("weight", **EDIT)


def test_changes_are_made_told_and_part_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", exact())
    asking(monkeypatch, {20: changing})
    assert worker.main(run.path) == "finished", run.state()
    told = [record for record in read_events(run.events_file) if record["type"] == "change"]
    assert [record["what"] for record in told] == [*CHANGES, "weight"]
    assert all(record["step"] == 20 and record["epoch"] == pytest.approx(20 / 14, abs=1e-3) for record in told)
    assert told[0]["from"] == 0.1 and told[0]["to"] == 0.02
    assert told[-1]["to"] == 0.5 and told[-1]["index"] == [3, 1] and told[-1]["from"] != 0.5
    assert run.state()["epoch"] == 5
    assert run.spec_document()["training"]["epochs"] == 6, "what was asked at first stays"
    before, after = run.settings_at(19), run.settings_at(20)
    assert before["training"]["batch_size"] == 10 and after["training"]["batch_size"] == 7
    assert after == run.settings_at() and after["optimization"]["optimizer"]["lr"] == 0.02
    rates = [record["lr"] for record in read_events(run.events_file) if record["type"] == "train"]
    assert max(rates[21:]) < 0.02 < min(rates[:20]), "the schedule goes on from the new base"


@pytest.mark.parametrize("killed", [20, 21, 33])
def test_a_killed_run_makes_its_changes_again(tmp_path: Path, killed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last checkpoint is from before the changes (or of their very step): the curve is the same all the same."""
    whole, cut = make_run(tmp_path / "whole", exact()), make_run(tmp_path / "cut", exact())
    with monkeypatch.context() as patch:
        asking(patch, {20: changing, 40: lambda run: run.command("set", changes={LR: 0.3})})
        assert worker.main(whole.path) == "finished", whole.state()

    def kill(run: RunFolder) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        at = {20: changing, killed: kill} if killed != 20 else {20: changing, 21: kill}
        asking(patch, at)
        save = Recorder.checkpoint
        upto = 20 if killed == 20 else 15
        patch.setattr(Recorder, "checkpoint", lambda self, loop: save(self, loop) if loop.step <= upto else None)
        changed = Recorder._changed

        def saved_before(self: Recorder, loop: Loop, made: Any) -> None:
            changed(self, loop, made)
            self.to_disk(self.events.flush)

        patch.setattr(Recorder, "_changed", saved_before)
        with pytest.raises(KeyboardInterrupt):
            worker.main(cut.path)
    assert max(cut.checkpoints.is_dir() and [int(p.stem) for p in cut.checkpoints.glob("*[0-9].json")] or [0]) <= 20
    torch.manual_seed(99)
    with monkeypatch.context() as patch:
        asking(patch, {40: lambda run: run.command("set", changes={LR: 0.3})})
        assert worker.main(cut.path, resume=True) == "finished", cut.state()
    assert curve(cut) == curve(whole)
    assert len(cut.changes()) == len(whole.changes()) == 6


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({LR: -1}, "more than 0"),
        ({LR: "fast"}, "number"),
        ({LR: True}, "number"),
        ({"data.kind": "Iris"}, "fork"),
        ({"training.epochs": 1}, "epoch"),
        ({"training.batch_size": 0}, "1"),
        ({"optimization.regularizers.3.strength": 1}, "regularizers"),
        ({LR: 0.3, "networks.model.hidden.out_features": 5}, "fork"),
        (None, "changes"),
        ([], "changes"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    tmp_path: Path, asked: Any, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, plain = make_run(tmp_path / "run", exact(3)), make_run(tmp_path / "plain", exact(3))
    assert worker.main(plain.path) == "finished"
    asking(monkeypatch, {20: lambda run: run.command("set", changes=asked)})
    assert worker.main(run.path) == "finished"
    refused = run.state()["refused"]
    assert refused["what"] == "set" and why in refused["why"], refused
    assert any(record["type"] == "mark" and why in record["text"] for record in read_events(run.events_file))
    assert run.changes() == [] and curve(run) == curve(plain), "nothing of it was done"


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "critic"}, {"node": "hiden"}, {"name": "weigth"}, {"index": [8, 0]}, {"index": [0]}, {"index": None},
        {"value": None}, {"value": 1e40}, {"index": [-1, 0]}, {"role": ["model"]}, {"node": {}}, {"name": [1]},
    ],
)  # fmt: skip
def test_a_weight_that_is_not_there_is_refused(
    tmp_path: Path, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", exact(2))
    asking(monkeypatch, {5: lambda run: run.command("weight", **{**EDIT, **wrong})})
    assert worker.main(run.path) == "finished", run.state()
    assert run.state()["refused"]["what"] == "weight" and run.changes() == []


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("weight", {**EDIT, "value": 10**30}),
        ("weight", {**EDIT, "index": list(range(5000))}),
        ("step", {"steps": 10**400}),
        ("pace", {"steps_per_second": 10**400}),
        ("set", {"changes": {f"optimization.regularizers.{'9' * 5000}.strength": 1}}),
        ("set", {"changes": {"training.epochs": 10**30}}),
    ],
)
def test_huge_numbers_do_not_end_a_run(
    tmp_path: Path, name: str, payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", exact(2))
    asking(monkeypatch, {5: lambda run: run.command(name, **payload)})
    assert worker.main(run.path) == "finished", run.state()
    refused = run.state().get("refused")
    assert refused is None and run.changes()[0]["to"] == 1e30 or refused and len(refused["why"]) <= 500


def test_a_damaged_change_does_not_keep_a_run_from_going_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run", exact(3))

    def kill(run: RunFolder) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        asking(patch, {5: lambda run: run.command("set", changes={LR: 0.02}), 9: kill})
        patch.setattr(Recorder, "checkpoint", lambda self, loop: None)
        with pytest.raises(KeyboardInterrupt):
            worker.main(run.path)
    with run.events_file.open("a") as file:
        for line in (
            "{}",
            '{"what":"weight"}',
            '{"what":7,"to":1}',
            '{"what":"a.b","to":1}',
            '{"what":"weight","to":[]}',
        ):
            file.write('{"type":"change","step":6,' + line[1:].replace("}", "").lstrip(",") + "}\n")
        file.write('{"type":"change","step":6,"epoch":0.4,"what":"weight","role":[],"node":{},"to":1}\n')
    assert worker.main(run.path, resume=True) == "finished", run.state()
    assert run.settings_at()["optimization"]["optimizer"]["lr"] == 0.02


def test_a_pause_forgets_the_steps_that_were_still_to_be_taken(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", exact(epochs=100_000))

    def user() -> None:
        wait_for(lambda: run.status() == "running")
        run.command("pace", steps_per_second=10)
        run.command("step", steps=100_000)
        wait_for(lambda: run.state().get("pace") == 10)
        run.command("pause")
        wait_for(lambda: paused_at(run))
        run.command("pace", steps_per_second=None)
        at = run.state()["step"]
        run.command("step", steps=2)
        wait_for(lambda: run.state()["step"] > at)
        wait_for(lambda: paused_at(run))
        assert run.state()["step"] == at + 2
        run.command("stop")

    assert trained(run, user) == "stopped"


def test_a_paused_run_obeys(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", exact(epochs=100_000))

    def user() -> None:
        wait_for(lambda: run.status() == "running")
        run.command("pause")
        wait_for(lambda: paused_at(run))
        run.command("set", changes={LR: 0.03})
        run.command("weight", **EDIT)
        wait_for(lambda: len(run.changes()) == 2)
        assert paused_at(run) and run.settings_at()["optimization"]["optimizer"]["lr"] == 0.03
        assert {record["step"] for record in run.changes()} == {run.state()["step"]}
        run.command("stop")

    assert trained(run, user) == "stopped"
