"""The budget for looking, with a clock made by hand: its share holds, and everybody has a turn."""

from __future__ import annotations

import time

import pytest

from dlviz.training.budget import Budget
from dlviz.training.own_time import Clock, own_time


class Hand:
    """A clock that goes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def train(budget: Budget, clock: Hand, costs: dict[str, float], seconds: float, every: float = 0.25) -> dict[str, int]:
    """Train so long, look around each quarter of a second; how often each had a turn."""
    turns = dict.fromkeys(costs, 0)
    budget.begin()
    end = clock.now + seconds
    while clock.now < end:
        clock.now += every
        chosen = budget.choose({name: () for name in costs})
        if chosen:
            with budget.looking():
                for name in chosen:
                    clock.now += costs[name]
                    budget.spend(name, costs[name])
                    turns[name] += 1
    return turns


@pytest.mark.parametrize(
    "costs",
    [
        {"cheap": 0.001},
        {"cheap": 0.001, "middle": 0.03, "dear": 0.4},
        {f"p{number}": 0.002 * 2**number for number in range(9)},
        {"dear": 5.0, "dearer": 9.0},
    ],
)
def test_the_share_holds_whatever_it_costs(costs: dict[str, float]) -> None:
    clock = Hand()
    budget = Budget(share=0.04, advance=0.06, clock=clock)
    for name in costs:
        budget.enter(name)
    turns = train(budget, clock, costs, 4000)
    assert budget.looked / budget.trained <= 0.04 * 1.02, turns
    assert min(turns.values()) >= 5, turns  # each has its turn
    assert budget.looked == pytest.approx(sum(costs[name] * turns[name] for name in costs))


def test_cheap_ones_come_at_every_look_and_dear_ones_take_what_is_left() -> None:
    clock = Hand()
    budget = Budget(clock=clock)
    costs = {"cheap": 0.001, "other": 0.002, "dear": 0.5}
    for name in costs:
        budget.enter(name)
    turns = train(budget, clock, costs, 1000)
    assert turns["cheap"] > 0.95 * 1000 / 0.26 and turns["other"] > 0.95 * 1000 / 0.26
    assert budget.looked / budget.trained > 0.035  # what the cheap ones leave is not lost
    assert turns["dear"] > 40


def test_a_guess_that_was_far_too_low_is_paid_back_before_the_next_turn() -> None:
    clock = Hand()
    budget = Budget(clock=clock)
    budget.enter("dear", guess=0.001)
    turns = train(budget, clock, {"dear": 10.0}, 240)
    assert turns["dear"] == 1
    turns = train(budget, clock, {"dear": 10.0}, 1000)
    assert 3 <= turns["dear"] <= 4


def test_what_several_share_is_paid_once() -> None:
    clock = Hand()
    budget = Budget(clock=clock)
    for name in ("a", "b", "pass"):
        budget.enter(name, guess=0.01)
    budget.begin()
    clock.now += 10
    assert sorted(budget.choose({"a": ("pass",), "b": ("pass",)})) == ["a", "b", "pass"]


def test_one_weighs_more_than_another() -> None:
    clock = Hand()
    budget = Budget(clock=clock)
    budget.enter("live", weight=4.0)
    budget.enter("rest", weight=1.0)
    turns = train(budget, clock, {"live": 0.08, "rest": 0.08}, 1000)
    assert 3 < turns["live"] / turns["rest"] < 5


def test_in_a_rest_nothing_is_earned_and_nothing_is_charged() -> None:
    clock = Hand()
    budget = Budget(clock=clock)
    budget.enter("a")
    train(budget, clock, {"a": 0.01}, 10)
    trained, looked, had = budget.trained, budget.looked, budget.accounts["a"].balance
    budget.rest()
    clock.now += 1000
    with budget.looking():
        clock.now += 5
        budget.spend("a", 5)
    assert (budget.trained, budget.looked, budget.accounts["a"].balance) == (trained, looked, had)
    budget.begin()
    clock.now += 1
    budget.choose({})
    assert budget.trained == pytest.approx(trained + 1)


def test_time_for_looking_is_no_time_of_training() -> None:
    clock = Hand()
    budget = Budget(clock=clock)
    budget.enter("a")
    budget.begin()
    clock.now += 2
    with budget.looking("a", turn=True):
        clock.now += 3
        with budget.looking("a"):
            clock.now += 1
    clock.now += 2
    budget.choose({})
    assert (budget.trained, budget.looked, budget.accounts["a"].spent) == pytest.approx((4, 4, 4))
    assert budget.accounts["a"].cost == 3  # what was not said to be a turn does not count as one


def test_who_leaves_leaves_what_it_had_to_the_others() -> None:
    clock = Hand()
    budget = Budget(advance=0.0, clock=clock)
    budget.enter("gone", guess=1.0)
    budget.enter("stays", guess=0.5)
    budget.begin()
    clock.now += 20  # 0.4 each
    assert not budget.affords("stays")
    budget.leave("gone")
    assert budget.affords("stays")


def test_the_sentence_says_what_it_takes_and_how_often_it_comes() -> None:
    clock = Hand()
    budget = Budget(clock=clock)
    budget.enter("dear")
    assert "not had its turn" in budget.sentence("dear")
    train(budget, clock, {"dear": 0.08}, 100)
    assert budget.sentence("dear") == "It takes 80 ms, so it is drawn about every 2 s."


def test_the_own_time_lies_between_that_of_the_processor_and_that_of_the_wall() -> None:
    clock = own_time()
    wall, began = time.monotonic(), clock()
    time.sleep(0.05)  # sleeping counts: so does waiting for a disk
    assert 0.04 < clock() - began <= time.monotonic() - wall + 1e-3
    beyond = []
    for _ in range(5):
        wall, began, used = time.monotonic(), clock(), time.thread_time()
        while time.thread_time() - used < 0.05:
            sum(range(1000))
        own, used, wall = clock() - began, time.thread_time() - used, time.monotonic() - wall
        assert used - 0.02 <= own <= wall + 1e-3
        beyond.append(own - used)
    if isinstance(clock, Clock):
        # others were at work meanwhile: that is not counted. (A machine that halts the whole process tells nobody.)
        assert min(beyond) <= 0.03
