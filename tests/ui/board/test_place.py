"""Adding, removing, duplicating, shifting: chains stay chains, branches stay whole, names stay unique."""

import pytest

from dlviz.core.problems import WrongInput
from dlviz.ui.board import place
from dlviz.ui.board.catalogue import Layers
from dlviz.ui.board.entries import Entries, explicit, names

LAYERS = Layers()


def chain(*kinds: str) -> Entries:
    return explicit(list(kinds))


def residual() -> Entries:
    return explicit(
        [
            {"name": "input", "kind": "Input", "inputs": []},
            {"name": "conv1", "kind": "Conv2d", "inputs": ["input"]},
            {"name": "conv2", "kind": "Conv2d", "inputs": ["conv1"]},
            {"name": "add", "kind": "Add", "inputs": ["conv2", "conv1"]},
            {"name": "relu", "kind": "ReLU", "inputs": ["add"]},
        ]
    )


def edges(entries: Entries) -> dict[str, list[str]]:
    return {entry["name"]: entry["inputs"] for entry in entries}


def test_left_out_names_and_inputs_are_those_that_the_network_gives_them() -> None:
    from dlviz.core.problems import Problems
    from dlviz.network.graph import Graph

    document = ["Input", "Conv2d", {"kind": "Conv2d"}, {"kind": "Add", "inputs": ["conv2d", "conv2d_2"]}, "ReLU"]
    graph = Graph.parse(document, "model", Problems())
    assert graph is not None
    assert edges(explicit(document)) == {node.name: list(node.inputs) for node in graph}


def test_in_a_chain_a_new_layer_goes_between() -> None:
    edited = place.add(chain("Input", "Conv2d", "Flatten"), LAYERS, {"kind": "ReLU"}, after=["conv2d"])
    assert edges(edited.entries) == {"input": [], "conv2d": ["input"], "relu": ["conv2d"], "flatten": ["relu"]}
    assert names(edited.entries) == ["input", "conv2d", "relu", "flatten"]
    assert edited.select == ("relu",)
    assert edited.say == "ReLU added after conv2d, before flatten."


def test_with_nothing_selected_it_goes_to_the_end() -> None:
    edited = place.add(chain("Input", "Conv2d"), LAYERS, {"kind": "Conv2d", "out_channels": 4})
    assert edited.entries[-1] == {"name": "conv2d_2", "kind": "Conv2d", "out_channels": 4, "inputs": ["conv2d"]}


def test_after_a_node_that_several_read_a_branch_begins() -> None:
    edited = place.add(residual(), LAYERS, {"kind": "ReLU"}, after=["conv1"])
    assert edges(edited.entries) == {**edges(residual()), "relu_2": ["conv1"]}
    assert "further branch" in edited.say


def test_after_several_it_joins_them() -> None:
    entries = chain("Input", "Conv2d", "ReLU", "Flatten")
    edited = place.add(entries, LAYERS, {"kind": "Add"}, after=["relu", "conv2d"])
    assert edges(edited.entries)["add"] == ["relu", "conv2d"]
    assert edges(edited.entries)["flatten"] == ["add"]


def test_on_an_edge_other_readers_stay() -> None:
    edited = place.add(residual(), LAYERS, {"kind": "ReLU"}, edge=("conv1", "add"))
    assert edges(edited.entries)["add"] == ["conv2", "relu_2"]
    assert edges(edited.entries)["conv2"] == ["conv1"]
    with pytest.raises(WrongInput, match="does not read"):
        place.add(residual(), LAYERS, {"kind": "ReLU"}, edge=("input", "relu"))


def test_a_dropped_layer_stands_where_it_was_dropped_and_is_not_connected() -> None:
    edited = place.add(chain("Input"), LAYERS, {"kind": "ReLU"}, at=(40, 80), loose=True)
    assert edited.entries[-1] == {"name": "relu", "kind": "ReLU", "inputs": [], "at": [40, 80]}


def test_an_input_comes_first_and_feeds_what_waits_for_one() -> None:
    waiting = [{"name": "relu", "kind": "ReLU", "inputs": []}]
    edited = place.add(waiting, LAYERS, {"kind": "Input"})
    assert edges(edited.entries) == {"input": [], "relu": ["input"]}
    assert edges(place.add(chain("Input", "ReLU"), LAYERS, {"kind": "Input"}).entries)["relu"] == ["input"]


def test_removing_heals() -> None:
    gone = place.remove(chain("Input", "Conv2d", "ReLU", "Flatten"), LAYERS, ["conv2d", "relu"])
    assert edges(gone.entries) == {"input": [], "flatten": ["input"]}
    assert gone.select == ("input",)


def test_removing_one_of_two_branches_leaves_the_other() -> None:
    assert edges(place.remove(residual(), LAYERS, ["conv2"]).entries)["add"] == ["conv1"]
    assert edges(place.remove(residual(), LAYERS, ["add"]).entries)["relu"] == ["conv2"]
    assert edges(place.remove(residual(), LAYERS, ["conv1"]).entries)["add"] == ["conv2", "input"]


def test_removing_names_what_is_not_there() -> None:
    with pytest.raises(WrongInput, match="Did you mean"):
        place.remove(residual(), LAYERS, ["conv3"])


def test_a_duplicate_of_a_piece_of_a_chain_follows_it() -> None:
    edited = place.duplicate(chain("Input", "Conv2d", "ReLU", "Flatten"), LAYERS, ["conv2d", "relu"])
    assert edges(edited.entries) == {
        "input": [], "conv2d": ["input"], "relu": ["conv2d"], "conv2d_2": ["relu"], "relu_2": ["conv2d_2"],
        "flatten": ["relu_2"],
    }  # fmt: skip
    assert edited.select == ("conv2d_2", "relu_2")


def test_a_duplicate_of_a_merge_reads_what_it_reads() -> None:
    edited = place.duplicate(residual(), LAYERS, ["add"])
    assert edges(edited.entries)["add_2"] == ["conv2", "conv1"]
    assert edges(edited.entries)["relu"] == ["add"]


def test_a_layer_moves_along_its_chain_and_no_further() -> None:
    entries = chain("Input", "Conv2d", "ReLU", "Flatten")
    moved = place.shift(entries, "relu", -1).entries
    assert edges(moved) == {"input": [], "relu": ["input"], "conv2d": ["relu"], "flatten": ["conv2d"]}
    assert place.shift(moved, "relu", 1).entries == entries
    for name, by in (("conv2d", -1), ("flatten", 1)):
        with pytest.raises(WrongInput, match="cannot go further"):
            place.shift(entries, name, by)
    with pytest.raises(WrongInput):
        place.shift(residual(), "conv2", 1)


def test_what_came_is_never_changed() -> None:
    entries = residual()
    place.add(entries, LAYERS, {"kind": "ReLU"}, after=["conv2"])
    place.remove(entries, LAYERS, ["conv2"])
    place.duplicate(entries, LAYERS, ["conv2"])
    assert entries == residual()
