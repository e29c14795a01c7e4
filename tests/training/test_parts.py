"""Calls side by side: all of them once, at once, in torch's own threads or in ours."""

from __future__ import annotations

import threading
from functools import partial

import numpy as np
import pytest
import torch

from dlviz.training.kernel import parts


@pytest.fixture(params=["torch's threads", "our threads"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "our threads":
        monkeypatch.setattr(parts, "_team", lambda: None)
    elif parts._team() is None:
        pytest.skip("torch has no OpenMP of GNU's here")


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("many", [1, 2, 3, 7])
def test_each_call_is_made_once(many: int) -> None:
    counts = np.zeros(many, int)

    def call(number: int) -> None:
        counts[number] += 1

    parts.side_by_side(*(partial(call, number) for number in range(many)))
    assert counts.tolist() == [1] * many


@pytest.mark.usefixtures("_way")
def test_two_calls_run_at_once() -> None:
    both = threading.Barrier(2)
    parts.side_by_side(*[partial(both.wait, 20)] * 2)  # a broken barrier raises: one had waited for the other's end


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("bad", [0, 1])
def test_what_a_call_raises_is_raised_and_the_other_was_made(bad: int) -> None:
    made = []

    def call(number: int) -> None:
        made.append(number)
        if number == bad:
            raise ValueError(f"call {number}")

    with pytest.raises(ValueError, match=f"call {bad}"):
        parts.side_by_side(partial(call, 0), partial(call, 1))
    assert sorted(made) == [0, 1]
    torch.ones(300, 300) @ torch.ones(300, 300)  # torch's threads still serve torch
    parts.side_by_side(lambda: None, lambda: None)


def test_where_torch_has_gnus_openmp_its_threads_are_used() -> None:
    if "OpenMP" not in torch.__config__.parallel_info() or not list(parts._places()):
        pytest.skip("torch has no OpenMP of GNU's here")
    assert parts._team() is not None
