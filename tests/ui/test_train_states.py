"""The page Train in each of its states, without a browser: what it offers, what it tells, what it passes over."""

from __future__ import annotations

import json

import numpy as np
import psutil
import pytest

from dlviz.core.files import write_json
from dlviz.core.frames import Frame
from dlviz.core.values import Matrix, Value
from dlviz.runs.drafts import Drafts
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from dlviz.training.moments import Moments

SPEC = {
    "version": 1, "title": "My digits", "data": {"kind": "Digits"}, "seed": 1,
    "optimization": {
        "optimizer": {"kind": "Adam", "lr": 0.01}, "schedule": {"kind": "Constant"},
        "regularizers": [{"kind": "L2", "strength": 0.001}], "augmentations": [],
    },
    "training": {"epochs": 10, "batch_size": 64},
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_host(monkeypatch):
    """Nothing is trained here: the queue only takes notes."""
    monkeypatch.setattr(Queue, "warm", lambda self: None)


@pytest.fixture
def make(dlviz_home):
    """`make("paused", …)`: a run in this state after 30 steps."""

    def made(status, **state):
        me = psutil.Process()
        run = Store(dlviz_home).create(SPEC)
        run.write_state({"status": status, "epoch": 3, "epochs": 10, "step": 30, "steps": 100, "error": None,
                         "pid": me.pid, "pid_started": me.create_time(), **state})  # fmt: skip
        log = EventLog(run.events_file)
        log.add("train", 1, epoch=0.1, loss=2.0)
        log.flush()
        run.checkpoints.mkdir()
        return run

    return made


@pytest.fixture
def open_page(one_page):
    def opened(run, **params):
        test = one_page("train", run=run.id, **params).run()
        assert not test.exception
        return test

    return opened


def given(test, component):
    """What the page gave to a component."""
    protos = [each.proto for each in test.main if each.type == "bidi_component"]
    found = [json.loads(proto.json) for proto in protos if proto.component_name == f"dlviz.{component}"]
    return found[0] if found else None


def text(test):
    return "\n".join(each.value for each in [*test.markdown, *test.caption, *test.error, *test.warning, *test.info])


def button(test, key):
    return next(each for each in test.button if each.key == key)


def confusion(folder, title):
    Value(Matrix(rows=("a", "b"), columns=("a", "b")), np.eye(2), title).save(folder / "confusion")


@pytest.mark.parametrize("status", ["starting", "running", "paused", "finished", "stopped", "failed", "interrupted"])
def test_what_stands_on_the_page_stands_there_in_every_state(open_page, make, status):
    run = make(status)
    Moments(run.path / "moments").write(10, 1.0, [Frame("weights", 10)], {}, {})
    test = open_page(run)
    for component in ("controls", "live_chart", "time", "living_network"):
        assert given(test, component) is not None, component
    assert [each.label for each in test.expander][-2:] == ["Inside the layers", "Details"]
    assert button(test, "fork").label == "Fork" and not button(test, "fork").disabled


def test_on_what_it_computes_is_told_with_the_reasons(open_page, make):
    told = {
        "title": "2 threads · bfloat16",
        "because": ["It was 1.8 times as fast."],
        "declined": ["Kernel: too large."],
    }
    said = text(open_page(make("running", running_on=told)))
    assert "- It was 1.8 times as fast." in said and "- Kernel: too large." in said
    assert not open_page(make("running", running_on={"title": 7, "because": "x"})).exception


def test_a_moment_of_the_past_shows_its_own_pictures(open_page, make):
    run = make("running")
    confusion(run.views, "As it is now")
    moments = Moments(run.path / "moments")
    kept = Value(Matrix(rows=("a", "b"), columns=("a", "b")), np.eye(2), "As it was")
    moments.write(10, 1.0, [Frame("weights", 10)], {"confusion": kept}, {})
    moments.write(20, 2.0, [Frame("weights", 20)], {}, {})
    assert "As it is now" in text(open_page(run))
    past = text(open_page(run, at="20"))
    assert "As it was" in past and "As it is now" not in past and "As it was at step 10" in past
    assert "the first picture that was kept is of step 10" in text(open_page(run, at="5"))
    assert given(open_page(run, at="20"), "time")["at"] == 20


@pytest.mark.parametrize("at", ["x", "-1", "1e9", "99999999999999999999", ""])
def test_a_step_that_is_none_is_now(open_page, make, at):
    run = make("running")
    confusion(run.views, "As it is now")
    assert "As it is now" in text(open_page(run, at=at))


def test_a_fork_links_to_its_parent_and_a_parent_to_its_forks(open_page, make, dlviz_home):
    parent = make("finished")
    child = make("running", parent=parent.id, parent_step=20)
    again = make("running", parent=parent.id)  # trained again from the start: that is no fork
    links = [each.proto.label for each in open_page(child).main if each.type == "page_link"]
    assert links == ["Forked at step 20 of My digits"]
    links = [each.proto.label for each in open_page(parent).main if each.type == "page_link"]
    assert links == ["Fork at step 20: My digits"]
    assert not [each for each in open_page(again).main if each.type == "page_link"]
    Store(dlviz_home).delete(parent.id)
    assert "of a run that has been deleted" in text(open_page(child))


def dialog_alone():
    """The dialog on a page of its own: AppTest forgets a dialog that a button has opened."""
    import streamlit as st

    from dlviz.ui import forks

    forks.dialog(st.query_params["run"], 20)


def test_a_fork_is_asked_for_with_what_differs(make, monkeypatch):
    from streamlit.testing.v1 import AppTest

    asked, went = {}, []
    run = make("paused")
    write_json(run.checkpoints / "best.json", {"step": 15})

    def fork(self, parent, step, changes, title=""):
        asked.update(parent=parent.id, step=step, changes=changes)
        return make("queued")

    monkeypatch.setattr(Store, "fork", fork)
    monkeypatch.setattr("dlviz.ui.chrome.go", lambda name, params: went.append((name, params)))
    test = AppTest.from_function(dialog_alone, default_timeout=240)
    test.query_params["run"] = run.id
    test.run()
    assert not test.exception and "Nothing is changed yet" in text(test)
    assert test.radio[0].options == ["the moment you look at: step 20", "now: step 30", "the best so far: step 15"]
    next(each for each in test.number_input if each.label == "Batch size").set_value(32).run()
    assert "1 change: batch size: 64 → **32**" in text(test)
    button(test, f"fork-{run.id}~go").click().run()
    assert not test.exception
    assert asked == {"parent": run.id, "step": 20, "changes": {"training.batch_size": 32}}
    assert went[0][0] == "train" and went[0][1]["run"] != run.id


def test_from_its_end_a_fork_is_offered_further_epochs(make):
    from dlviz.ui.forks import _proposed

    assert _proposed(SPEC, {"steps": 100}, 100)["training"] == {"epochs": 20, "batch_size": 64}
    assert _proposed(SPEC, {"steps": 100}, 99) == SPEC


def test_what_differs_is_told_by_its_place():
    from dlviz.ui.forks import differences

    after = json.loads(json.dumps(SPEC))
    assert differences(SPEC, after) == {}
    after["optimization"]["optimizer"]["lr"] = 0.1
    after["optimization"]["regularizers"][0]["strength"] = 0.5
    assert differences(SPEC, after) == {
        "optimization.optimizer.lr": 0.1, "optimization.regularizers.0.strength": 0.5
    }  # fmt: skip
    after["optimization"]["optimizer"] = {"kind": "SGD"}
    after["optimization"]["regularizers"] = []
    assert differences(SPEC, after) == {
        "optimization.optimizer": {"kind": "SGD"}, "optimization.regularizers": []
    }  # fmt: skip


def test_a_search_for_the_rate_ends_in_the_draft(one_page, dlviz_home):
    draft = Drafts(dlviz_home).new(SPEC)
    test = one_page("train", draft=draft, folds="finder").run()
    button(test, f"{draft}.finder.go").click().run()
    assert not test.exception and "waits for a free place" in text(test)
    (folder,) = (dlviz_home / "finds").iterdir()
    write_json(folder / "answer.json", {"lr": [1e-4, 1e-3, 1e-2], "loss": [2.0, 1.0, None], "suggestion": 0.003,
                                        "why": "There the loss falls fastest."})  # fmt: skip
    write_json(folder / "state.json", {"status": "done"})
    test.run()
    assert not test.exception and "There the loss falls fastest." in text(test)
    button(test, f"{draft}.finder.use").click().run()
    assert Drafts(dlviz_home).read(draft)["optimization"]["optimizer"]["lr"] == 0.003


def test_a_repetition_opens_all_its_runs(one_page, dlviz_home):
    draft = Drafts(dlviz_home).new(SPEC)
    test = one_page("train", draft=draft).run()
    next(each for each in test.number_input if each.label == "How often").set_value(3).run()
    button(test, "repeat").click().run()
    assert not test.exception and test.title[0].value == "Runs"
    assert sorted(run.spec_document()["seed"] for run in Store(dlviz_home).runs()) == [1, 2, 3]


@pytest.mark.parametrize(
    "name", ["spec.json", "state.json", "events.jsonl", "signals.jsonl", "doctor.json", "moments/latest.json",
             "moments/10/moment.json", "moments/10/views/confusion.json", "checkpoints/best.json"],
)  # fmt: skip
def test_damaged_files_are_passed_over(open_page, make, name):
    run = make("paused")
    Moments(run.path / "moments").write(10, 1.0, [Frame("weights", 10)], {}, {})
    file = run.path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    for content in (b'{"step": ', b"[]\xff\x00"):
        file.write_bytes(content)
        open_page(run, at="10", folds="signals")
