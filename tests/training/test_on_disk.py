"""Examples that lie on disk: the very same batches and weights as from memory, whatever is read ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from dlviz.datasets import on_disk
from dlviz.datasets.data import Examples
from dlviz.training import batches as module
from dlviz.training.ahead import Ahead
from dlviz.training.batches import Batches


@pytest.fixture
def both(tmp_path, monkeypatch):
    """The same 101 examples in memory and on disk; few are gathered at once."""
    monkeypatch.setenv("DLVIZ_HOME", str(tmp_path))
    monkeypatch.setattr(module, "_GATHER_FROM_DISK", 3 * 8 * 20)
    values = np.random.default_rng(0).random((101, 3), dtype=np.float32)
    away = on_disk.room(values.shape, np.float32, True)
    away[:] = values
    resident = Examples({"x": torch.from_numpy(values), "y": torch.arange(101)}, torch.arange(101))
    return resident, replace(resident, columns={**resident.columns, "x": torch.from_numpy(away)}, on_disk=True)


def same(ours, theirs):
    ours, theirs = list(ours), list(theirs)
    return len(ours) == len(theirs) and all(
        torch.equal(one[name], other[name]) for one, other in zip(ours, theirs, strict=True) for name in one
    )


def test_the_batches_are_the_same_in_every_epoch(both):
    here, there = (Batches(examples, 8, seed=1) for examples in both)
    assert len(there._gathered(0, 0, there.end(0))[3]["x"]) < 101, "it is gathered in several pieces"
    for epoch in range(3):
        assert same(here.of(epoch), there.of(epoch))


def test_whoever_jumps_gets_what_stands_there(both):
    here, there = (Batches(examples, 8, seed=1) for examples in both)
    for epoch, position in ((0, 0), (4, 40), (1, 96), (0, 8), (0, 8)):
        assert same(here.of(epoch, position), there.of(epoch, position))


def test_another_size_of_batch_in_the_middle(both):
    made = [Batches(examples, 8, seed=1) for examples in both]
    for batches in made:
        batches.stretch(0, 0)
        batches.resize(5, 0, 16)
    assert same(made[0].of(0, 16), made[1].of(0, 16))
    assert same(made[0].of(1), made[1].of(1))


def test_what_was_prepared_under_another_key_is_not_taken():
    ahead: Ahead[str] = Ahead()
    ahead.prepare(1, lambda: "old")
    assert ahead.take(2, lambda: "new") == "new"
    ahead.prepare(3, lambda: "ready")
    assert ahead.take(3, lambda: pytest.fail("it was ready")) == "ready"


def test_what_fails_ahead_fails_where_it_is_asked_for():
    ahead: Ahead[str] = Ahead()

    def fails() -> str:
        raise OSError("the disk is gone")

    ahead.prepare(1, fails)
    with pytest.raises(OSError, match="the disk is gone"):
        ahead.take(1, fails)


def test_it_does_not_move_to_another_device(both):
    assert both[1].to(torch.device("meta")) is both[1]
