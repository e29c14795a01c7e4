"""Each ONNX operation as a module says what onnxruntime says, on random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nets
import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from dlviz.foreign.onnx_convert import convert
from dlviz.foreign.onnx_file import OnnxFile, Port
from dlviz.foreign.onnx_turn import CONVERTERS
from dlviz.foreign.weighted import Unsupported

RANDOM = np.random.default_rng(0)
PICTURE, ROW, SERIES = (2, 4, 6, 8), (3, 6), (2, 4, 7)


def weight(name: str, *sizes: int, positive: bool = False) -> Any:
    numbers = RANDOM.random(sizes) + 0.5 if positive else RANDOM.standard_normal(sizes)
    return numpy_helper.from_array(numbers.astype(np.float32), name)


def whole(name: str, *numbers: int) -> Any:
    return helper.make_tensor(name, TensorProto.INT64, [len(numbers)], numbers)


def scalar(name: str, number: float) -> Any:
    return helper.make_tensor(name, TensorProto.FLOAT, [], [number])


def node(kind: str, *more: str, **attributes: Any) -> Any:
    return helper.make_node(kind, ["x", *more], ["y"], **attributes)


#: name → nodes, sizes of x, weights, opset.
CASES: dict[str, tuple[Sequence[Any], tuple[int, ...], Sequence[Any], int]] = {
    "strided conv, uneven pads": (
        [node("Conv", "w", "b", pads=[0, 1, 1, 2], strides=[2, 1], dilations=[1, 2])], PICTURE,
        [weight("w", 5, 4, 3, 3), weight("b", 5)], 17),
    "grouped conv": ([node("Conv", "w", group=2)], PICTURE, [weight("w", 6, 2, 3, 3)], 17),
    "same upper": ([node("Conv", "w", auto_pad="SAME_UPPER", strides=[2, 3])], PICTURE, [weight("w", 5, 4, 2, 3)], 17),
    "same lower": ([node("Conv", "w", auto_pad="SAME_LOWER", strides=[2, 3])], PICTURE, [weight("w", 5, 4, 2, 4)], 17),
    "conv of series": ([node("Conv", "w", pads=[1, 1])], SERIES, [weight("w", 3, 4, 3)], 17),
    "transposed": ([node("ConvTranspose", "w", "b", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])], PICTURE,
                   [weight("w", 4, 3, 3, 3), weight("b", 3)], 17),
    "gemm": ([node("Gemm", "w", "b", alpha=0.5, beta=2.0)], ROW, [weight("w", 6, 5), weight("b", 5)], 17),
    "gemm turned": ([node("Gemm", "w", transB=1)], ROW, [weight("w", 5, 6)], 17),
    "matmul": ([node("MatMul", "w")], SERIES, [weight("w", 7, 5)], 17),
    "norm": ([node("BatchNormalization", "s", "t", "m", "v", epsilon=1e-3)], PICTURE,
             [weight("s", 4), weight("t", 4), weight("m", 4), weight("v", 4, positive=True)], 17),
    "instance norm": ([node("InstanceNormalization", "s", "t")], PICTURE, [weight("s", 4), weight("t", 4)], 17),
    "layer norm": ([node("LayerNormalization", "s", "t")], SERIES, [weight("s", 7), weight("t", 7)], 17),
    "lrn": ([node("LRN", size=3)], PICTURE, [], 17),
    "max pool": ([node("MaxPool", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0])], PICTURE, [], 17),
    "max pool, uneven": ([node("MaxPool", kernel_shape=[3, 3], pads=[0, 0, 1, 1])], PICTURE, [], 17),
    "max pool, ceil": ([node("MaxPool", kernel_shape=[4, 3], strides=[3, 3], ceil_mode=1)], PICTURE, [], 17),
    "average pool": ([node("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 1, 1])], PICTURE, [], 17),
    "average pool, counted": (
        [node("AveragePool", kernel_shape=[2, 2], pads=[0, 0, 1, 1], count_include_pad=1)], PICTURE, [], 17),
    "global average": ([node("GlobalAveragePool")], PICTURE, [], 17),
    "global max": ([node("GlobalMaxPool")], PICTURE, [], 17),
    "relu": ([node("Relu")], ROW, [], 17),
    "leaky": ([node("LeakyRelu", alpha=0.2)], ROW, [], 17),
    "prelu": ([node("PRelu", "w")], PICTURE, [weight("w", 4, 1, 1)], 17),
    "elu": ([node("Elu", alpha=0.7)], ROW, [], 17),
    "selu": ([node("Selu")], ROW, [], 17),
    "celu": ([node("Celu", alpha=0.7)], ROW, [], 17),
    "sigmoid": ([node("Sigmoid")], ROW, [], 17),
    "hard sigmoid": ([node("HardSigmoid", alpha=0.3)], ROW, [], 17),
    "hard swish": ([node("HardSwish")], ROW, [], 17),
    "tanh": ([node("Tanh")], ROW, [], 17),
    "softplus": ([node("Softplus")], ROW, [], 17),
    "softsign": ([node("Softsign")], ROW, [], 17),
    "gelu": ([node("Gelu", approximate="tanh")], ROW, [], 20),
    "erf": ([node("Erf")], ROW, [], 17),
    "softmax": ([node("Softmax", axis=1)], PICTURE, [], 17),
    "old softmax": ([node("Softmax", axis=1)], PICTURE, [], 11),
    "log softmax": ([node("LogSoftmax")], ROW, [], 17),
    "clip": ([node("Clip", "a", "b")], ROW, [scalar("a", -0.5), scalar("b", 0.7)], 17),
    "clip above": ([node("Clip", "", "b")], ROW, [scalar("b", 0.7)], 17),
    "old clip": ([node("Clip", min=-0.5, max=0.7)], ROW, [], 10),
    "arithmetic": ([helper.make_node("Add", ["x", "w"], ["a"]), helper.make_node("Sub", ["a", "w"], ["b"]),
                    helper.make_node("Mul", ["b", "a"], ["c"]), helper.make_node("Div", ["c", "w"], ["y"])], ROW,
                   [weight("w", 6, positive=True)], 17),
    "powers": ([helper.make_node("Abs", ["x"], ["a"]), helper.make_node("Pow", ["a", "w"], ["b"]),
                helper.make_node("Sqrt", ["b"], ["c"]), helper.make_node("Exp", ["c"], ["d"]),
                helper.make_node("Log", ["d"], ["y"])], ROW, [scalar("w", 3.0)], 17),
    "max and min": ([helper.make_node("Max", ["x", "w"], ["a"]), helper.make_node("Min", ["a", "v"], ["y"])], ROW,
                    [weight("w", 6), weight("v", 6)], 17),
    "flatten": ([node("Flatten", axis=2)], PICTURE, [], 17),
    "reshape": ([node("Reshape", "s")], PICTURE, [whole("s", 0, -1, 4)], 17),
    "transpose": ([node("Transpose", perm=[0, 2, 3, 1])], PICTURE, [], 17),
    "concat": ([helper.make_node("Concat", ["x", "x"], ["y"], axis=1)], PICTURE, [], 17),
    "split": ([helper.make_node("Split", ["x", "s"], ["a", "y"], axis=1)], PICTURE, [whole("s", 1, 3)], 17),
    "slice": ([node("Slice", "s", "e", "a", "t")], PICTURE,
              [whole("s", 1, -1), whole("e", 100, -100), whole("a", 2, 3), whole("t", 2, -3)], 17),
    "squeeze": ([helper.make_node("ReduceMean", ["x"], ["a"], axes=[2, 3]),
                 helper.make_node("Squeeze", ["a", "s"], ["b"]), helper.make_node("Unsqueeze", ["b", "u"], ["y"])],
                PICTURE, [whole("s", 2, 3), whole("u", 0, -1)], 17),
    "reductions": ([helper.make_node("ReduceMax", ["x"], ["a"], axes=[3]),
                    helper.make_node("ReduceSum", ["a", "s"], ["b"], keepdims=0),
                    helper.make_node("ReduceL2", ["b"], ["y"], axes=[1])], PICTURE, [whole("s", 2)], 17),
    "pad": ([node("Pad", "s", "v")], PICTURE, [whole("s", 0, 0, 1, 2, 0, 0, 0, 3), scalar("v", 0.3)], 17),
    "reflected": ([node("Pad", "s", mode="reflect")], PICTURE, [whole("s", 0, 0, 1, 2, 0, 0, 2, 1)], 17),
    "nearest": ([node("Resize", "", "s", mode="nearest", coordinate_transformation_mode="asymmetric",
                      nearest_mode="floor")], PICTURE,
                [helper.make_tensor("s", TensorProto.FLOAT, [4], [1, 1, 2, 3])], 17),
    "linear": ([node("Resize", "", "s", mode="linear")], PICTURE,
               [helper.make_tensor("s", TensorProto.FLOAT, [4], [1, 1, 2, 2])], 17),
    "sizes": ([helper.make_node("Shape", ["x"], ["a"]), helper.make_node("Gather", ["a", "o"], ["n"]),
               helper.make_node("Concat", ["n", "m"], ["s"], axis=0), helper.make_node("Reshape", ["x", "s"], ["y"])],
              PICTURE, [whole("o", 0), whole("m", -1)], 17),
    "where": ([helper.make_node("Greater", ["x", "w"], ["a"]), helper.make_node("Where", ["a", "x", "w"], ["y"])], ROW,
              [weight("w", 6)], 17),
    "expand and tile": ([helper.make_node("Tile", ["x", "t"], ["a"]), helper.make_node("Expand", ["a", "s"], ["y"])],
                        ROW, [whole("t", 1, 2), whole("s", 2, 3, 12)], 17),
    "filled": ([helper.make_node("Shape", ["x"], ["s"]), helper.make_node("ConstantOfShape", ["s"], ["a"], value=
                helper.make_tensor("v", TensorProto.FLOAT, [1], [2.5])), helper.make_node("Add", ["x", "a"], ["y"])],
               ROW, [], 17),
    "pixels of depth": ([node("DepthToSpace", blocksize=2, mode="CRD")], PICTURE, [], 17),
    "cast": ([helper.make_node("Cast", ["x"], ["a"], to=7), helper.make_node("Cast", ["a"], ["y"], to=1)], ROW, [], 17),
    "triangle": ([node("Trilu", upper=0)], PICTURE, [], 17),
    "einsum": ([helper.make_node("Einsum", ["x", "w"], ["y"], equation="ncs,sk->nkc")], SERIES, [weight("w", 7, 3)],
               17),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_module_says_what_onnxruntime_says(case: str) -> None:
    agrees(*CASES[case])


def agrees(nodes: Sequence[Any], sizes: tuple[int, ...], weights: Sequence[Any], opset: int) -> None:
    model = nets.graph(nodes, sizes, weights, opset=opset, answer=None)
    x = RANDOM.standard_normal(sizes).astype(np.float32)
    (wanted,) = onnxruntime.InferenceSession(model.SerializeToString()).run(["y"], {"x": x})
    port = Port("x", "float32", sizes)
    found = convert(OnnxFile(model.graph, opset, port, Port("y", "float32", None))).eval()(torch.from_numpy(x))
    assert found.shape == wanted.shape
    assert np.allclose(found.numpy(), wanted, atol=1e-5, rtol=1e-5)


#: What takes one value, or two, number by number; and what it takes where not any number will do.
ALONE = ("Neg", "Abs", "Reciprocal", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Floor", "Ceil", "Round", "Sign",
         "Mish", "Identity", "Dropout")  # fmt: skip
COMPARED = ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
JOINED = ("And", "Or", "Xor")
REDUCED = ("ReduceMean", "ReduceMin", "ReduceL1", "ReduceSumSquare", "ReduceLogSumExp")
OTHERS: dict[str, tuple[Sequence[Any], tuple[int, ...], Sequence[Any], int]] = {
    **{kind: ([node(kind)], ROW, [], 18) for kind in ALONE},
    **{kind: ([helper.make_node(kind, ["x", "w"], ["a"]), helper.make_node("Where", ["a", "x", "v"], ["y"])], ROW,
              [weight("w", 6), weight("v", 6)], 17) for kind in COMPARED},
    **{kind: ([helper.make_node("Greater", ["x", "w"], ["a"]), helper.make_node("Less", ["x", "v"], ["b"]),
               helper.make_node(kind, ["a", "b"], ["c"]), helper.make_node("Not", ["c"], ["d"]),
               helper.make_node("Where", ["d", "x", "v"], ["y"])], ROW, [weight("w", 6), weight("v", 6)], 17)
       for kind in JOINED},
    **{kind: ([node(kind, axes=[1], keepdims=0)], PICTURE, [], 13) for kind in REDUCED},
    "Sum": ([node("Sum", "w", "w")], ROW, [weight("w", 6)], 17),
    "Mean": ([node("Mean", "w", "w")], ROW, [weight("w", 6)], 17),
    "Mod": ([node("Mod", "w", fmod=1)], ROW, [weight("w", 6)], 17),
    "ArgMax": ([helper.make_node("ArgMax", ["x"], ["a"], axis=1),
                helper.make_node("Cast", ["a"], ["y"], to=1)], ROW, [], 17),
    "ArgMin": ([helper.make_node("ArgMin", ["x"], ["a"], axis=1, keepdims=0),
                helper.make_node("Cast", ["a"], ["y"], to=1)], ROW, [], 17),
    "CumSum": ([node("CumSum", "a")], ROW, [helper.make_tensor("a", TensorProto.INT64, [], [1])], 17),
    "GroupNormalization": ([node("GroupNormalization", "s", "t", num_groups=2)], PICTURE,
                           [weight("s", 4), weight("t", 4)], 21),
    "CastLike": ([node("CastLike", "w")], ROW, [weight("w", 1)], 17),
    "GatherElements": ([node("GatherElements", "i", axis=1)], ROW,
                       [helper.make_tensor("i", TensorProto.INT64, [3, 2], [0, -1, 2, 3, 1, 1])], 17),
    "IsNaN": ([helper.make_node("IsNaN", ["x"], ["a"]), helper.make_node("Where", ["a", "w", "x"], ["y"])], ROW,
              [weight("w", 6)], 17),
    "Range": ([helper.make_node("Range", ["a", "b", "c"], ["d"]), helper.make_node("Add", ["x", "d"], ["y"])], ROW,
              [scalar("a", 1.0), scalar("b", 7.0), scalar("c", 1.0)], 17),
    "Size": ([helper.make_node("Size", ["x"], ["a"]), helper.make_node("Cast", ["a"], ["b"], to=1),
              helper.make_node("Div", ["x", "b"], ["y"])], ROW, [], 17),
    "Upsample": ([node("Upsample", "s", mode="nearest")], PICTURE,
                 [helper.make_tensor("s", TensorProto.FLOAT, [4], [1, 1, 2, 2])], 9),
    "RNN": ([node("RNN", "w", "r", "b", hidden_size=5), ], (7, 2, 4),
            [weight("w", 1, 5, 4), weight("r", 1, 5, 5), weight("b", 1, 10)], 17),
    "LSTM": ([helper.make_node("LSTM", ["x", "w", "r"], ["", "y"], hidden_size=3, direction="bidirectional")],
             (7, 2, 4), [weight("w", 2, 12, 4), weight("r", 2, 12, 3)], 17),
    "GRU": ([node("GRU", "w", "r", "b", hidden_size=3, linear_before_reset=1)], (7, 2, 4),
            [weight("w", 1, 9, 4), weight("r", 1, 9, 3), weight("b", 1, 18)], 17),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_its_sisters_do_as_well(kind: str) -> None:
    agrees(*OTHERS[kind])


def test_every_operation_that_is_known_is_tried() -> None:
    tried = {each.op_type for nodes, *_ in (*CASES.values(), *OTHERS.values()) for each in nodes}
    elsewhere = {"Constant", "Swish"}  # in exported networks; in ONNX's newest version alone
    assert set(CONVERTERS) - tried - elsewhere == set()


@pytest.mark.parametrize("kind, attributes, word", [
    ("MaxPool", {"kernel_shape": [2, 2, 2, 2]}, "MaxPool"), ("GRU", {"hidden_size": 3}, "weights"),
    ("DepthToSpace", {"blocksize": 2}, "DepthToSpace"), ("NonZero", {}, "NonZero"), ("Pad", {"mode": "odd"}, "Pad"),
])  # fmt: skip
def test_what_cannot_be_rebuilt_is_named(kind: str, attributes: dict[str, Any], word: str) -> None:
    model = nets.graph([node(kind, **attributes)], PICTURE)
    file = OnnxFile(model.graph, 17, Port("x", "float32", PICTURE), Port("y", "float32", None))
    with pytest.raises(Unsupported, match=word):
        convert(file)
