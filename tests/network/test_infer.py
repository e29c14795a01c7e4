"""Shapes, counts and costs with known answers, and what is said of wrong graphs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dlviz.core.problems import Problems
from dlviz.layers.add import Add
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.flatten import Flatten
from dlviz.layers.input import Input
from dlviz.layers.linear import Linear
from dlviz.layers.relu import ReLU
from dlviz.network.facts import facts
from dlviz.network.graph import Graph, Node
from dlviz.network.report import Report
from dlviz.network.shapes import infer, warm

IMAGE = {"image": (1, 8, 8)}
AUTO = {"kind": "Linear", "out_features": "auto"}


def graph(document: list[Any]) -> Graph:
    problems = Problems()
    parsed = Graph.parse(document, "networks.model", problems)
    assert parsed is not None, list(problems)
    return parsed


def test_lenet_has_its_known_shapes_and_counts() -> None:
    lenet = graph(
        [
            "Input",
            {"kind": "Conv2d", "out_channels": 6, "kernel_size": 5},
            "Tanh",
            "AvgPool2d",
            {"kind": "Conv2d", "out_channels": 16, "kernel_size": 5},
            "Tanh",
            "AvgPool2d",
            "Flatten",
            {"kind": "Linear", "out_features": 120},
            "Tanh",
            {"kind": "Linear", "out_features": 84},
            "Tanh",
            AUTO,
        ]
    )
    report = infer(lenet, {"image": (1, 32, 32)}, (10,))
    assert report.problems == ()
    shapes = [node.shape for node in report.nodes.values()]
    assert shapes[1:8] == [(6, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 10, 10), (16, 5, 5), (400,)]
    assert [node.parameters for node in report.nodes.values() if node.parameters] == [156, 2416, 48120, 10164, 850]
    assert report.parameters == 61_706
    multiply_adds = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 6 * 25 + 400 * 120 + 120 * 84 + 84 * 10
    assert report.flops == 2 * multiply_adds == 833_040


def test_activations_are_what_the_backward_pass_keeps() -> None:
    report = infer(
        graph(["Input", {"kind": "Conv2d", "padding": "same"}, "ReLU", "MaxPool2d", "Flatten", AUTO]), IMAGE, (10,)
    )
    kept = {name: node.activations for name, node in report.nodes.items()}
    assert kept["conv2d"] == 0  # ReLU keeps its own result, so the convolution's may go
    assert kept["relu"] == 16 * 64
    assert kept["maxpool2d"] == 16 * 16 * 3  # the result for Linear, and where each came from as 64-bit numbers
    assert kept["flatten"] == 0  # the same numbers, seen otherwise
    assert kept["linear"] == 0
    fixed, whole = report.training_bytes(0, 2), report.training_bytes(100, 2)
    assert fixed == 4 * 4 * report.parameters
    assert whole - fixed == 4 * 100 * (sum(kept.values()) + 2 * 16 * 64)


def test_auto_takes_the_size_that_the_task_needs() -> None:
    report = infer(graph(["Input", "Flatten", AUTO]), IMAGE, (7,))
    assert report.nodes["linear"].shape == (7,) and report.problems == ()
    picture = infer(graph(["Input", {"kind": "Conv2d", "padding": 1, "out_channels": "auto"}]), IMAGE, (3, 8, 8))
    assert picture.nodes["conv2d"].shape == (3, 8, 8) and picture.problems == ()


def test_several_inputs_are_taken_in_order_or_by_name() -> None:
    two = {"left": (3,), "right": (5,)}
    document = [
        {"kind": "Input", "name": "a", "field": "right"},
        {"kind": "Input", "name": "b"},
        {"kind": "Concat", "inputs": ["a", "b"]},
        AUTO,
    ]
    report = infer(graph(document), two, (1,))
    assert report.problems == ()
    assert (report.nodes["a"].shape, report.nodes["b"].shape, report.nodes["concat"].shape) == ((5,), (3,), (8,))


WRONG: list[tuple[str, list[Any], str, str]] = [
    ("a convolution after Flatten", ["Input", "Flatten", "Conv2d", AUTO], "conv2d", "takes an image"),
    ("Linear on a picture", ["Input", "Conv2d", AUTO], "linear", "an image of 16×6×6"),
    ("a window too large", ["Input", {"kind": "Conv2d", "kernel_size": 9}, "Flatten", AUTO], "conv2d", "spans 9×9"),
    ("pooled away", ["Input", *["MaxPool2d"] * 4, "Flatten", AUTO], "maxpool2d_4", "an image of 1×1×1"),
    ("normalising a row as a picture", ["Input", "Flatten", "BatchNorm2d", AUTO], "batchnorm2d", "takes an image"),
    ("normalising a picture as a row", ["Input", "BatchNorm1d", "Flatten", AUTO], "batchnorm1d", "an image of 1×8×8"),
    ("groups", ["Input", "GroupNorm", "Flatten", AUTO], "groupnorm", "4 for 1 channels"),
    ("Reshape", ["Input", {"kind": "Reshape", "shape": [3, 5]}, "Flatten", AUTO], "reshape", "64 numbers, for 3×5"),
    (
        "Add",
        ["Input", {"kind": "Conv2d", "name": "a"}, {"kind": "Add", "inputs": ["input", "a"]}, "Flatten", AUTO],
        "add",
        "1×8×8, 16×6×6",
    ),
    (
        "Concat",
        ["Input", {"kind": "Conv2d", "name": "a"}, {"kind": "Concat", "inputs": ["input", "a"]}, "Flatten", AUTO],
        "concat",
        "equal in all other sizes",
    ),
    ("no Input", [{"kind": "Flatten", "inputs": []}, AUTO], "", "has no Input"),
    (
        "nothing read",
        ["Input", "Flatten", {"kind": "Linear", "inputs": []}],
        "linear",
        "takes one input. Received: none",
    ),
    ("one to add", ["Input", "Flatten", "Add", AUTO], "add", "at least 2 inputs. Received: 1: flatten"),
    (
        "two read by one",
        ["Input", "Flatten", {"kind": "ReLU", "name": "a"}, {**AUTO, "inputs": ["flatten", "a"]}],
        "linear",
        "takes one input. Received: 2",
    ),
    (
        "an Input that reads",
        ["Input", "Flatten", {"kind": "Input", "name": "again", "inputs": ["flatten"]}, AUTO],
        "again",
        "reads no other layer",
    ),
    (
        "several results",
        ["Input", "Flatten", {**AUTO, "name": "a"}, {**AUTO, "name": "b", "inputs": ["flatten"]}],
        "a",
        "Nothing reads what `a` gives",
    ),
    ("result of a wrong size", ["Input", "Flatten", "Linear"], "linear", "needs a row of 10 numbers"),
    ("result of a wrong form", ["Input", "Conv2d"], "conv2d", "Received from the last layer: an image"),
    ("unknown field", [{"kind": "Input", "field": "picture"}, "Flatten", AUTO], "input", "no input `picture`"),
    (
        "more Inputs than inputs",
        ["Input", {"kind": "Input", "name": "b"}, {"kind": "Add", "inputs": ["input", "b"]}, "Flatten", AUTO],
        "b",
        "The data has 1 input (image)",
    ),
    (
        "too many weights",
        ["Input", "Flatten", *[{"kind": "Linear", "out_features": 65536}] * 2, AUTO],
        "linear_2",
        "at most 1,000,000,000",
    ),
    (
        "too many numbers",
        ["Input", {"kind": "Upsample", "size": 1024}, {"kind": "Conv2d", "out_channels": 9999}, "Flatten", AUTO],
        "conv2d",
        "1,000,000,000 numbers for one example",
    ),
]


@pytest.mark.parametrize(("document", "node", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_graph_is_told_at_its_node_and_mended(document: list[Any], node: str, says: str) -> None:
    wrong = graph(document)
    report = infer(wrong, IMAGE, (10,))
    assert any(problem.node == node and says in problem.message for problem in report.problems), report.problems
    for problem in report.problems:
        assert problem.message.endswith(("?", ".")), "each is a full sentence"
        assert_proved(report, problem.remedies)
    assert _mended_in(wrong, 3), "following the first remedy leads to a network that works"


def assert_proved(report: Report, remedies: Any) -> None:
    for remedy in remedies:
        after = infer(remedy.graph, IMAGE, (10,))
        assert len(after.problems) <= len(report.problems), remedy.title
        assert remedy.graph == remedy.graph.ordered(), "an edit keeps the order"


def _mended_in(wrong: Graph, clicks: int) -> bool:
    for _ in range(clicks + 1):
        problems = infer(wrong, IMAGE, (10,)).problems
        if not problems:
            return True
        wrong = next(remedy for problem in problems for remedy in problem.remedies).graph
    return False


def test_every_wrong_graph_has_a_remedy() -> None:
    for name, document, *_ in WRONG:
        report = infer(graph(document), IMAGE, (10,))
        assert any(problem.remedies for problem in report.problems), name


def test_a_problem_hides_those_that_only_follow_from_it() -> None:
    report = infer(graph(["Input", "Flatten", "Conv2d", "ReLU", "MaxPool2d", "Flatten", AUTO]), IMAGE, (10,))
    assert [problem.node for problem in report.problems] == ["conv2d"]
    assert report.nodes["relu"].shape is None and report.nodes["flatten"].shape == (64,)


def test_auto_needs_a_task_that_says_a_size() -> None:
    (problem,) = infer(graph(["Input", "Flatten", AUTO]), IMAGE, None).problems
    assert problem.node == "linear" and "auto" in problem.message
    assert infer(problem.remedies[0].graph, IMAGE, None).problems == ()


def test_graphs_that_no_document_gives_are_survived() -> None:
    """Made by hand: circles, twice the same name, edges to nowhere, nothing at all."""
    linear = Linear(out_features=3)
    circle = Graph((Node("input", Input()), Node("a", Add(), ("input", "b")), Node("b", ReLU(), ("a",))))
    itself = Graph((Node("a", ReLU(), ("a",)),))
    twice = Graph((Node("input", Input()), Node("a", Flatten(), ("input",)), Node("a", linear, ("a",))))
    dangling = Graph((Node("input", Input()), Node("a", Flatten(), ("gone",))))
    backwards = Graph((Node("b", linear, ("a",)), Node("a", Flatten(), ("input",)), Node("input", Input())))
    for odd in (circle, itself, twice, dangling, Graph()):
        report = infer(odd, IMAGE, (3,))
        assert report.problems and all(problem.message for problem in report.problems)
        assert any(problem.remedies for problem in report.problems), odd
    assert infer(backwards, IMAGE, (3,)).problems == ()
    assert infer(backwards, IMAGE, (3,)).nodes["b"].shape == (3,)
    assert infer(Graph.chain(Input(), linear), {}, (3,)).problems
    assert infer(Graph.chain(Input(), linear), {"x": ()}, ()).problems


def test_a_number_too_large_for_torch_is_a_problem_not_an_error() -> None:
    huge = [
        "Input",
        {"kind": "Upsample", "size": 1024},
        *[{"kind": "Upsample", "scale_factor": 64}] * 6,
        "Flatten",
        AUTO,
    ]
    report = infer(graph(huge), IMAGE, (10,))
    assert report.problems and "1,000,000,000" in report.problems[0].message


def test_after_an_edit_only_what_changed_is_measured() -> None:
    warm()
    layers = [Input(), *[Conv2d(out_channels=8, padding="same"), ReLU()] * 50, Flatten(), Linear(out_features="auto")]
    long = Graph.chain(*layers)
    infer(long, IMAGE, (10,))
    before = facts.cache_info().misses
    nodes = list(long.nodes)
    nodes[51] = Node(nodes[51].name, Conv2d(out_channels=8, kernel_size=5, padding="same"), nodes[51].inputs)
    assert infer(Graph(tuple(nodes)), IMAGE, (10,)).problems == ()
    assert facts.cache_info().misses - before <= 1
    took = min(_seconds(lambda: infer(long, IMAGE, (10,))) for _ in range(5))
    assert took < 0.05, f"{len(long)} nodes took {took:.3f} s"


def _seconds(work: Any) -> float:
    start = time.thread_time()  # the machine may be busy with others
    work()
    return time.thread_time() - start
