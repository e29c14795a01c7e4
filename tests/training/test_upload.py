"""Upload without a GPU: what is sent where. `meta` stands for another device: it has shapes and no numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from dlviz.datasets.data import Examples
from dlviz.tasks.task import in_batches
from dlviz.training import batches as module
from dlviz.training.batches import Batches
from dlviz.training.upload import Upload, _pinned, placed

AWAY = torch.device("meta")


@pytest.fixture
def examples() -> Examples:
    return Examples({"x": torch.rand(101, 3), "y": torch.arange(101)}, torch.arange(101))


def test_what_lies_on_the_device_is_not_sent(examples: Examples) -> None:
    upload = Upload(examples, torch.device("cpu"))
    assert not upload.needed and not Upload(examples, None).needed
    assert upload.take(upload.send(examples.columns)) is examples.columns


@pytest.mark.parametrize("on_disk", [False, True])
def test_batches_come_to_the_device_in_pieces(
    examples: Examples, on_disk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GATHER_FROM_DISK", 20 * 20)
    examples = replace(examples, on_disk=on_disk)
    sent: list[int] = []
    send = Upload.send

    def counted(self: Upload, batch: Any) -> Any:
        sent.append(len(batch["x"]))
        return send(self, batch)

    monkeypatch.setattr(Upload, "send", counted)
    here, there = Batches(examples, 8, seed=1), Batches(examples, 8, seed=1, device=AWAY)
    stretch = there.stretch(0, 0)
    assert stretch is not None and stretch.columns["x"].device == AWAY and stretch.examples < 101
    shapes = [[batch["x"].shape for batch in batches.of(epoch)] for epoch in (0, 1) for batches in (here, there)]
    assert shapes[0] == shapes[1] == shapes[2] == shapes[3]
    assert len(sent) > 4


def test_a_gpu_fetches_from_pinned_memory_on_a_stream_of_its_own(
    examples: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class Stream:
        def synchronize(self) -> None:
            told.append("arrived")

    @contextlib.contextmanager
    def inside(stream: Stream) -> Iterator[None]:
        told.append("on its stream")
        yield

    def pinned(column: torch.Tensor) -> torch.Tensor:
        told.append("pinned")
        return column

    monkeypatch.setattr("torch.cuda.stream", inside)
    monkeypatch.setattr("dlviz.training.upload._pinned", pinned)
    upload = Upload(examples, AWAY)
    upload._stream = Stream()  # type: ignore[assignment]
    assert {column.device for column in upload.send(examples.columns).values()} == {AWAY}
    assert told == ["on its stream", "pinned", "pinned", "arrived"]


def test_memory_that_cannot_be_pinned_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("no locked memory left")

    monkeypatch.setattr(torch.Tensor, "pin_memory", refused)
    column = torch.arange(3)
    assert _pinned(column) is column


def test_what_is_too_large_for_a_gpu_stays_in_main_memory(examples: Examples, monkeypatch: pytest.MonkeyPatch) -> None:
    size = sum(column.numel() * column.element_size() for column in examples.columns.values())
    moved: list[torch.device] = []

    def moves(self: Examples, device: torch.device) -> Examples:
        moved.append(device)
        return self

    monkeypatch.setattr(Examples, "to", moves)
    for free, fits in ((2 * size - 1, False), (2 * size, True)):
        monkeypatch.setattr("torch.cuda.mem_get_info", lambda device, free=free: (free, free))
        moved.clear()
        assert placed(examples, torch.device("cuda")) is examples
        assert bool(moved) == fits


def test_what_is_measured_comes_to_the_networks(examples: Examples) -> None:
    assert all(batch["x"].device == AWAY for batch in in_batches(examples, 50, AWAY))
    assert [len(batch["x"]) for batch in in_batches(examples, 50)] == [50, 50, 1]
