"""What two drawings differ in is told completely, and nothing is told of two that are alike."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlviz.blocks import builtin
from dlviz.network.difference import difference, networks_difference
from dlviz.network.graph import Graph
from tests.network.test_fuzz import graphs

Entry = dict[str, Any]


def node(name: str, kind: str, *inputs: str, **settings: Any) -> Entry:
    return {"name": name, "kind": kind, **settings, "inputs": list(inputs)}


BEFORE = [
    node("input", "Input"),
    node("conv1", "Conv2d", "input", out_channels=8),
    node("relu1", "ReLU", "conv1"),
    node("add", "Add", "relu1", "conv1"),
    node("output", "Linear", "add", out_features="auto"),
]


def edited(**changes: Entry | None) -> list[Entry]:
    """BEFORE with some nodes changed (None: gone) and others added at the end."""
    known = {entry["name"]: copy.deepcopy(entry) for entry in BEFORE}
    for name, change in changes.items():
        known[name] = {**known.get(name, {"name": name}), **change} if change is not None else {}
    return [entry for entry in known.values() if entry]


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (edited(), []),
        (edited(conv1={"at": [1, 2]}, relu1={"open": True}), []),
        (edited(conv1={"out_channels": 16, "kernel_size": [5, 5]}),
         ["`conv1`: out_channels 8 → 16; kernel_size default → [5, 5]."]),
        (edited(output={"out_features": 3}), ["`output`: out_features `auto` → 3."]),
        (edited(relu1={"kind": "GELU"}), ["`relu1`: ReLU → GELU."]),
        (edited(add={"inputs": ["conv1", "relu1"]}), ["`add` reads the same in another order: conv1, relu1."]),
        (edited(add={"inputs": ["relu1", "input"]}), ["`add` reads `input` and no longer reads `conv1`."]),
        (edited(drop=node("drop", "Dropout", "add", p=0.1), output={"inputs": ["drop"]}),
         ["`output` reads `drop` and no longer reads `add`.", "`drop` (Dropout) is new and reads `add`."]),
        (edited(relu1=None, add={"inputs": ["conv1", "input"]}),
         ["`add` reads `input` and no longer reads `relu1`.", "`relu1` (ReLU) is gone."]),
        (edited(conv1=None, first=node("first", "Conv2d", "input", out_channels=8), relu1={"inputs": ["first"]},
                add={"inputs": ["relu1", "first"]}),
         ["`conv1` is called `first` now."]),
    ],
)  # fmt: skip
def test_what_changed_is_told(after: list[Entry], sentences: list[str]) -> None:
    found = difference(BEFORE, after)
    assert found.sentences() == sentences
    assert bool(found) == bool(sentences)


def test_the_inside_of_blocks_is_compared_by_path() -> None:
    residual = builtin()["Residual"]
    before = [node("input", "Input"), {"name": "stage", **residual.node(channels=8), "inputs": ["input"]}]
    after = copy.deepcopy(before)
    after[1].update(repeat=3, settings={"channels": 16})
    after[1]["nodes"][1]["bias"] = True
    after[1]["nodes"].append(node("extra", "Dropout", "relu2"))
    found = difference(before, after)
    assert found.sentences() == [
        "`stage`: channels 8 → 16; repeat default → 3.",
        "`stage.conv1`: bias false → true.",
        "`stage.extra` (Dropout) is new and reads `relu2`.",
    ]
    assert found.paths("added") == {"stage.extra"} and found.paths() == {"stage", "stage.conv1", "stage.extra"}


def test_two_names_that_change_places() -> None:
    after = edited(conv1=node("conv1", "ReLU", "relu1"), relu1=node("relu1", "Conv2d", "input", out_channels=8))
    told = difference(BEFORE, after)
    assert told.paths() >= {"conv1", "relu1"}


def test_roles_are_compared_one_by_one() -> None:
    found = networks_difference({"generator": BEFORE, "old": BEFORE[:1]}, {"generator": BEFORE, "new": BEFORE[:1]})
    assert list(found) == ["generator", "new", "old"]
    assert (
        not found["generator"]
        and found["new"].steps[0].change == "added"
        and found["old"].paths("removed") == {"input"}
    )


def test_faulty_documents_are_compared_too() -> None:
    odd = [
        {"kind": "Nothing"},
        {"name": "a", "inputs": "b", "kind": 3},
        {"name": "b", "kind": "Block", "nodes": ["x", None]},
    ]
    assert difference(odd, []).sentences() and difference([], odd).sentences() and not difference(odd, odd)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(graphs(), graphs(), st.randoms(use_true_random=False))
def test_nothing_is_told_of_the_same_and_something_of_all_others(one: Graph, two: Graph, chance: Any) -> None:
    first, second = one.document(brief=True), two.document(brief=True)
    assert not difference(first, first)
    mixed = copy.deepcopy(first)
    chance.shuffle(mixed)
    assert not difference(first, mixed), "the order in a document is no difference"
    by_name = [{entry["name"]: entry for entry in entries} for entries in (first, second)]
    told = difference(first, second)
    assert bool(told) == (by_name[0] != by_name[1])
    for step in told.steps:
        assert step.text.endswith(".") and step.path
