"""The graph as a document: what may be left out, and what is refused, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from dlviz.core.problems import Problems, WrongInput
from dlviz.layers.add import Add
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.flatten import Flatten
from dlviz.layers.input import Input
from dlviz.layers.linear import Linear
from dlviz.network.graph import Graph, Node, fresh_name


def parse(document: Any) -> Graph:
    problems = Problems()
    graph = Graph.parse(document, "networks.model", problems)
    problems.raise_if_any()
    assert graph is not None
    return graph


def refused(document: Any) -> dict[str, str]:
    problems = Problems()
    assert Graph.parse(document, "networks.model", problems) is None
    return {problem.place: problem.message for problem in problems}


def test_what_is_left_out_follows() -> None:
    graph = parse(["Input", "Conv2d", {"kind": "Conv2d", "out_channels": 4}, "Flatten"])
    assert [(node.name, node.inputs) for node in graph.nodes] == [
        ("input", ()),
        ("conv2d", ("input",)),
        ("conv2d_2", ("conv2d",)),
        ("flatten", ("conv2d_2",)),
    ]
    assert graph["conv2d_2"].layer == Conv2d(out_channels=4)
    assert parse({"nodes": ["Input"]}) == parse(["Input"])


def test_a_document_gives_the_same_graph_again() -> None:
    graph = parse(
        [
            {"kind": "Input", "at": [0, 1.5]},
            {"kind": "Conv2d", "kernel_size": [3, 5], "padding": "same", "name": "a"},
            {"kind": "Conv2d", "out_channels": "auto", "padding": [1, 2], "inputs": ["input"], "name": "b"},
            {"kind": "Concat", "inputs": ["a", "b", "a"]},
            {"kind": "Reshape", "shape": [-1, 4]},
        ]
    )
    assert parse(graph.document()) == graph
    assert parse(graph.document(brief=True)) == graph
    assert graph["input"].at == (0, 1.5)


def test_nodes_come_after_what_they_read() -> None:
    graph = parse(
        [
            {"kind": "Linear", "name": "last", "inputs": ["row"]},
            {"kind": "Flatten", "name": "row", "inputs": ["input"]},
            {"kind": "Input", "name": "input"},
        ]
    )
    assert [node.name for node in graph.nodes] == ["input", "row", "last"]


def test_every_fault_is_told_with_its_place() -> None:
    told = refused(
        [
            "Input",
            {"kind": "Conv2d", "kernel_size": 0, "filters": 3},
            {"kind": "Convv2d", "name": "odd"},
            {"kind": "Linear", "name": "input"},
            {"kind": "Linear", "name": "two words"},
            {"kind": "ReLU", "name": "lost", "inputs": ["conv2"]},
            {"kind": "Add", "name": "a", "inputs": ["input", "b"]},
            {"kind": "Add", "name": "b", "inputs": ["input", "a"]},
            {"kind": "ReLU", "name": "there", "at": [1]},
            {"kind": "ReLU", "name": "numbers", "inputs": [1, 2]},
            7,
        ]
    )
    assert told["networks.model.conv2d.kernel_size"].startswith("must be a whole number or a list of them, at least 1")
    assert "Did you mean" in told["networks.model.odd"] and "`Conv2d`" in told["networks.model.odd"]
    assert "no setting `filters`" in told["networks.model.conv2d.filters"]
    assert "used twice" in told["networks.model.input"]
    assert "letters, digits" in told["networks.model.4.name"]
    assert "no node `conv2`" in told["networks.model.lost.inputs"]
    assert "circle: " in told["networks.model.a.inputs"] + told.get("networks.model.b.inputs", "")
    assert "two numbers" in told["networks.model.there.at"]
    assert "list of node names" in told["networks.model.numbers.inputs"]
    assert "must be a mapping" in told["networks.model.10"]


@pytest.mark.parametrize("odd", [None, 5, "Conv2d", [], {}, {"nodes": []}, {"a": 1}, b"x"])
def test_what_is_no_list_is_refused(odd: Any) -> None:
    assert list(refused(odd)) == ["networks.model"]


@pytest.mark.parametrize("name", ["__class__", "forward", "a.b", "a-b", "1a", "", " ", "ä", "print()", "x\n", "import"])
def test_names_that_could_be_code_are_refused(name: str) -> None:
    assert "networks.model.0.name" in refused([{"kind": "Input", "name": name}])


def test_it_knows_readers_and_outputs() -> None:
    graph = Graph.chain(Input(), Flatten(), Linear())
    fork = Graph((*graph.nodes, Node("add", Add(), ("flatten", "linear"))))
    assert [node.name for node in fork.readers("flatten")] == ["linear", "add"]
    assert [node.name for node in fork.outputs()] == ["add"]
    assert "add" in fork and "gone" not in fork and len(fork) == 4
    with pytest.raises(KeyError):
        fork["gone"]
    circle = Graph((Node("a", Add(), ("b", "b")), Node("b", Add(), ("a", "a"))))
    with pytest.raises(WrongInput, match="circle"):
        circle.ordered()


def test_fresh_names_count_up() -> None:
    assert [fresh_name("relu", taken) for taken in ([], ["relu"], ["relu", "relu_2"])] == ["relu", "relu_2", "relu_3"]
