"""Blocks: grouped and taken apart again, repeated, their settings lifted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.core.problems import WrongInput
from dlviz.ui.board import grouping
from dlviz.ui.board.catalogue import Layers
from dlviz.ui.board.entries import Entries, Entry, explicit, find, names, ordered

LAYERS = Layers()


def residual() -> Entries:
    return explicit(
        [
            {"name": "input", "kind": "Input", "inputs": []},
            {"name": "conv1", "kind": "Conv2d", "inputs": ["input"]},
            {"name": "conv2", "kind": "Conv2d", "out_channels": 8, "inputs": ["conv1"]},
            {"name": "add", "kind": "Add", "inputs": ["conv2", "conv1"]},
            {"name": "relu", "kind": "ReLU", "inputs": ["add"]},
        ]
    )


def by_name(entries: Entries) -> dict[str, Entry]:
    return {entry["name"]: entry for entry in entries}


def test_what_is_read_from_outside_enters_by_ports() -> None:
    edited = grouping.group(residual(), LAYERS, ["conv2", "add"], "Step")
    block = find(edited.entries, "step")
    assert block["inputs"] == ["conv1"]
    assert [entry["kind"] for entry in block["nodes"]] == ["Input", "Conv2d", "Add"]
    assert find(block["nodes"], "add")["inputs"] == ["conv2", "input"]
    assert find(edited.entries, "relu")["inputs"] == ["step"]
    assert edited.select == ("step",)


def test_taken_apart_all_is_as_before() -> None:
    edited = grouping.group(residual(), LAYERS, ["conv1", "conv2", "add"], "Step")
    assert by_name(grouping.ungroup(edited.entries, "step").entries) == by_name(residual())


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (["conv1", "relu"], "not connected"),
        (["conv1", "add"], "Choose `conv2` as well"),
        (["conv1", "conv2"], "one result"),
        (["input"], "at least one layer"),
        (["nothing"], "There is no layer"),
    ],
)
def test_what_cannot_be_a_block_is_said(chosen: list[str], says: str) -> None:
    with pytest.raises(WrongInput, match=says):
        grouping.group(residual(), LAYERS, chosen, "Step")


def test_a_title_names_a_class() -> None:
    with pytest.raises(WrongInput, match="capital"):
        grouping.group(residual(), LAYERS, ["conv2", "add"], "two words")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Entries, list[str]]:
    """A random network, some nodes placed by hand, and some of its nodes chosen."""
    many = draw(st.integers(2, 12))
    entries: Entries = [{"name": "input", "kind": "Input", "inputs": []}]
    for number in range(many):
        known = names(entries)
        inputs = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        entry: Entry = {"name": f"n{number}", "kind": "Add" if len(inputs) > 1 else "ReLU", "inputs": inputs}
        if draw(st.booleans()):
            entry["at"] = [draw(st.integers(-400, 400)), draw(st.integers(-400, 400))]
        entries.append(entry)
    chosen = draw(st.lists(st.sampled_from(names(entries)), min_size=1, max_size=many, unique=True))
    return entries, chosen


@given(graphs())
def test_ungroup_restores_what_group_took(drawn: tuple[Entries, list[str]]) -> None:
    entries, chosen = drawn
    try:
        edited = grouping.group(entries, LAYERS, chosen, "Step")
    except WrongInput:
        return
    assert sum(entry["kind"] == "Block" for entry in edited.entries) == 1
    assert not LAYERS.faults(find(edited.entries, "step"))
    back = grouping.ungroup(edited.entries, "step").entries
    assert by_name(back) == by_name(entries)


@given(graphs(), st.integers(2, 4))
def test_a_repeated_block_comes_apart_into_its_copies(drawn: tuple[Entries, list[str]], times: int) -> None:
    entries, chosen = drawn
    try:
        edited = grouping.group(entries, LAYERS, chosen, "Step").entries
    except WrongInput:
        return
    inner = [entry for entry in find(edited, "step")["nodes"] if entry["kind"] != "Input"]
    repeated = grouping.repeat(edited, "step", times).entries
    apart = grouping.ungroup(repeated, "step").entries
    assert len(apart) == len(entries) + (times - 1) * len(inner)
    known = set(names(apart))
    assert len(known) == len(apart)
    assert all(source in known for entry in apart for source in entry["inputs"])
    assert ordered(apart)[0]["kind"] == "Input"


def test_copies_follow_each_other() -> None:
    edited = grouping.group(residual(), LAYERS, ["conv2", "add"], "Step").entries
    apart = by_name(grouping.ungroup(grouping.repeat(edited, "step", 2).entries, "step").entries)
    assert apart["conv2_2"]["inputs"] == ["add"]
    assert apart["add_2"]["inputs"] == ["conv2_2", "add"]
    assert apart["relu"]["inputs"] == ["add_2"]


def test_a_lifted_setting_stands_at_the_block_and_can_be_lowered() -> None:
    edited = grouping.group(residual(), LAYERS, ["conv2", "add"], "Step").entries
    lifted = grouping.lift(edited, LAYERS, "step", "conv2", "out_channels", "channels").entries
    block = find(lifted, "step")
    assert block["settings"] == {"channels": 8}
    assert find(block["nodes"], "conv2")["out_channels"] == "$channels"
    assert not LAYERS.faults(block)
    assert grouping.lower(lifted, "step", "channels").entries == edited
    apart = by_name(grouping.ungroup(lifted, "step").entries)
    assert apart == by_name(residual())


def test_a_default_can_be_lifted_too() -> None:
    edited = grouping.group(residual(), LAYERS, ["conv2", "add"], "Step").entries
    lifted = grouping.lift(edited, LAYERS, "step", "conv2", "kernel_size", "window").entries
    assert find(lifted, "step")["settings"] == {"window": 3}
    with pytest.raises(WrongInput, match="already"):
        grouping.lift(lifted, LAYERS, "step", "conv2", "kernel_size", "other")
    with pytest.raises(WrongInput, match="no setting `colour`"):
        grouping.lift(lifted, LAYERS, "step", "conv2", "colour", "colour")


def test_a_block_grouped_inside_a_block_passes_its_settings_on() -> None:
    inner = LAYERS.block("Residual")["nodes"]
    edited = grouping.group(inner, LAYERS, ["conv1", "norm1"], "Step").entries
    assert find(edited, "step")["settings"] == {"channels": "$channels"}
    assert by_name(grouping.ungroup(edited, "step").entries) == by_name(inner)


@pytest.mark.parametrize("times", [0, 65, True, 1.5, "2"])
def test_copies_have_bounds(times: int) -> None:
    edited = grouping.group(residual(), LAYERS, ["conv2", "add"], "Step").entries
    with pytest.raises(WrongInput, match="1 to 64"):
        grouping.repeat(edited, "step", times)


def test_opening_and_closing_leaves_no_trace() -> None:
    edited = grouping.group(residual(), LAYERS, ["conv2", "add"], "Step").entries
    opened = grouping.set_open(edited, "step", True).entries
    assert find(opened, "step")["open"] is True
    assert grouping.set_open(opened, "step", False).entries == edited
