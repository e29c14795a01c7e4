"""The remedies that a student meets first, by their words and by what they do."""

from __future__ import annotations

from typing import Any

import pytest

from dlviz.blocks import builtin
from dlviz.core.problems import Problems
from dlviz.network.graph import Graph
from dlviz.network.report import Remedy
from dlviz.network.shapes import infer

AUTO = {"kind": "Linear", "out_features": "auto"}
SAME = {"kind": "Conv2d", "padding": "same"}
IMAGE = {"image": (1, 8, 8)}


def remedies(document: list[Any], output: tuple[int, ...] = (10,), inputs: Any = None) -> dict[str, Remedy]:
    problems = Problems()
    graph = Graph.parse(document, "networks.model", problems)
    assert graph is not None, list(problems)
    report = infer(graph, inputs or IMAGE, output)
    return {remedy.title: remedy for problem in report.problems for remedy in problem.remedies}


def kinds(remedy: Remedy) -> list[str]:
    return [node.layer.kind() for node in remedy.graph.nodes]


CASES: list[tuple[str, list[Any], str, list[str]]] = [
    (
        "Linear on a picture",
        ["Input", SAME, AUTO],
        "Insert global average pooling and Flatten before it",
        ["Input", "Conv2d", "AdaptiveAvgPool2d", "Flatten", "Linear"],
    ),
    ("Flatten", ["Input", AUTO], "Insert Flatten before it", ["Input", "Flatten", "Linear"]),
    (
        "unflatten to what it was",
        ["Input", {**SAME, "out_channels": 3}, "Flatten", SAME, "Flatten", AUTO],
        "Insert Reshape to 3×8×8 before it",
        ["Input", "Conv2d", "Flatten", "Reshape", "Conv2d", "Flatten", "Linear"],
    ),
    (
        "before the Flatten",
        ["Input", "Flatten", "Conv2d", AUTO],
        "Move it before `flatten`",
        ["Input", "Conv2d", "Flatten", "Linear"],
    ),
    (
        "the sister layer",
        ["Input", "Flatten", "Linear", "BatchNorm2d", AUTO],
        "Use BatchNorm1d instead",
        ["Input", "Flatten", "Linear", "BatchNorm1d", "Linear"],
    ),
    (
        "an output layer after a picture",
        ["Input", SAME, "ReLU"],
        "Add average pooling, Flatten and Linear (10)",
        ["Input", "Conv2d", "ReLU", "AdaptiveAvgPool2d", "Flatten", "Linear"],
    ),
    (
        "an output layer after an activation",
        ["Input", "Flatten", "Linear", "ReLU"],
        "Add an output layer (Linear, 10)",
        ["Input", "Flatten", "Linear", "ReLU", "Linear"],
    ),
    (
        "channels matched by a 1×1 convolution",
        [
            "Input",
            SAME,
            {**SAME, "out_channels": 4, "name": "b"},
            {"kind": "Add", "inputs": ["conv2d", "b"]},
            "Flatten",
            AUTO,
        ],
        "Match the shapes: 1×1 Conv2d after `b`",
        ["Input", "Conv2d", "Conv2d", "Conv2d", "Add", "Flatten", "Linear"],
    ),
    (
        "a shortcut projected",
        [
            "Input",
            SAME,
            {"kind": "Conv2d", "out_channels": 32, "padding": 1, "stride": 2, "name": "half_size"},
            {"kind": "Add", "inputs": ["conv2d", "half_size"]},
            "Flatten",
            AUTO,
        ],
        "Match the shapes: 1×1 Conv2d after `conv2d`",
        ["Input", "Conv2d", "Conv2d", "Conv2d", "Add", "Flatten", "Linear"],
    ),
    (
        "the layer's own size set",
        [
            "Input",
            {**SAME, "name": "a"},
            "ReLU",
            {**SAME, "out_channels": 4, "name": "b"},
            {"kind": "Add", "inputs": ["relu", "b"]},
            "Flatten",
            AUTO,
        ],
        "Set out_channels of `b` to 16",
        ["Input", "Conv2d", "ReLU", "Conv2d", "Add", "Flatten", "Linear"],
    ),
    (
        "a picture met by a row",
        [
            "Input",
            SAME,
            "Flatten",
            {"kind": "Linear", "name": "row"},
            {"kind": "Add", "inputs": ["conv2d", "row"]},
            AUTO,
        ],
        "Match the shapes: AdaptiveAvgPool2d, Flatten and Linear after `conv2d`",
        ["Input", "Conv2d", "Flatten", "Linear", "AdaptiveAvgPool2d", "Flatten", "Linear", "Add", "Linear"],
    ),
    (
        "a picture weighed by a row",
        [
            "Input",
            SAME,
            "Flatten",
            {"kind": "Linear", "name": "row"},
            {"kind": "Multiply", "inputs": ["conv2d", "row"]},
            {"kind": "Flatten", "name": "flat"},
            AUTO,
        ],
        "Let `row` weigh the channels",
        ["Input", "Conv2d", "Flatten", "Linear", "Linear", "Reshape", "Multiply", "Flatten", "Linear"],
    ),
    (
        "a pooling along a sequence that is a row",
        ["Input", "Flatten", "MaxPool1d", AUTO],
        "Remove `maxpool1d`",
        ["Input", "Flatten", "Linear"],
    ),
    (
        "an orphan and what led to it alone",
        [
            "Input",
            "Flatten",
            {"kind": "Linear", "name": "a"},
            {"kind": "ReLU", "name": "b"},
            {**AUTO, "inputs": ["flatten"]},
        ],
        "Remove `b`",
        ["Input", "Flatten", "Linear"],
    ),
    (
        "a smaller window",
        ["Input", {"kind": "Conv2d", "kernel_size": 11}, "Flatten", AUTO],
        "Set kernel_size to 8",
        ["Input", "Conv2d", "Flatten", "Linear"],
    ),
    (
        "a size that fits",
        ["Input", {"kind": "Reshape", "shape": [4, 4, 5]}, "Flatten", AUTO],
        "Set shape to 4×4×4",
        ["Input", "Reshape", "Flatten", "Linear"],
    ),
    (
        "a layer that took each row of a picture alone",
        ["Input", {"kind": "Reshape", "shape": [8, 8]}, {"kind": "Linear", "out_features": 10}],
        "Insert Flatten before `linear`",
        ["Input", "Reshape", "Flatten", "Linear"],
    ),
    (
        "inputs joined first",
        ["Input", "Flatten", {"kind": "Linear", "name": "a"}, {**AUTO, "inputs": ["flatten", "a"]}],
        "Insert Concat before it",
        ["Input", "Flatten", "Linear", "Concat", "Linear"],
    ),
]


@pytest.mark.parametrize(("document", "title", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_remedy_is_offered_and_does_what_it_says(document: list[Any], title: str, after: list[str]) -> None:
    offered = remedies(document)
    assert title in offered, list(offered)
    assert kinds(offered[title]) == after
    assert infer(offered[title].graph, IMAGE, (10,)).problems == ()


def test_a_picture_is_brought_to_the_size_that_is_needed() -> None:
    offered = remedies(["Input", SAME], (1, 8, 8), {"noise": (3, 4, 4)})
    assert kinds(offered["Add Upsample and Conv2d"]) == ["Input", "Conv2d", "Upsample", "Conv2d"]
    offered = remedies(["Input", "ReLU"], (1, 8, 8), {"noise": (16,)})
    assert kinds(offered["Add Linear (64) and Reshape"]) == ["Input", "ReLU", "Linear", "Reshape"]


def test_volumes_are_mended_too() -> None:
    scan = {"scan": (1, 8, 8, 8)}
    offered = remedies(["Input", {"kind": "Conv2d", "kernel_size": [3, 5]}], (10,), scan)
    assert "Use Conv3d instead" in offered, list(offered)
    offered = remedies(["Input", "Conv3d", AUTO], (10,), scan)
    wanted = ["Input", "Conv3d", "AdaptiveAvgPool3d", "Flatten", "Linear"]
    assert kinds(offered["Insert global average pooling and Flatten before it"]) == wanted
    assert kinds(remedies(["Input", "Conv3d"], (10,), scan)["Add average pooling, Flatten and Linear (10)"]) == wanted


def test_a_skip_is_projected_before_another_merge_is_proposed() -> None:
    skip = {"kind": "Add", "inputs": ["conv2d_2", "conv2d"]}
    offered = list(remedies(["Input", SAME, {"kind": "Conv2d", "out_channels": 8}, skip, AUTO]))
    assert offered[0].startswith("Match the shapes: ") and "1×1 Conv2d" in offered[0], offered
    assert offered.index("Flatten all of them first and use Concat") > offered.index(offered[0])


def test_where_much_was_tried_in_vain_the_layer_can_still_be_removed() -> None:
    inception = builtin()["Inception"].node()
    *before, last = inception["nodes"]
    flat = {"name": "flat", "kind": "Flatten", "inputs": ["five_relu"]}
    mean = {"name": "mean", "kind": "Average", "inputs": ["one_relu", "three_relu", "flat", "pooled_relu"]}
    assert last["kind"] == "Concat"
    block = {**inception, "name": "inception", "nodes": [*before, flat, mean]}
    offered = remedies(["Input", block, "Flatten", AUTO], (10,), {"image": (3, 32, 32)})
    assert infer(offered["Remove `inception`"].graph, {"image": (3, 32, 32)}, (10,)).problems == ()


def test_at_most_a_handful_are_offered() -> None:
    offered = remedies(["Input", "Flatten", "Conv2d", AUTO])
    assert 1 <= len(offered) <= 4
