"""Edits on a network: chains stay chains, branches stay whole, names stay unique."""

import pytest

from dlviz.core.problems import WrongInput
from dlviz.ui import edits


def chain(*names):
    return edits.explicit([{"name": name, "kind": name.capitalize()} for name in names])


def wiring(entries):
    return {entry["name"]: entry["inputs"] for entry in entries}


START = chain("input", "linear", "relu", "head")


def test_left_out_names_and_inputs_are_written_out():
    assert wiring(edits.explicit(["Input", {"kind": "Linear"}, {"kind": "Linear", "inputs": "input"}])) == {
        "input": [],
        "linear": ["input"],
        "linear_2": ["input"],
    }


def test_a_layer_is_added_within_the_chain():
    changed, name = edits.add(START, "Linear", "linear")
    assert name == "linear_2"
    assert wiring(changed) == {"input": [], "linear": ["input"], "linear_2": ["linear"], "relu": ["linear_2"],
                               "head": ["relu"]}  # fmt: skip
    assert [entry["name"] for entry in changed] == ["input", "linear", "linear_2", "relu", "head"]
    assert wiring(START)["relu"] == ["linear"], "the entries given stay as they were"


def test_a_layer_is_added_with_settings():
    changed, name = edits.add(START, "Conv2d", "linear", new={"padding": "same"})
    assert edits.find(changed, name) == {"name": name, "kind": "Conv2d", "padding": "same", "inputs": ["linear"]}


def test_a_layer_is_added_at_the_end_and_an_input_at_the_start():
    assert wiring(edits.add(START, "Relu", None)[0])["relu_2"] == ["head"]
    changed, name = edits.add(START, "Input", "head", source=True)
    assert changed[0] == {"name": name, "kind": "Input", "inputs": []}
    assert edits.add([], "Linear", None)[0] == [{"name": "linear", "kind": "Linear", "inputs": []}]


def test_removing_joins_what_is_left():
    assert wiring(edits.remove(START, "linear")) == {"input": [], "relu": ["input"], "head": ["relu"]}
    branch = [*START[:3], {"name": "add", "kind": "Add", "inputs": ["linear", "relu"]}]
    assert wiring(edits.remove(branch, "relu"))["add"] == ["linear"], "one and the same input is not taken twice"


def test_moving_swaps_neighbours_and_stops_at_ends_and_branches():
    down = edits.move(START, "linear", +1)
    assert wiring(down) == {"input": [], "relu": ["input"], "linear": ["relu"], "head": ["linear"]}
    assert edits.move(down, "linear", -1) == START
    assert edits.move(START, "head", +1) == START
    assert edits.move(START, "linear", -1) == START, "an Input stays first"
    branch = [*START, {"name": "add", "kind": "Add", "inputs": ["linear", "head"]}]
    assert edits.move(branch, "linear", +1) == branch


def test_duplicating_copies_the_settings():
    entries = edits.change(START, "linear", {"out_features": 7})
    changed, name = edits.duplicate(entries, "linear")
    assert edits.find(changed, name) == {"name": "linear_2", "kind": "Linear", "out_features": 7, "inputs": ["linear"]}
    assert wiring(changed)["relu"] == ["linear_2"]


def test_renaming_reaches_every_reader_and_refuses_bad_names():
    assert wiring(edits.rename(START, "linear", "body"))["relu"] == ["body"]
    for bad in ("1st", "class", "relu", "", "a b"):
        with pytest.raises(WrongInput):
            edits.rename(START, "linear", bad)


def test_connecting_keeps_the_order_of_inputs():
    assert wiring(edits.connect(START, "head", ["relu", "input"]))["head"] == ["relu", "input"]
