"""Edits of a graph: each gives a new one and leaves the old as it was."""

from __future__ import annotations

import pytest

from dlviz.core.problems import WrongInput
from dlviz.layers.add import Add
from dlviz.layers.dropout import Dropout
from dlviz.layers.flatten import Flatten
from dlviz.layers.identity import Identity
from dlviz.layers.input import Input
from dlviz.layers.linear import Linear
from dlviz.layers.relu import ReLU
from dlviz.network import edit
from dlviz.network.graph import Graph, Node

CHAIN = Graph.chain(Input(), Flatten(), Linear(), ReLU(), Linear(out_features="auto"))
#: input → flatten → (linear, skip) → add
FORK = Graph(
    (
        Node("input", Input()),
        Node("flatten", Flatten(), ("input",)),
        Node("linear", Linear(), ("flatten",)),
        Node("skip", Linear(), ("flatten",)),
        Node("add", Add(), ("linear", "skip")),
    )
)


def wires(graph: Graph) -> dict[str, tuple[str, ...]]:
    return {node.name: node.inputs for node in graph.nodes}


def test_append_reads_the_last_node() -> None:
    graph = edit.append(CHAIN, ReLU())
    assert wires(graph) == {**wires(CHAIN), "relu_2": ("linear_2",)}
    assert wires(edit.append(Graph(), Input())) == {"input": ()}
    assert wires(edit.append(CHAIN, Input(), "again"))["again"] == ()


def test_add_after_is_read_by_all_former_readers() -> None:
    graph = edit.add_after(FORK, "flatten", ReLU())
    assert list(wires(graph)) == ["input", "flatten", "relu", "linear", "skip", "add"]
    assert wires(graph)["linear"] == wires(graph)["skip"] == ("relu",)


def test_insert_touches_one_edge_only() -> None:
    graph = edit.insert(FORK, "flatten", "skip", ReLU(), "bend")
    assert wires(graph)["skip"] == ("bend",) and wires(graph)["linear"] == ("flatten",)
    assert graph.ordered() == graph


def test_branch_adds_a_reader() -> None:
    assert wires(edit.branch(CHAIN, "flatten", Linear(), "other"))["other"] == ("flatten",)


def test_remove_bridges_the_gap() -> None:
    assert wires(edit.remove(CHAIN, "linear"))["relu"] == ("flatten",)
    assert wires(edit.remove(FORK, "add")) == {name: way for name, way in wires(FORK).items() if name != "add"}
    assert wires(edit.remove(FORK, "skip"))["add"] == ("linear", "flatten")
    assert wires(edit.remove(FORK, "input"))["flatten"] == ()
    twice = edit.append(FORK, Add())
    assert wires(edit.remove(twice, "add"))["add_2"] == ("linear", "skip"), "a merge takes over all inputs"


def test_settings_are_replaced_and_checked() -> None:
    graph = edit.set_settings(CHAIN, "linear", out_features=7)
    assert graph["linear"].layer == Linear(out_features=7)
    assert CHAIN["linear"].layer == Linear(), "the old graph stays"
    with pytest.raises(ValueError, match="out_features"):
        edit.set_settings(CHAIN, "linear", out_features=0)
    assert edit.set_layer(CHAIN, "relu", Dropout())["relu"].layer == Dropout()


def test_rename_follows_the_edges() -> None:
    graph = edit.rename(FORK, "flatten", "row")
    assert wires(graph)["linear"] == wires(graph)["skip"] == ("row",)
    assert edit.rename(FORK, "add", "add") == FORK
    for bad in ("linear", "", "2x", "a b", "class", "forward", "training", "x" * 65, "a;b", "_modules", "self"):
        with pytest.raises(WrongInput):
            edit.rename(FORK, "flatten", bad)


def test_connect_adds_to_a_merge_and_replaces_elsewhere() -> None:
    assert wires(edit.connect(FORK, "flatten", "add"))["add"] == ("linear", "skip", "flatten")
    assert wires(edit.connect(FORK, "input", "linear"))["linear"] == ("input",)
    assert edit.connect(FORK, "linear", "add") == FORK
    assert wires(edit.disconnect(FORK, "skip", "add"))["add"] == ("linear",)


def test_a_circle_is_refused_and_the_order_kept() -> None:
    with pytest.raises(WrongInput, match="circle"):
        edit.connect(FORK, "add", "flatten")
    late = edit.branch(CHAIN, "flatten", Identity(), "late")
    moved = edit.set_inputs(late, "relu", ("late",))
    names = list(wires(moved))
    assert names.index("late") < names.index("relu")


def test_moving_up_and_down() -> None:
    up = edit.move_up(CHAIN, "relu")
    assert list(wires(up)) == ["input", "flatten", "relu", "linear", "linear_2"]
    assert (
        wires(up)["relu"] == ("flatten",) and wires(up)["linear"] == ("relu",) and wires(up)["linear_2"] == ("linear",)
    )
    assert edit.move_down(up, "relu") == CHAIN
    assert edit.move_up(CHAIN, "flatten") == CHAIN, "nothing goes before the Input"
    assert edit.move_down(CHAIN, "linear_2") == CHAIN
    assert edit.move_down(CHAIN, "input") == CHAIN


def test_unknown_nodes_are_an_error() -> None:
    for act in (
        lambda: edit.remove(CHAIN, "gone"),
        lambda: edit.rename(CHAIN, "gone", "new"),
        lambda: edit.set_layer(CHAIN, "gone", ReLU()),
        lambda: edit.connect(CHAIN, "gone", "relu"),
    ):
        with pytest.raises(KeyError):
            act()
