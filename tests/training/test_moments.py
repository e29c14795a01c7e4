"""Moments on disk: whole or not at all, thinned evenly, damaged ones passed over."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from dlviz.core.frames import Frame
from dlviz.core.values import Scalar, Value
from dlviz.training.moments import Moments
from dlviz.training.signals import SignalLog, columns, parsed, read_signals


def put(moments: Moments, *steps: int, numbers: int = 4) -> None:
    for step in steps:
        moments.write(step, step / 10, [Frame("weights", step, 0.0, {}, {"w": np.full(numbers, step % 7)})], {}, {})


def test_a_moment_comes_back_with_frames_and_views(tmp_path: Path) -> None:
    moments = Moments(tmp_path / "moments")
    assert moments.steps() == [] and moments.latest() is None and moments.all() == []
    view = Value(Scalar(), np.arange(3.0), "Predicted")
    frame = Frame("weights", 5, 0.5, {"a": 1}, {"w": np.arange(4, dtype=np.float32)})
    moments.write(5, 0.5, [frame], {"predicted": view}, {"neurons": "not now"})
    found = moments.read(5)
    assert found is not None and (found.names, found.views) == (("weights",), ("predicted",))
    assert found.skipped == {"neurons": "not now"} and moments.latest() == 5
    back = moments.frame(5, "weights")
    assert back is not None and back.meta == {"a": 1} and back.arrays["w"].tolist() == [0, 1, 2, 3]
    assert Value.load(moments.views(5) / "predicted").data.tolist() == [0, 1, 2]
    assert [path.name for path in (tmp_path / "moments").iterdir() if path.name.startswith(".")] == []


def test_the_same_step_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    moments = Moments(tmp_path)
    put(moments, 1, 2)
    moments.write(2, 0.2, [Frame("other", 2)], {}, {})
    again = Moments(tmp_path)
    assert again.steps() == [1, 2] and again.content(2, "weights") is None and again.content(2, "other") is not None


def test_what_stays_is_evenly_spaced_with_the_first_and_the_newest(tmp_path: Path) -> None:
    moments = Moments(tmp_path, most=20)
    for step in range(0, 5000, 10):
        put(moments, step)
        if step % 1000 == 990:
            steps = moments.steps()
            gaps = np.diff(steps[:-2])  # the youngest wait to be thinned
            assert steps[0] == 0 and steps[-1] == step and len(steps) == 20
            assert gaps.max() <= 2.01 * gaps.min(), gaps
    assert moments.latest() == 4990


def test_they_take_no_more_bytes_than_they_may(tmp_path: Path) -> None:
    moments = Moments(tmp_path, most_bytes=100_000)
    put(moments, *range(40), numbers=5000)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size < 101_000 and 0 in moments.steps() and 39 in moments.steps() and len(moments.steps()) >= 4


def test_one_that_comes_later_knows_what_there_is(tmp_path: Path) -> None:
    put(Moments(tmp_path), *range(10))
    moments = Moments(tmp_path, most=5)
    put(moments, 10)
    assert len(moments.steps()) == 5 and moments.steps()[0] == 0


def test_a_run_that_goes_on_drops_what_it_has_overtaken(tmp_path: Path) -> None:
    moments = Moments(tmp_path)
    put(moments, 1, 5, 9)
    (tmp_path / ".9.halfdone" / "views").mkdir(parents=True)
    moments.overtaken(5)
    assert moments.steps() == [1, 5] and moments.latest() == 5
    assert sorted(os.listdir(tmp_path)) == ["1", "5", "latest.json"]
    moments.overtaken(0)
    assert moments.steps() == [] and moments.latest() is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"step": 3}', b'{"step": 2, "epoch": "x"}', b"\xff\x00"])
def test_damaged_moments_are_passed_over(tmp_path: Path, content: bytes) -> None:
    moments = Moments(tmp_path)
    put(moments, 1, 3)
    (tmp_path / "3" / "moment.json").write_bytes(content)
    (tmp_path / "latest.json").write_bytes(content)
    (tmp_path / "1" / "frames.bin").write_bytes(content)
    (tmp_path / "notes").mkdir()
    (tmp_path / "7").write_bytes(b"")
    assert [moment.step for moment in moments.all()] == [1]
    assert moments.frame(1, "weights") is None and moments.content(1, "nothing") is None
    assert moments.latest() in (2, 3, 7)


def test_a_full_disk_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = Moments(tmp_path)
    put(moments, 1)
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "moment.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        put(moments, 2)
    monkeypatch.undo()
    assert sorted(os.listdir(tmp_path)) == ["1", "latest.json"]
    put(moments, 2)
    assert moments.steps() == [1, 2]


def test_signals_become_columns(tmp_path: Path) -> None:
    log = SignalLog(tmp_path / "signals.jsonl")
    log.put(1, 0.1, {"gradient.model.a": 0.123456789, "dead.model.b": float("nan")})
    log.put(2, 0.2, {"dead.model.b": 0.5})
    log.put(3, 0.3, {"dead.model.b": float("inf")})  # nothing is left of it
    log.flush()
    with log.path.open("ab") as file:
        file.write(b'{"step": 3, "gr')
    found = read_signals(log.path)
    assert found["step"].tolist() == [1, 2] and found["gradient.model.a"][0] == 0.12346
    assert np.isnan(found["dead.model.b"][0]) and found["dead.model.b"][1] == 0.5
    assert read_signals(tmp_path / "none")["step"].tolist() == []


def test_what_was_trained_anew_replaces_what_stood_there() -> None:
    lines = [
        b'{"step": 1, "a": 1}',
        b'{"step": 5, "a": 5}',
        b'{"step": 9}',
        b"[]",
        b'{"step": 3, "a": "x"}',
        b'{"step": 6}',
    ]
    found = columns(parsed(lines))
    assert found["step"].tolist() == [1, 3, 6] and np.isnan(found["a"]).tolist() == [False, True, True]
