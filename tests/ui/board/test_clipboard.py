"""Copied nodes as text, which may come from anywhere."""

import json

import pytest

from dlviz.core.problems import WrongInput
from dlviz.ui.board import clipboard
from dlviz.ui.board.catalogue import Layers
from dlviz.ui.board.entries import Entries, explicit

LAYERS = Layers()


def text(*nodes: object) -> str:
    return json.dumps({"dlviz": "nodes", "nodes": list(nodes)})


def chain() -> Entries:
    return explicit(["Input", "Conv2d", "ReLU"])


TWO = text(
    {"name": "conv2d", "kind": "Conv2d", "inputs": ["input"], "at": [100, 100]},
    {"name": "relu", "kind": "ReLU", "inputs": ["conv2d"], "at": [300, 150]},
)


def edges(entries: Entries) -> dict[str, list[str]]:
    return {entry["name"]: entry["inputs"] for entry in entries}


def test_pasted_after_a_node_they_go_between() -> None:
    edited = clipboard.paste(chain(), LAYERS, TWO, after="conv2d")
    assert edges(edited.entries) == {
        "input": [], "conv2d": ["input"], "conv2d_2": ["conv2d"], "relu_2": ["conv2d_2"], "relu": ["relu_2"]
    }  # fmt: skip
    assert edited.select == ("conv2d_2", "relu_2")
    assert all("at" not in entry for entry in edited.entries)


def test_pasted_elsewhere_they_are_connected_among_themselves() -> None:
    edited = clipboard.paste(chain(), LAYERS, TWO, at=(0, 8))
    assert edges(edited.entries)["conv2d_2"] == []
    assert [entry["at"] for entry in edited.entries if "at" in entry] == [[0, 8], [200, 58]]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "hello",
        "[1]",
        '{"dlviz": "nodes", "nodes": "x"}',
        '{"dlviz": "other", "nodes": [{"kind": "ReLU"}]}',
        text(),
        text("ReLU"),
        text({"name": "a"}),
        text({"kind": "Nothing"}),
        text({"kind": "Conv2d", "out_channels": 0}),
        text({"kind": "ReLU", "name": "import os"}),
        text({"kind": "ReLU", "name": "a"}, {"kind": "ReLU", "name": "a"}),
        "[" * 100_000,
    ],
)
def test_anything_else_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(WrongInput):
        clipboard.paste(chain(), LAYERS, wrong)


def test_a_setting_of_a_block_that_is_not_here_is_left_out() -> None:
    copied = text({"name": "conv", "kind": "Conv2d", "out_channels": "$channels", "inputs": []})
    assert "out_channels" not in clipboard.paste(chain(), LAYERS, copied, after="relu").entries[-1]
    inside = clipboard.paste(chain(), LAYERS, copied, after="relu", around={"channels": 4})
    assert inside.entries[-1]["out_channels"] == "$channels"
