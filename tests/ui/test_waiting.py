"""A run that waits says why, and whoever watches it sees to it that somebody will start it."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from dlviz.core.process import alive
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.ui import waiting
from tests.ui import waits

QUICK = {"version": 1, "title": "Quick", "data": {"kind": "Iris"}, "training": {"epochs": 2}, "seed": 1}


@pytest.fixture
def queue(dlviz_home, monkeypatch):
    """A queue without a host, which notes how often one was asked for."""
    calls = []
    monkeypatch.setattr(Queue, "warm", lambda self: calls.append(self.home))
    made = Queue(dlviz_home)
    made.asked = calls
    return made


def hosted(queue, monkeypatch):
    me = psutil.Process()
    monkeypatch.setattr(queue, "host", lambda: {"pid": me.pid, "pid_started": me.create_time(), "ready": True})


def test_the_reason_names_who_is_trained_now(queue, monkeypatch):
    assert "which takes a few seconds" in waiting.reason(queue, 0, [])
    hosted(queue, monkeypatch)
    assert waiting.reason(queue, 0, []) == "It is the next in the queue. It starts in a moment."
    said = waiting.reason(queue, 2, ["Cats"])
    assert said.startswith("2 runs ahead of it in the queue. This machine is busy with **Cats**:")
    assert "busy with **Cats**, **Dogs** and 1 other:" in waiting.reason(queue, 0, ["Cats", "Dogs", "Cows"])


def test_it_says_when_it_will_start(monkeypatch):
    monkeypatch.setenv("DLVIZ_PLACES", "1")
    running = [{"seconds_left": 60.0}]
    assert waiting.when(0, running, []) == "Expected to start in about 60 s."
    assert waiting.when(1, running, [120.0, 100.0, 140.0]) == "Expected to start in about 3 min."
    assert waiting.when(1, running, []) == "", "nobody knows how long the run before it takes"
    assert waiting.when(0, [{}], [120.0]) == ""
    assert waiting.when(0, [], []) == "", "it starts at once"


def test_a_page_that_shows_a_waiting_run_asks_for_a_host(queue, dlviz_home, one_page):
    run = Store(dlviz_home).create(QUICK)
    queue.submit(run)
    queue.asked.clear()
    assert not one_page("train", run=run.id).run().exception
    assert queue.asked
    queue.asked.clear()
    assert not one_page("runs").run().exception
    assert queue.asked


def test_a_run_that_fell_out_of_the_queue_can_be_put_back(queue, dlviz_home, one_page):
    run = Store(dlviz_home).create(QUICK)
    test = one_page("train", run=run.id).run()
    assert "no longer in the queue" in test.warning[0].value
    next(each for each in test.button if each.key == "requeue").click().run()
    assert not test.exception
    assert queue.position(run) == 0


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_host_killed_while_a_run_waits_is_started_anew_by_the_page(tab, served):
    queue = Queue(served.home)
    queue.warm()
    waits.until(tab.page, lambda: queue.host().get("ready"), "no host came up")
    host = queue.host()
    os.kill(host["pid"], signal.SIGSTOP)  # it lives, and takes nothing out of the queue
    run = Store(served.home).create(QUICK)
    queue.submit(run)
    page = tab.open(f"/train?run={run.id}")
    page.get_by_text("It is the next in the queue.").wait_for()
    os.kill(host["pid"], signal.SIGKILL)
    page.get_by_text("finished").first.wait_for(timeout=180_000)
    new = queue.host()
    assert new["pid"] != host["pid"] and alive(new["pid"], new["pid_started"])
