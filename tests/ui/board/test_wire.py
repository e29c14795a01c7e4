"""Edges: one input is replaced, many are added to, circles are refused in words."""

import pytest

from dlviz.core.problems import WrongInput
from dlviz.ui.board import wire
from dlviz.ui.board.catalogue import Layers
from dlviz.ui.board.entries import Entries, explicit, find

LAYERS = Layers()


def entries() -> Entries:
    return explicit(["Input", "Conv2d", "ReLU", {"kind": "Add", "inputs": ["conv2d", "relu"]}])


def test_a_layer_of_one_input_reads_the_new_one_instead() -> None:
    assert find(wire.connect(entries(), LAYERS, "input", "relu").entries, "relu")["inputs"] == ["input"]


def test_a_layer_of_many_inputs_reads_the_new_one_too() -> None:
    inputs = find(wire.connect(entries(), LAYERS, "input", "add").entries, "add")["inputs"]
    assert inputs == ["conv2d", "relu", "input"]
    with pytest.raises(WrongInput, match="already"):
        wire.connect(entries(), LAYERS, "relu", "add")


def test_one_of_the_inputs_is_replaced_where_its_place_is_named() -> None:
    assert find(wire.connect(entries(), LAYERS, "input", "add", 0).entries, "add")["inputs"] == ["input", "relu"]


@pytest.mark.parametrize(("source", "target"), [("add", "conv2d"), ("relu", "relu")])
def test_a_circle_is_refused(source: str, target: str) -> None:
    with pytest.raises(WrongInput, match="Data must flow one way"):
        wire.connect(entries(), LAYERS, source, target)
    with pytest.raises(WrongInput, match="Data must flow one way"):
        wire.rewire(entries(), LAYERS, target, [source])


def test_an_input_reads_nothing() -> None:
    with pytest.raises(WrongInput, match="where an example enters"):
        wire.connect([*entries(), {"name": "input_2", "kind": "Input", "inputs": []}], LAYERS, "relu", "input_2")


def test_disconnecting() -> None:
    assert find(wire.disconnect(entries(), "relu", "add").entries, "add")["inputs"] == ["conv2d"]
    with pytest.raises(WrongInput, match="does not read"):
        wire.disconnect(entries(), "input", "add")


def test_rewiring_keeps_the_order_given() -> None:
    edited = wire.rewire(entries(), LAYERS, "add", ["relu", "input", "conv2d"])
    assert find(edited.entries, "add")["inputs"] == ["relu", "input", "conv2d"]
    with pytest.raises(WrongInput, match="at most 1"):
        wire.rewire(entries(), LAYERS, "relu", ["input", "conv2d"])
