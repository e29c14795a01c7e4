"""The pages Home, Train and Runs, each in its states, without a browser."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from dlviz.core.files import write_json
from dlviz.core.values import Matrix, Value
from dlviz.runs.drafts import Drafts
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from dlviz.ui import chrome, control_route
from dlviz.ui.overview import overviews

SPEC = {"version": 1, "title": "My digits", "data": {"kind": "Digits"}, "seed": 1}


@pytest.fixture(autouse=True)
def no_host(monkeypatch):
    """Nothing is trained here: the queue only takes notes."""
    monkeypatch.setattr(Queue, "warm", lambda self: None)


@pytest.fixture
def make(dlviz_home):
    """`make("finished", …)`: a run in this state, with a few points."""

    def made(status, document=SPEC, **state):
        me = psutil.Process()
        run = Store(dlviz_home).create(document)
        run.write_state({"status": status, "epoch": 3, "epochs": 10, "error": None, "pid": me.pid,
                         "pid_started": me.create_time(), **state})  # fmt: skip
        log = EventLog(run.events_file)
        log.add("train", 1, epoch=0.1, loss=2.0)
        log.flush()
        return run

    return made


RESULT = {
    "name": "accuracy",
    "value": 0.97,
    "low": 0.94,
    "high": 0.99,
    "baseline": 0.1,
    "baseline_name": "always saying “1”",
}


def button(test, key):
    return next(each for each in test.button if each.key == key)


def text(test):
    return "\n".join(each.value for each in [*test.markdown, *test.caption, *test.error, *test.warning, *test.info])


def test_home_is_quick_to_understand_when_empty(one_page):
    test = one_page("home").run()
    assert not test.exception
    assert test.title[0].value == "See a neural network learn"
    assert "Go on where you were" not in [each.value for each in test.subheader]
    assert len([each for each in test.button if str(each.key).startswith("train-")]) >= 6


def test_one_click_trains(one_page, dlviz_home):
    test = one_page("home").run()
    button(test, "first").click().run()
    assert not test.exception
    (run,) = Store(dlviz_home).runs()
    assert run.spec_document()["data"] == {"kind": "Digits"}
    assert Queue(dlviz_home).position(run) == 0
    assert test.title[0].value == "Train" and test.query_params["run"] == run.id


def test_home_offers_recent_runs(one_page, make):
    run = make("finished", metrics={"test": {"accuracy": 0.97}})
    test = one_page("home").run()
    assert "test accuracy 97 %" in text(test)
    button(test, f"open-{run.id}").click().run()
    assert test.title[0].value == "Train"


def test_train_without_anything_leads_on(one_page):
    test = one_page("train").run()
    assert not test.exception
    assert "Nothing to train yet" in text(test)


def test_train_starts_from_a_draft(one_page, dlviz_home):
    draft = Drafts(dlviz_home).new(SPEC | {"training": {"epochs": 3}})
    test = one_page("train", draft=draft).run()
    assert "3 epochs" in text(test)
    button(test, "start").click().run()
    (run,) = Store(dlviz_home).runs()
    assert run.spec_document()["training"] == {"epochs": 3}
    assert test.query_params["run"] == run.id and test.query_params["draft"] == draft


def row(test):
    """What the page gave to the row that steers the run."""
    protos = [each.proto for each in test.main if each.type == "bidi_component"]
    (found,) = [json.loads(proto.json) for proto in protos if proto.component_name == "dlviz.controls"]
    return found


@pytest.mark.parametrize(
    ("status", "first", "main"),
    [
        ("queued", None, []),
        ("starting", None, []),
        ("running", None, []),
        ("paused", None, []),  # the row itself makes Resume the main button
        ("finished", ("Train again", False), ["next-runs"]),
        ("stopped", ("Try again", True), []),
        ("failed", ("Try again", False), ["mend"]),
        ("interrupted", ("Try again", True), []),
    ],
)
def test_each_status_has_its_first_button_and_one_that_leads_on(one_page, make, status, first, main):
    run = make(status)
    if status == "queued":
        Queue(run.path.parents[1]).submit(run)
    test = one_page("train", run=run.id).run()
    assert not test.exception
    given = row(test)
    assert (given["run"], given["status"]) == (run.id, status)
    said = given["first"]
    assert (said and (said["label"], said["main"])) == first
    assert [each.key for each in test.button if each.proto.type == "primary"] == main


def test_a_stopped_run_shows_how_good_it_is_and_leads_on(one_page, make):
    run = make("stopped", result=RESULT)
    write_json(run.path / "gallery" / "test.json", [])
    test = one_page("train", run=run.id).run()
    assert test.metric[0].value == "97 %"
    assert "Stopped before its end" in text(test)
    assert [each.key for each in test.button if each.proto.type == "primary"] == ["next-explain"]


def test_a_waiting_run_says_how_many_stand_before_it_and_can_be_withdrawn(one_page, dlviz_home, make):
    queue = Queue(dlviz_home)
    before, run = make("queued"), make("queued")
    queue.submit(before)
    queue.submit(run)
    test = one_page("train", run=run.id).run()
    assert "1 run ahead of it" in text(test)
    assert control_route.send(run.id, "stop", {})["status"] == "stopped"
    assert run.status() == "stopped" and queue.position(run) is None


def test_a_failed_run_says_why_and_what_to_do(one_page, dlviz_home, make):
    run = make("failed", error="The loss became NaN in the layer fc1. Make the learning rate smaller.")
    test = one_page("train", run=run.id).run()
    assert "NaN in the layer fc1" in test.error[0].value
    button(test, "mend").click().run()
    assert Drafts(dlviz_home).read(test.query_params["draft"])["data"] == SPEC["data"]


def test_an_interrupted_run_can_go_on(one_page, dlviz_home, make):
    run = make("running", pid=2**22 + 1)
    run.checkpoints.mkdir()
    test = one_page("train", run=run.id).run()
    assert "is gone" in test.warning[0].value
    assert row(test)["first"]["label"] == "Resume" and row(test)["first"]["does"] == "resume"


def test_a_finished_run_tells_its_result_in_words(one_page, make):
    run = make("finished", result=RESULT)
    write_json(run.path / "data.json", {"sizes": {"test": 270}})
    names = ("cat", "dog")
    Value(Matrix(rows=names, columns=names), np.eye(2), "Confusion matrix").save(run.views / "test" / "confusion")
    write_json(run.path / "gallery" / "test.json", [])
    test = one_page("train", run=run.id).run()
    assert not test.exception
    assert test.metric[0].value == "97 %"
    said = text(test)
    assert "270 test examples" in said and "between 94 % and 99 %" in said
    assert "clearly better than always saying “1” (10 %)" in said
    assert "**Confusion matrix**" in said


def test_a_result_no_better_than_a_guess_is_said_to_be(one_page, make):
    run = make("finished", result=RESULT | {"value": 0.12, "low": 0.08, "high": 0.16})
    assert "not clearly better" in text(one_page("train", run=run.id).run())


def test_a_generator_tells_what_it_covers(one_page, make):
    run = make("finished", metrics={"test": {"loss": 2.0, "coverage": 0.9, "precision": 0.887, "modes": 1.0}})
    test = one_page("train", run=run.id).run()
    assert [(each.label, each.value) for each in test.metric] == [
        ("coverage", "90 %"), ("precision", "88.7 %"), ("modes", "100 %"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["no-such-run", "../../etc/passwd"])
def test_a_wrong_address_leads_on_instead_of_failing(one_page, name):
    test = one_page("train", run=name).run()
    assert not test.exception
    assert "Nothing to train yet" in text(test)


def test_a_view_that_is_half_written_is_passed_over(one_page, make):
    run = make("running")
    run.views.mkdir()
    (run.views / "confusion.json").write_text("{")
    assert not one_page("train", run=run.id).run().exception


def test_runs_is_empty_at_first(one_page):
    test = one_page("runs").run()
    assert not test.exception and "No run yet" in text(test)


def test_runs_lists_filters_and_compares(one_page, make):
    for number in range(3):
        make("finished", SPEC | {"title": f"Run {number}", "seed": number}, metrics={"test": {"accuracy": 0.9}})
    make("failed", SPEC | {"title": "Broken"}, error="no")
    test = one_page("runs").run()
    assert not test.exception
    assert len(test.dataframe[0].value) == 4
    assert test.table[0].value["Setting"].tolist() == ["Seed"]
    test.text_input[0].set_value("broken").run()
    assert test.dataframe[0].value["Run"].tolist() == ["Broken"]


def test_500_runs_are_listed_in_no_time(dlviz_home):
    """Read for the first time: 300 ms of this process's time at most."""
    store = Store(dlviz_home)
    for number in range(500):
        folder = store.folder / f"20260101-000000-{number:04x}"
        folder.mkdir(parents=True)
        (folder / "spec.json").write_text(json.dumps(SPEC | {"seed": number}))
        (folder / "state.json").write_text(json.dumps({"status": "finished", "metrics": {"test": {"accuracy": 0.9}}}))
    began = time.process_time()
    found = overviews(store.runs())
    assert time.process_time() - began < 0.3
    assert len(found) == 500 and found[0].figure == "test accuracy 90 %"


def test_the_ticked_runs_are_those_in_the_address(one_page, make):
    runs = sorted((make("finished", SPEC | {"seed": number}) for number in range(3)), key=lambda run: run.id)
    test = one_page("runs", runs=f"{runs[0].id},no-such-run,{runs[2].id}").run()
    assert not test.exception
    assert test.query_params["runs"] == f"{runs[2].id},{runs[0].id}"
    assert len(test.table[0].value.columns) == 3  # the setting, and a column for each of the two


def test_a_deleted_run_comes_back(one_page, dlviz_home, make):
    run = make("finished")
    store = Store(dlviz_home)
    test = one_page("runs").run()
    store.delete(run.id)
    test.session_state["deleted"] = [run.id]
    test.run()
    assert "1 run deleted." in text(test)
    button(test, "undo").click().run()
    assert not test.exception
    assert [each.id for each in store.runs()] == [run.id]


def test_the_pages_need_no_torch():
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; from streamlit.util import calc_hash\n"
        "for name in ('', 'train', 'runs'):\n"
        "    test = AppTest.from_file('dlviz/ui/navigation.py', default_timeout=240)\n"
        "    test._page_hash = calc_hash(name) if name else ''\n"
        "    assert not test.run().exception\n"
        "heavy = {'torch', 'captum', 'shap', 'lime', 'sklearn', 'torchmetrics'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=chrome.ROOT, check=True, capture_output=True)
