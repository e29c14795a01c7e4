"""Receptive fields with known answers, and which steps of a text may be padding."""

from __future__ import annotations

from typing import Any

import torch

from dlviz.blocks import builtin
from dlviz.core.problems import Problems
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.network.build import build
from dlviz.network.graph import Graph
from dlviz.network.shapes import infer

IMAGE: dict[str, Shape] = {"image": (3, 64, 48)}
TEXT: dict[str, Shape] = {"text": Ids((9,), 40)}
AUTO = {"kind": "Linear", "out_features": "auto"}


def graph(document: list[Any]) -> Graph:
    problems = Problems()
    parsed = Graph.parse(document, "networks.model", problems)
    assert parsed is not None, list(problems)
    return parsed


def fields(document: list[Any], inputs: dict[str, Shape]) -> dict[str, tuple[int, ...] | None]:
    report = infer(graph(document), inputs, None)
    assert report.problems == ()
    return {name: node.field for name, node in report.nodes.items()}


def conv(**settings: Any) -> dict[str, Any]:
    return {"kind": "Conv2d", "out_channels": 4, **settings}


def test_stacked_convolutions_see_as_far_as_is_known() -> None:
    three = fields(["Input", conv(), conv(), conv()], IMAGE)
    assert list(three.values()) == [(1, 1), (3, 3), (5, 5), (7, 7)]
    lenet = fields(["Input", conv(kernel_size=5), "MaxPool2d", conv(kernel_size=5), "MaxPool2d"], IMAGE)
    assert list(lenet.values()) == [(1, 1), (5, 5), (6, 6), (14, 14), (16, 16)]
    wide = fields(["Input", conv(kernel_size=[3, 5], dilation=2), conv(kernel_size=7, stride=2, padding=3)], IMAGE)
    assert list(wide.values()) == [(1, 1), (5, 9), (11, 15)]


def test_vgg16_sees_212_pixels_behind_its_last_pooling() -> None:
    """Araujo et al. (2019), table 1."""
    layers: list[Any] = ["Input"]
    for number in (2, 2, 3, 3, 3):
        layers += [conv(padding=1)] * number + ["MaxPool2d"]
    assert list(fields(layers, {"image": (3, 64, 64)}).values())[-1] == (212, 212)


def test_where_paths_meet_the_larger_field_counts() -> None:
    both = fields(
        [
            "Input",
            conv(name="a", padding=1),
            conv(name="b", padding=2, kernel_size=5, inputs=["input"]),
            {"kind": "Add", "inputs": ["a", "b"]},
            "ReLU",
        ],
        IMAGE,
    )
    assert both["add"] == both["relu"] == (5, 5)
    inception = {**builtin()["Inception"].node(), "name": "i"}
    assert fields(["Input", inception], IMAGE)["i"] == (5, 5)


def test_growing_a_picture_sees_less_of_its_neighbours() -> None:
    up = fields(["Input", conv(stride=2), "Upsample", conv(padding=1)], IMAGE)
    assert list(up.values()) == [(1, 1), (3, 3), (3, 3), (5, 5)]  # a step of the doubled picture is one pixel again
    transposed = {"kind": "ConvTranspose2d", "kernel_size": 4, "stride": 2, "padding": 1, "out_channels": 2}
    assert list(fields(["Input", conv(stride=2), transposed], IMAGE).values())[-1] == (5, 5)


def test_what_mixes_all_places_sees_the_whole() -> None:
    seen = fields(["Input", conv(), "AdaptiveAvgPool2d", "Flatten", "Linear"], IMAGE)
    assert list(seen.values())[2:] == [(64, 48)] * 3
    assert set(fields(["Input", "Linear"], {"row": (5,)}).values()) == {None}
    series = fields(["Input", {"kind": "Conv1d"}, {"kind": "Conv1d"}, "Transpose", "GRU"], {"s": (3, 40)})
    assert list(series.values()) == [(1,), (3,), (5,), (5,), (40,)]
    text = fields(["Input", "Embedding", "Transpose", {"kind": "Conv1d"}, "Linear"], TEXT)
    assert list(text.values()) == [(1,), (1,), (1,), (3,), (9,)], "Linear acts along the steps here"


def test_the_field_is_what_really_changes_a_number() -> None:
    """The gradient of the middle number of the last map touches just so many pixels."""
    document = ["Input", conv(kernel_size=5, stride=2), conv(dilation=2), {"kind": "AvgPool2d"}, conv()]
    drawn = graph(document)
    network = build(drawn, IMAGE, None)
    for weight in network.parameters():
        torch.nn.init.constant_(weight, 0.1)
    x = torch.zeros(1, 3, 64, 48, requires_grad=True)
    result = network(x)
    result[0, 0, result.shape[2] // 2, result.shape[3] // 2].backward()
    assert x.grad is not None
    touched = x.grad[0, 0].nonzero()
    rows, columns = (touched.max(0).values - touched.min(0).values + 1).tolist()
    assert infer(drawn, IMAGE, None).nodes["conv2d_3"].field == (rows, columns)


def padded(document: list[Any]) -> dict[str, bool]:
    return {name: node.padded for name, node in infer(graph(document), TEXT, None).nodes.items()}


def test_padding_is_followed_as_far_as_there_are_steps() -> None:
    mask = {"kind": "PaddingMask", "name": "mask", "inputs": ["input"]}
    embedding = {"kind": "Embedding", "name": "e", "inputs": ["input"]}
    lstm = {"kind": "LSTM", "name": "l", "inputs": ["e", "mask"]}
    pool = {"kind": "PoolSteps", "name": "p", "inputs": ["l", "mask"]}
    seen = padded(["Input", mask, embedding, lstm, pool])
    assert seen == {"input": True, "mask": False, "e": True, "l": True, "p": False}
    flat = padded(["Input", embedding, "Transpose", "Flatten", "Linear"])
    assert flat == {"input": True, "e": True, "transpose": True, "flatten": False, "linear": False}


def test_a_layer_that_mixes_padded_steps_needs_a_mask() -> None:
    for kind in ("LSTM", "GRU", "RNN", "PoolSteps", "MultiheadAttention", "TransformerEncoderLayer"):
        drawn = graph(["Input", "Embedding", {"kind": kind, "name": "mixes"}])
        (problem,) = infer(drawn, TEXT, None).problems
        assert problem.node == "mixes" and "padding mask as its last input" in problem.message
        remedy = problem.remedies[0]
        assert remedy.title == "Connect a padding mask"
        assert infer(remedy.graph, TEXT, None).problems == ()
        assert [node.layer.kind() for node in remedy.graph].count("PaddingMask") == 1
    causal = {"kind": "MultiheadAttention", "causal": True}
    assert infer(graph(["Input", "Embedding", causal]), TEXT, None).problems == (), "padding comes last"


def test_ids_masks_and_numbers_are_not_mixed_up() -> None:
    linear = graph(["Input", "Linear", "ReLU"])
    (problem,) = infer(linear, TEXT, None).problems
    assert problem.message == (
        "Linear takes numbers. Received: token ids, 9 of a vocabulary of 40. Put an Embedding before it."
    )
    assert [remedy.title for remedy in problem.remedies][0] == "Insert Embedding"
    assert infer(problem.remedies[0].graph, TEXT, None).problems == ()
    (wrong,) = infer(graph(["Input", "PaddingMask", "Linear"]), TEXT, None).problems
    assert wrong.node == "linear" and "Received: a padding mask of 9" in wrong.message and wrong.remedies
    (numbers,) = infer(graph(["Input", "Embedding"]), {"row": (5,)}, None).problems
    assert "Embedding takes token ids. Received: a row of 5 numbers." in numbers.message and numbers.remedies
    assert infer(graph(["Input", "PaddingMask"]), TEXT, None).nodes["paddingmask"].shape == Flags((9,))


def test_a_mask_is_connected_from_outside_into_a_block() -> None:
    for inner in (
        {**builtin()["TransformerEncoderBlock"].node(), "name": "b"},
        {"kind": "Block", "name": "b", "nodes": ["Input", "LSTM"]},
        {"kind": "Block", "name": "b", "nodes": ["Input", {"kind": "Block", "nodes": ["Input", "GRU"]}]},
    ):
        drawn = graph(["Input", "Embedding", inner])
        (problem,) = infer(drawn, TEXT, None).problems
        assert problem.node.startswith("b.")
        remedy = problem.remedies[0]
        assert remedy.title == "Connect a padding mask"
        assert infer(remedy.graph, TEXT, None).problems == ()
        assert remedy.graph["b"].inputs == ("embedding", "mask")


def test_a_layer_of_several_inputs_on_a_text_is_followed() -> None:
    embedding = {"kind": "Embedding", "name": "e", "inputs": ["input"]}
    for kind in ("Bilinear", "CosineSimilarity", "PairwiseDistance", "MatMul"):
        settings = {"transpose": True} if kind == "MatMul" else {}
        report = infer(
            graph(["Input", embedding, {"kind": kind, "name": "two", "inputs": ["e", "e"], **settings}]), TEXT, None
        )
        assert report.problems == () and report.nodes["two"].field is not None
