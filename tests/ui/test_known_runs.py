"""What lists know of runs: kept in a file, read again where a run has changed, never trusted where it is damaged."""

from __future__ import annotations

import json
import os

import pytest

from dlviz.runs.store import Store
from dlviz.ui import known_runs, overview


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(known_runs, "_WORTH", 1)
    known_runs.known_runs.cache_clear()
    return Store(tmp_path)


def listed(store):
    """The list as another process would make it: nothing is known but what lies on the disk."""
    known_runs.known_runs.cache_clear()
    return overview.overviews(store.runs())


def finished(store, title, accuracy):
    run = store.create({"version": 1, "title": title, "data": {"kind": "Digits"}})
    run.write_state({"status": "finished", "epoch": 3, "epochs": 3, "metrics": {"test": {"accuracy": accuracy}}})
    return run


def test_a_run_that_did_not_change_is_not_read_again(store, monkeypatch):
    finished(store, "one", 0.9)
    first = listed(store)
    monkeypatch.setattr(overview, "_read", lambda run: pytest.fail("it was read again"))
    assert listed(store) == first
    assert (first[0].name, first[0].value) == ("one", 0.9)


def test_a_run_that_changed_is_read_again(store):
    run = finished(store, "one", 0.9)
    listed(store)
    state = run.state()
    run.write_state(state | {"metrics": {"test": {"accuracy": 0.5}}})
    os.utime(run.path / "state.json", ns=(1, 1))
    assert listed(store)[0].value == 0.5


def test_a_deleted_run_is_forgotten(store):
    gone = finished(store, "gone", 0.9)
    listed(store)
    store.delete(gone.id)
    kept = finished(store, "kept", 0.8)
    assert [each.id for each in listed(store)] == [kept.id]
    rows = json.loads((store.folder.parent / "cache" / "overviews.json").read_text())["rows"]
    assert list(rows) == [kept.id]


@pytest.mark.parametrize("change", [
    lambda text: text[: len(text) // 2],
    lambda text: "[]",
    lambda text: text.replace('"one"', "17"),
    lambda text: text.replace('"version": 1', '"version": 99'),
    lambda text: text.replace("0.9", '"a lot"'),
])  # fmt: skip
def test_a_damaged_file_is_passed_over(store, change):
    finished(store, "one", 0.9)
    listed(store)
    file = store.folder.parent / "cache" / "overviews.json"
    whole = file.read_text()
    assert change(whole) != whole
    file.write_text(change(whole))
    assert [(each.name, each.value) for each in listed(store)] == [("one", 0.9)]


def test_an_unknown_status_does_not_hide_the_list(store):
    run = finished(store, "one", 0.9)
    run.write_state({"status": "dancing"})
    assert [each.status for each in listed(store)] == ["interrupted"]
