"""ONNX files that are damaged, or would do harm, are refused in a sentence before anything large is made."""

from __future__ import annotations

from pathlib import Path

import nets
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from dlviz.core.problems import WrongInput
from dlviz.foreign.onnx_convert import convert
from dlviz.foreign.onnx_file import OnnxFile, read
from dlviz.foreign.weighted import Unsupported

ROW = ["n", 4]
RELU = helper.make_node("Relu", ["x"], ["y"])


def refused(path: Path, words: str) -> None:
    with pytest.raises(WrongInput, match=words):
        read(path)


@pytest.mark.parametrize("place", ["/etc/passwd", "../../secret.bin", "weights.bin"])
def test_weights_in_other_files_are_never_looked_for(tmp_path: Path, place: str) -> None:
    weight = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    entry = weight.external_data.add()
    entry.key, entry.value = "location", place
    (tmp_path / "weights.bin").write_bytes(b"\0" * 16)
    add = helper.make_node("Add", ["x", "w"], ["y"])
    refused(nets.saved(nets.graph([add], ROW, [weight]), tmp_path / "net.onnx"), "another file.*external_data=False")
    inside = helper.make_node("Constant", [], ["w"], value=weight)
    refused(nets.saved(nets.graph([inside, add], ROW), tmp_path / "net.onnx"), "another file")


def test_tensors_must_be_as_large_as_they_say(tmp_path: Path) -> None:
    add = helper.make_node("Add", ["x", "w"], ["y"])
    for sizes, words in (([10**6, 10**6], "at most"), ([5], "says that it holds"), ([-4], "none of them negative"),
                         ([1] * 9, "at most 8 sizes")):  # fmt: skip
        weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=sizes, raw_data=b"\0" * 16)
        refused(nets.saved(nets.graph([add], ROW, [weight]), tmp_path / "net.onnx"), words)
    typed = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[5], float_data=[1.0] * 4)
    path = nets.saved(nets.graph([add], ROW, [typed]), tmp_path / "net.onnx")
    with pytest.raises(WrongInput, match="damaged"):
        convert(read(path))


def test_sparse_weights_are_refused(tmp_path: Path) -> None:
    model = nets.graph([RELU], ROW)
    model.graph.sparse_initializer.add().dims.extend([10**9, 10**9])
    refused(nets.saved(model, tmp_path / "net.onnx"), "sparse")


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    path = nets.saved(nets.graph([RELU], ROW), tmp_path / "net.onnx")
    whole = path.read_bytes()
    for content, words in ((whole[:-20], "damaged|no network"), (b"\x08\x08" + b"\xff" * 40, "no ONNX file"),
                           (b"\x08\x08", "no network")):  # fmt: skip
        (tmp_path / "bad.onnx").write_bytes(content)
        refused(tmp_path / "bad.onnx", words)


def test_deeply_nested_graphs_are_refused(tmp_path: Path) -> None:
    graph = b""
    for _ in range(150):  # an operation in a graph in an operation …: by hand, for onnx itself refuses to build that
        graph = field(1, field(5, field(6, graph)))
    (tmp_path / "net.onnx").write_bytes(b"\x08\x08" + field(7, graph))
    refused(tmp_path / "net.onnx", "no ONNX file, or a damaged one")


def field(number: int, content: bytes) -> bytes:
    """A field of a protobuf message that holds another message."""
    size, length = len(content), b""
    while True:
        size, last = size >> 7, size & 127
        length += bytes([last | (128 if size else 0)])
        if not size:
            return bytes([number << 3 | 2]) + length + content


def test_graphs_of_too_many_operations_are_refused(tmp_path: Path) -> None:
    path = nets.saved(nets.graph([RELU] * 20_001, ROW), tmp_path / "net.onnx")
    refused(path, "at most 20,000 operations")


def test_more_inputs_than_one_and_answers_that_are_none_are_refused(tmp_path: Path) -> None:
    model = nets.graph([helper.make_node("Add", ["x", "z"], ["y"])], ROW)
    model.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, ROW))
    refused(nets.saved(model, tmp_path / "net.onnx"), "one input. Received: `x`, `z`")
    labels = nets.graph([helper.make_node("ArgMax", ["x"], ["y"])], ROW)
    labels.graph.output[0].type.tensor_type.elem_type = TensorProto.INT64
    refused(nets.saved(labels, tmp_path / "net.onnx"), "tensor of numbers")
    with pytest.raises(WrongInput, match="no output `z`"):
        read(nets.saved(nets.graph([RELU], ROW), tmp_path / "net.onnx"), "z")


def converted(model: onnx.ModelProto, tmp_path: Path) -> None:
    file: OnnxFile = read(nets.saved(model, tmp_path / "net.onnx"))
    convert(file)


def test_values_that_nothing_makes_and_circles_are_refused(tmp_path: Path) -> None:
    for nodes in ([helper.make_node("Relu", ["nobody"], ["y"])],
                  [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"]),
                   helper.make_node("Relu", ["b"], ["y"])]):  # fmt: skip
        with pytest.raises(WrongInput, match="before it is made"):
            converted(nets.graph(nodes, ROW), tmp_path)
    with pytest.raises(WrongInput, match="made twice"):
        converted(nets.graph([RELU, RELU], ROW), tmp_path)


@pytest.mark.parametrize("kind, sizes", [("ConstantOfShape", [10**6, 10**6]), ("Expand", [10**6, 10**6]),
                                         ("Tile", [10**6, 10**6])])  # fmt: skip
def test_constants_that_would_fill_memory_are_refused_before_they_are_made(
    tmp_path: Path, kind: str, sizes: list[int]
) -> None:
    many = helper.make_tensor("s", TensorProto.INT64, [2], sizes)
    takes = ["s"] if kind == "ConstantOfShape" else ["w", "s"]
    weight = numpy_helper.from_array(np.zeros((1, 1), np.float32), "w")
    nodes = [helper.make_node(kind, takes, ["a"]), helper.make_node("Add", ["x", "a"], ["y"])]
    with pytest.raises(WrongInput, match="at most"):
        converted(nets.graph(nodes, ROW, [many, weight]), tmp_path)


def test_loops_and_operations_of_other_domains_are_not_rebuilt(tmp_path: Path) -> None:
    foreign = helper.make_node("Run", ["x"], ["y"], domain="evil.ops")
    with pytest.raises(Unsupported, match="evil.ops.Run"):
        converted(nets.graph([foreign], ROW), tmp_path)
    body = helper.make_graph([RELU], "g", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    with pytest.raises(Unsupported, match="Loop"):
        converted(nets.graph([helper.make_node("Loop", ["", "", "x"], ["y"], body=body)], ROW), tmp_path)


def test_other_weights_than_a_layer_has_are_refused(tmp_path: Path) -> None:
    short = numpy_helper.from_array(np.zeros(3, np.float32), "b")
    weight = numpy_helper.from_array(np.zeros((4, 2), np.float32), "w")
    gemm = helper.make_node("Gemm", ["x", "w", "b"], ["y"])
    with pytest.raises(Unsupported, match="Gemm"):
        converted(nets.graph([gemm], ROW, [weight, short]), tmp_path)
