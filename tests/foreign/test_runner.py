"""Onnxruntime works in a process of its own: what a graph does there in a loop, or to memory, ends in a sentence."""

from __future__ import annotations

import copy
import time
from pathlib import Path

import nets
import numpy as np
import psutil
import pytest
from onnx import TensorProto, helper

from dlviz.core.problems import WrongInput
from dlviz.foreign.runner import Runner

ROW = ["n", 4]


def runner(model: object, folder: Path, seconds: float = 20.0) -> Runner:
    return Runner(nets.saved(model, folder / "net.onnx"), "y", seconds)  # type: ignore[arg-type]


def rows(count: int = 2) -> np.ndarray:
    return np.arange(4 * count, dtype=np.float32).reshape(count, 4) - 3


def test_it_answers_batch_after_batch_and_copies_share_its_process(tmp_path: Path) -> None:
    asked = runner(nets.graph([helper.make_node("Relu", ["x"], ["y"])], ROW), tmp_path)
    for count in (2, 5):
        assert np.array_equal(copy.deepcopy(asked)(rows(count)), np.maximum(rows(count), 0))
    assert asked._process is not None
    process = psutil.Process(asked._process.pid)
    asked.close()
    assert not process.is_running()


def test_a_loop_without_end_is_stopped(tmp_path: Path) -> None:
    values = [helper.make_tensor_value_info(name, kind, sizes) for name, kind, sizes in
              (("i", TensorProto.INT64, []), ("c", TensorProto.BOOL, []), ("v", TensorProto.FLOAT, None),
               ("d", TensorProto.BOOL, []), ("w", TensorProto.FLOAT, None))]  # fmt: skip
    body = helper.make_graph([helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Identity", ["v"], ["w"])],
                             "body", values[:3], values[3:])  # fmt: skip
    endless = helper.make_node("Loop", ["", "true", "x"], ["y"], body=body)
    asked = runner(
        nets.graph([endless], ROW, [helper.make_tensor("true", TensorProto.BOOL, [], [True])]), tmp_path, 1.0
    )
    began = time.monotonic()
    with pytest.raises(WrongInput, match="longer than 1 s"):
        asked(rows())
    assert time.monotonic() - began < 15
    assert asked._process is None  # nothing goes on computing


def test_what_would_fill_memory_is_refused(tmp_path: Path) -> None:
    sizes = helper.make_tensor("s", TensorProto.INT64, [4], [200_000, 10_000, 1, 4])
    axes = helper.make_tensor("a", TensorProto.INT64, [2], [0, 1])
    nodes = [helper.make_node("Expand", ["x", "s"], ["e"]), helper.make_node("Mul", ["e", "e"], ["z"]),
             helper.make_node("ReduceSum", ["z", "a"], ["y"])]  # fmt: skip
    with pytest.raises(WrongInput, match="memory"):
        runner(nets.graph(nodes, ROW, [sizes, axes]), tmp_path)(rows(1))


def test_wrong_sizes_and_models_it_cannot_open_are_told_and_do_not_end_it(tmp_path: Path) -> None:
    asked = runner(nets.graph([helper.make_node("Relu", ["x"], ["y"])], ROW), tmp_path)
    with pytest.raises(WrongInput, match="cannot run this network.*4"):
        asked(np.zeros((2, 3), np.float32))
    assert asked(rows()).shape == (2, 4)
    with pytest.raises(WrongInput, match="cannot open this network.*evil"):
        runner(nets.graph([helper.make_node("Run", ["x"], ["y"], domain="evil.ops")], ROW), tmp_path)(rows())
    (tmp_path / "net.onnx").write_bytes(b"\x08\x08 nothing")
    with pytest.raises(WrongInput, match="cannot open"):
        Runner(tmp_path / "net.onnx", "y")(rows())


def test_a_process_that_was_killed_is_told_and_begun_anew(tmp_path: Path) -> None:
    asked = runner(nets.graph([helper.make_node("Relu", ["x"], ["y"])], ROW), tmp_path)
    asked(rows())
    assert asked._process is not None
    asked._process.terminate()
    with pytest.raises(WrongInput, match="ended without an answer"):
        asked(rows())
    assert asked(rows()).shape == (2, 4)
