"""Settings in flight: which may change, what is told of a change, what of one that was refused."""

from __future__ import annotations

import threading
import time

import psutil
import pytest

from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from dlviz.ui import in_flight

SPEC = {
    "version": 1, "data": {"kind": "Digits"}, "seed": 1,
    "optimization": {
        "optimizer": {"kind": "SGD", "lr": 0.01, "momentum": 0.9}, "schedule": {"kind": "Constant"},
        "regularizers": [{"kind": "L2", "strength": 0.001}, {"kind": "NoSuchThing"}], "augmentations": [],
    },
    "training": {"epochs": 10, "batch_size": 64},
}  # fmt: skip


@pytest.fixture
def run(dlviz_home):
    me = psutil.Process()
    made = Store(dlviz_home).create(SPEC)
    made.write_state({"status": "running", "pid": me.pid, "pid_started": me.create_time(), "step": 5, "epoch": 1})
    return made


def page():
    """The panel on a page of its own: AppTest opens no popover."""
    import streamlit as st

    from dlviz.ui import in_flight

    in_flight._panel(st.query_params["run"])


@pytest.fixture
def panel(run, monkeypatch):
    from streamlit.testing.v1 import AppTest

    monkeypatch.setattr(in_flight, "PATIENCE", 50)  # a busy machine may let the worker wait; whoever obeys ends it
    test = AppTest.from_function(page, default_timeout=240)
    test.query_params["run"] = run.id
    return test


class Worker(threading.Thread):
    """Obeys one command as `obey` says."""

    def __init__(self, run, obey):
        super().__init__()
        self.run_folder, self.obey, self.commands = run, obey, []
        self.start()

    def run(self):
        deadline = time.monotonic() + 100
        while not self.commands and time.monotonic() < deadline:
            self.commands = self.run_folder.commands()
            time.sleep(0.005)
        self.obey(self.run_folder)


def text(test):
    return "\n".join(each.value for each in [*test.markdown, *test.caption, *test.error])


def test_it_offers_the_numbers_as_they_stand_now(run, panel):
    log = EventLog(run.events_file)
    log.add("change", 4, epoch=1, what="training.batch_size", **{"from": 64, "to": 16})
    log.flush()
    panel.run()
    assert not panel.exception
    found = {each.label: each.value for each in [*panel.select_slider, *panel.slider, *panel.number_input]}
    assert found == {"Learning rate": 0.01, "Momentum": 0.9, "Strength": 0.001, "Epochs": 10, "Batch size": 16}


def test_a_change_goes_to_the_worker_and_is_told(run, panel):
    panel.run()

    def obey(folder):
        log = EventLog(folder.events_file)
        log.add("change", 1200, epoch=2.5, what="training.batch_size", **{"from": 64, "to": 32})
        log.flush()

    worker = Worker(run, obey)
    next(each for each in panel.number_input if each.label == "Batch size").set_value(32).run()
    worker.join()
    assert [(each.name, dict(each.payload)) for each in worker.commands] == [
        ("set", {"changes": {"training.batch_size": 32}})
    ]
    assert "Step 1,200: batch size 64 → 32." in text(panel)


def test_a_refused_change_is_told_with_the_reason(run, panel):
    panel.run()

    def obey(folder):
        refused = {"what": "set", "why": "training.epochs: must be at least 2.", "time": time.time()}
        folder.write_state({**folder.state(), "refused": refused})

    worker = Worker(run, obey)
    next(each for each in panel.number_input if each.label == "Epochs").set_value(1).run()
    worker.join()
    assert panel.error[0].value == "Epochs: must be at least 2."
    panel.run()
    assert next(each for each in panel.number_input if each.label == "Epochs").value == 10, "it shows what is not so"


def test_what_breaks_a_rule_is_told_at_its_field_and_never_sent(run, panel):
    panel.run()
    next(each for each in panel.number_input if each.label == "Batch size").set_value(0).run()
    assert len(panel.error) == 1 and not run.commands()


def test_a_slow_worker_is_waited_for_no_longer_than_a_moment(run, panel, monkeypatch):
    monkeypatch.setattr(in_flight, "PATIENCE", 0.05)
    panel.run()
    next(each for each in panel.number_input if each.label == "Epochs").set_value(20).run()
    assert "On its way" in text(panel)
    assert [each.name for each in run.commands()] == ["set"]
