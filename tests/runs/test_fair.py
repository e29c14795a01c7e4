"""Whose turn it is, and how long it takes: worked by hand."""

from __future__ import annotations

import pytest

from dlviz.core.problems import WrongInput
from dlviz.runs.fair import Limits, check_waiting, in_turn, starts_in
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store


def waiting(*names: str) -> list[tuple[str, dict[str, str]]]:
    """One entry a letter: whose it is, and which of theirs ("a1")."""
    return [(name, {"kind": "train", "workspace": name[0]}) for name in names]


def turns(entries: list[tuple[str, dict[str, str]]], *busy: str) -> list[str]:
    return [name for name, _ in in_turn(entries, busy)]


def test_workspaces_take_turns_and_each_keeps_its_order() -> None:
    assert turns(waiting("a1", "a2", "a3", "b1", "c1", "b2")) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_trains_already_waits_for_those_who_do_not() -> None:
    assert turns(waiting("a1", "a2", "b1"), "a", "a") == ["b1", "a1", "a2"]
    assert turns(waiting("a1", "b1"), "a", "b", "b") == ["a1", "b1"]


def test_thirty_runs_of_one_do_not_keep_another_waiting() -> None:
    order = turns(waiting(*(f"a{number}" for number in range(30)), "b1"))
    assert order.index("b1") == 1


@pytest.mark.parametrize(("ahead", "left", "usual", "places", "expected"), [
    (0, [], None, 2, 0.0),  # a place is free
    (0, [30.0], None, 2, 0.0),
    (0, [30.0, 10.0], None, 2, 10.0),  # when the first of those that train is done
    (1, [30.0, 10.0], 15.0, 2, 25.0),  # the next takes that place until 25
    (2, [30.0, 10.0], 15.0, 2, 30.0),
    (3, [30.0, 10.0], 15.0, 2, 40.0),
    (1, [30.0, 10.0], None, 2, None),  # nobody knows how long a run takes
    (0, [None, 10.0], 15.0, 2, None),  # nor this one
    (1, [30.0], 15.0, 2, 15.0),  # the one before it takes the free place
])  # fmt: skip
def test_when_a_run_starts(ahead, left, usual, places, expected) -> None:
    assert starts_in(ahead, left, usual, places) == expected


def test_one_workspace_cannot_fill_the_queue() -> None:
    limits = Limits(places=2, places_each=2, waiting_each=2)
    check_waiting(waiting("a1", "b1", "b2"), "a", limits)
    with pytest.raises(WrongInput, match="At most 2 runs of one workspace may wait. 2 do."):
        check_waiting(waiting("a1", "a2", "b1"), "a", limits)


def test_a_run_bears_its_workspace_into_the_queue(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Queue, "warm", lambda self: None)
    monkeypatch.setenv("DLVIZ_WAITING_EACH", "2")
    queue = Queue(tmp_path)
    document = {"version": 1, "data": {"kind": "Digits"}}
    mine = [Store(tmp_path, "mine").create(document) for _ in range(3)]
    yours = Store(tmp_path, "yours").create(document)
    for run in (mine[0], mine[1], yours):
        queue.submit(run)
    assert [queue.position(run) for run in (mine[0], yours, mine[1])] == [0, 1, 2]
    assert [queue.position(run, ["mine"]) for run in (yours, mine[0], mine[1])] == [0, 1, 2]
    with pytest.raises(WrongInput, match="At most 2 runs"):
        queue.submit(mine[2])
    assert queue.position(mine[2]) is None


@pytest.mark.parametrize("text", ["", "0", "-1", "many", "1e9", "99999999999", "²"])
def test_limits_that_make_no_sense_are_passed_over(text, monkeypatch) -> None:
    monkeypatch.setenv("DLVIZ_PLACES", text)
    assert Limits.of_environment().places >= 1
