"""Settings, names, kinds of one node."""

import pytest

from dlviz.core.problems import WrongInput
from dlviz.ui.board import alter
from dlviz.ui.board.catalogue import Layers
from dlviz.ui.board.entries import Entries, explicit, find

LAYERS = Layers()


def entries() -> Entries:
    return explicit(["Input", {"kind": "Conv2d", "out_channels": 8, "at": [8, 16]}, "ReLU"])


def test_settings_are_merged_and_none_means_default() -> None:
    changed = alter.change(entries(), LAYERS, "conv2d", {"kernel_size": [3, 5], "out_channels": None}, {}).entries
    assert find(changed, "conv2d") == {
        "name": "conv2d", "kind": "Conv2d", "kernel_size": [3, 5], "inputs": ["input"], "at": [8, 16]
    }  # fmt: skip


def test_a_setting_may_be_nothing_where_its_default_is_something() -> None:
    words = explicit([{"kind": "Embedding", "embedding_dim": 4}])
    changed = alter.change(words, LAYERS, "embedding", {}, {}, ["padding_idx"])
    assert find(changed.entries, "embedding")["padding_idx"] is None
    assert changed.say == "embedding: padding idx nothing."
    back = alter.change(changed.entries, LAYERS, "embedding", {"padding_idx": None}, {}).entries
    assert "padding_idx" not in find(back, "embedding")
    with pytest.raises(WrongInput, match="whole number"):
        alter.change(entries(), LAYERS, "conv2d", {}, {}, ["out_channels"])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"out_channels": 0}, "at least 1"),
        ({"out_channels": "4"}, "whole number"),
        ({"colour": 1}, "no setting `colour`"),
        ({"name": "x"}, "no setting"),
        ({"inputs": []}, "no setting"),
        ({"out_channels": "$channels"}, "whole number"),
    ],
)
def test_a_wrong_value_is_refused_in_the_layers_own_words(settings: dict[str, object], says: str) -> None:
    with pytest.raises(WrongInput, match=says):
        alter.change(entries(), LAYERS, "conv2d", settings, {})


def test_inside_a_block_a_value_may_be_the_blocks_setting() -> None:
    changed = alter.change(entries(), LAYERS, "conv2d", {"out_channels": "$channels"}, {"channels": 4}).entries
    assert find(changed, "conv2d")["out_channels"] == "$channels"
    with pytest.raises(WrongInput):
        alter.change(entries(), LAYERS, "conv2d", {"out_channels": "$channels"}, {"channels": "many"})


def test_a_faulty_layer_can_be_mended_one_setting_at_a_time() -> None:
    faulty = explicit(["Input", {"kind": "Conv2d", "out_channels": 0, "kernel_size": 0}])
    changed = alter.change(faulty, LAYERS, "conv2d", {"out_channels": 8}, {}).entries
    assert find(changed, "conv2d")["out_channels"] == 8


def test_a_blocks_settings_are_those_lifted_out_of_it() -> None:
    block = {"name": "block", **LAYERS.block("Residual"), "inputs": ["input"]}
    before = [*explicit(["Input"]), block]
    changed = alter.change(before, LAYERS, "block", {"channels": 32}, {}).entries
    assert find(changed, "block")["settings"] == {"channels": 32}
    assert alter.change(changed, LAYERS, "block", {"channels": None}, {}).entries == before
    with pytest.raises(WrongInput, match="It has: channels"):
        alter.change(before, LAYERS, "block", {"width": 2}, {})
    with pytest.raises(WrongInput, match="at least 1"):
        alter.change(before, LAYERS, "block", {"channels": 0}, {})


def test_a_name_changes_wherever_it_is_read() -> None:
    changed = alter.rename(entries(), LAYERS, "conv2d", "edges").entries
    assert find(changed, "relu")["inputs"] == ["edges"]


@pytest.mark.parametrize("name", ["relu", "2d", "a b", "class", "forward", "a.b", "x" * 65])
def test_a_name_that_cannot_stand_is_refused(name: str) -> None:
    with pytest.raises(WrongInput):
        alter.rename(entries(), LAYERS, "conv2d", name)


def test_another_kind_keeps_what_both_know() -> None:
    edited = alter.replace(entries(), LAYERS, "conv2d", "ConvTranspose2d", {})
    new = find(edited.entries, edited.select[0])
    assert (new["name"], new["out_channels"], new["inputs"], new["at"]) == ("convtranspose2d", 8, ["input"], [8, 16])
    assert find(edited.entries, "relu")["inputs"] == ["convtranspose2d"]


def test_a_name_of_ones_own_stays_with_another_kind() -> None:
    named = alter.rename(entries(), LAYERS, "conv2d", "edges").entries
    edited = alter.replace(named, LAYERS, "edges", "MaxPool2d", {})
    assert edited.select == ("edges",)
    assert "out_channels" not in find(edited.entries, "edges")
    with pytest.raises(WrongInput, match="Did you mean"):
        alter.replace(named, LAYERS, "edges", "MaxPool", {})
