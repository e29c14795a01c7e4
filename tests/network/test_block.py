"""Blocks: documents that survive, submodules with the promised names, figures that add up, problems at their path."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn

from dlviz.core.problems import Problems, WrongInput
from dlviz.network.block import MOST_DEPTH, Block
from dlviz.network.build import build
from dlviz.network.facts import facts
from dlviz.network.graph import Graph
from dlviz.network.shapes import infer

IMAGE = {"image": (16, 8, 8)}
#: A convolution whose filters are lifted out, added to what came in.
RESIDUAL: dict[str, Any] = {
    "kind": "Block",
    "title": "Residual",
    "settings": {"channels": 16, "kernel": [3, 3]},
    "nodes": [
        {"name": "input", "kind": "Input"},
        {"name": "conv", "kind": "Conv2d", "out_channels": "$channels", "kernel_size": "$kernel", "padding": "same"},
        {"name": "relu", "kind": "ReLU"},
        {"name": "add", "kind": "Add", "inputs": ["input", "relu"]},
    ],
}


def graph(document: list[Any]) -> Graph:
    problems = Problems()
    parsed = Graph.parse(document, "networks.model", problems)
    assert parsed is not None, list(problems)
    return parsed


def told(document: list[Any]) -> list[str]:
    problems = Problems()
    assert Graph.parse(document, "networks.model", problems) is None
    return [str(problem) for problem in problems]


def network(*blocks: Any) -> Graph:
    return graph(["Input", *blocks, "Flatten", {"kind": "Linear", "out_features": "auto"}])


def test_a_block_survives_its_document() -> None:
    outer = {
        "kind": "Block",
        "name": "stage",
        "title": "Stage",
        "repeat": 2,
        "open": True,
        "settings": {"channels": 8, "depth": 3},
        "nodes": [
            {"name": "x", "kind": "Input", "at": [1.0, 2.0]},
            {"name": "conv", "kind": "Conv2d", "out_channels": "$channels", "padding": 1},
            {**RESIDUAL, "name": "inner", "repeat": "$depth", "settings": {"channels": "$channels", "kernel": 3}},
        ],
    }
    drawn = network(outer)
    for brief in (False, True):
        document = drawn.document(brief)
        again = graph(document)
        assert again == drawn and hash(again) == hash(drawn)
        assert again.document(brief) == document
    written = drawn.document(brief=True)[1]
    assert written["nodes"][2]["repeat"] == "$depth"
    assert written["nodes"][2]["settings"] == {"channels": "$channels", "kernel": 3}
    assert written["nodes"][1] == {
        "name": "conv", "kind": "Conv2d", "out_channels": "$channels", "padding": 1, "inputs": ["x"]
    }  # fmt: skip
    inner = drawn["stage"].layer.graph["inner"].layer  # type: ignore[attr-defined]
    assert inner.repeat == 3 and inner.graph["conv"].layer.out_channels == 8


def test_a_lifted_setting_changes_all_that_take_it() -> None:
    block = network(RESIDUAL)["block"].layer
    assert isinstance(block, Block)
    wider = block.setting(channels=4, kernel=5)
    assert wider.graph["conv"].layer.changed() == block.graph["conv"].layer.changed(out_channels=4, kernel_size=5)
    assert wider.document()["settings"] == {"channels": 4, "kernel": 5}
    with pytest.raises(ValueError, match="out_channels"):
        block.setting(channels=0)
    with pytest.raises(KeyError):
        block.setting(chanels=3)
    # from inside: an edit of the inner graph changes the setting, or lets it stand for itself
    inner = Graph(tuple(wider.graph.nodes))
    assert block.around(inner) == wider
    lowered = block.around(inner, lower=True)
    assert lowered.lifted == () and lowered.graph == inner


def test_copies_have_weights_of_their_own_under_the_promised_names() -> None:
    drawn = network({**RESIDUAL, "name": "one"}, {**RESIDUAL, "name": "stage", "repeat": 3})
    made = build(drawn, IMAGE, (10,))
    names = [name for name, _ in made.named_parameters()]
    assert names[:2] == ["one.conv.weight", "one.conv.bias"]
    assert [name for name in names if "stage" in name] == [
        f"stage.{number}.conv.{what}" for number in range(3) for what in ("weight", "bias")
    ]
    assert len({id(weight) for weight in made.parameters()}) == len(names)
    assert type(made.one).__name__.startswith("Residual")
    x = torch.randn(2, 16, 8, 8)
    one = made.one
    assert isinstance(one, nn.Module)
    torch.testing.assert_close(one(x), x + torch.relu(one.conv(x)))
    y = x
    for number in range(3):
        y = made.stage[number](y)
    torch.testing.assert_close(made.stage(x), y)
    made(x).sum().backward()
    assert all(weight.grad is not None for weight in made.parameters())
    torch.testing.assert_close(copy.deepcopy(made)(x), made(x))


def test_further_ports_feed_every_copy() -> None:
    merge = {
        "kind": "Block",
        "name": "merge",
        "repeat": 2,
        "nodes": [
            {"name": "x", "kind": "Input"},
            {"name": "skip", "kind": "Input"},
            {"name": "add", "kind": "Add", "inputs": ["x", "skip"]},
        ],
        "inputs": ["input", "relu"],
    }
    made = build(graph(["Input", "ReLU", merge]), {"x": (5,)}, None)
    x = torch.randn(3, 5)
    torch.testing.assert_close(made(x), x + 2 * torch.relu(x))


def test_the_figures_of_a_block_are_those_of_its_layers() -> None:
    flat: list[Any] = ["Input"]
    for number in range(3):
        name = f"add{number - 1}" if number else "input"
        flat += [
            {"name": f"c{number}", "kind": "Conv2d", "out_channels": 16, "padding": 1, "inputs": [name]},
            {"name": f"r{number}", "kind": "ReLU"},
            {"name": f"add{number}", "kind": "Add", "inputs": [name, f"r{number}"]},
        ]
    end = ["Flatten", {"kind": "Linear", "out_features": "auto"}]
    one = infer(graph([*flat, *end]), IMAGE, (10,))
    two = infer(network({**RESIDUAL, "repeat": 3}), IMAGE, (10,))
    assert one.problems == two.problems == ()
    assert (one.parameters, one.flops) == (two.parameters, two.flops)
    assert one.training_bytes(32, 2) == two.training_bytes(32, 2)
    block = two.nodes["block"]
    assert block.shape == (16, 8, 8) and block.inner is not None
    assert block.inner.nodes["conv"].parameters * 3 == block.parameters
    assert block.field == (7, 7) and block.inner.nodes["conv"].field == (3, 3)


def test_a_block_measured_as_a_module_gives_the_same() -> None:
    block = network({**RESIDUAL, "repeat": 2})["block"].layer
    seen = infer(network({**RESIDUAL, "repeat": 2}), IMAGE, (10,)).nodes["block"]
    whole = facts(block, ((16, 8, 8),))
    assert (whole.shape, whole.parameters, whole.flops) == (seen.shape, seen.parameters, seen.flops)


def test_auto_inside_a_block_takes_the_size_that_the_task_needs() -> None:
    head = {"kind": "Block", "nodes": ["Input", "Flatten", {"kind": "Linear", "out_features": "auto"}]}
    report = infer(graph(["Input", head]), IMAGE, (7,))
    assert report.problems == () and report.nodes["block"].shape == (7,)
    assert build(graph(["Input", head]), IMAGE, (7,)).get_parameter("block.linear.weight").shape == (7, 1024)
    (problem,) = infer(graph(["Input", head]), IMAGE, None).problems
    assert problem.node == "block.linear"


def test_problems_inside_stand_at_their_path() -> None:
    wrong = copy.deepcopy(RESIDUAL)
    wrong["settings"]["channels"] = 8
    report = infer(network({**wrong, "name": "stage"}), IMAGE, (10,))
    (problem,) = report.problems
    assert problem.node == "stage.add" and "16×8×8, 8×8×8" in problem.message
    inner = report.nodes["stage"].inner
    assert inner is not None and inner.problems[0].node == "add"
    assert report.nodes["stage"].shape is None and inner.nodes["conv"].shape == (8, 8, 8)
    with pytest.raises(WrongInput, match="stage.add"):
        build(network({**wrong, "name": "stage"}), IMAGE, (10,))


def test_a_problem_of_a_later_copy_says_so() -> None:
    pool = {"kind": "Block", "name": "down", "repeat": 5, "nodes": ["Input", "MaxPool2d"]}
    (problem,) = infer(network(pool), IMAGE, (10,)).problems
    assert problem.node == "down.maxpool2d" and problem.message.startswith("In copy 4 of 5: ")


def test_what_a_block_takes_is_told_at_the_block() -> None:
    report = infer(graph(["Input", "Flatten", {**RESIDUAL, "name": "stage"}]), IMAGE, None)
    (problem,) = report.problems
    assert problem.node == "stage" and problem.message.startswith("Residual takes an image")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"repeat": 0}, "networks.model.block.repeat: must be a whole number, at least 1, at most 64. Received: 0."),
    ({"repeat": True}, "networks.model.block.repeat"),
    ({"title": "a b"}, "networks.model.block.title"),
    ({"title": "class"}, "networks.model.block.title"),
    ({"open": 1}, "networks.model.block.open"),
    ({"nodes": []}, "networks.model.block: must be a list of layers"),
    ({"nodes": "x"}, "networks.model.block: must be a list of layers"),
    ({"settings": [1]}, "networks.model.block.settings"),
    ({"settings": {"channels": {"a": 1}}}, "networks.model.block.settings.channels"),
    ({"settings": {"chanels": 1}}, "networks.model.block.conv: there is no setting `channels` of its block. Did you"),
    ({"settings": {"channels": "many", "kernel": 3}}, "networks.model.block.conv.out_channels: must be a whole number"),
    ({"repeats": 2}, "networks.model.block.repeats: Block has no setting `repeats`. Did you mean `repeat`?"),
]


@pytest.mark.parametrize(("change", "says"), WRONG)
def test_a_wrong_block_is_told_with_its_place(change: dict[str, Any], says: str) -> None:
    assert any(line.startswith(says) for line in told(["Input", {**RESIDUAL, **change}])), change


def test_depth_and_size_are_bounded() -> None:
    deep: dict[str, Any] = {"kind": "Block", "nodes": ["Input", "ReLU"]}
    for _ in range(MOST_DEPTH - 1):
        deep = {"kind": "Block", "nodes": ["Input", deep]}
    assert infer(graph(["Input", deep]), {"x": (3,)}, None).problems == ()
    assert "at most 8 deep" in told(["Input", {"kind": "Block", "nodes": ["Input", deep]}])[0]
    wide: dict[str, Any] = {"kind": "Block", "repeat": 64, "nodes": ["Input", "ReLU"]}
    for _ in range(2):
        wide = {"kind": "Block", "repeat": 64, "nodes": ["Input", wide]}
    assert "at most 8,192 layers" in told(["Input", wide])[0]


def test_an_inner_graph_with_several_ends_or_none_is_told() -> None:
    ends = {"kind": "Block", "name": "b", "nodes": ["Input", "ReLU", {"kind": "Tanh", "inputs": ["input"]}]}
    (problem,) = infer(network(ends), IMAGE, (10,)).problems
    assert problem.node == "b.relu" and "Nothing reads" in problem.message
    several = {"kind": "Block", "name": "b", "nodes": ["Input", {"name": "y", "kind": "Input"}, "Add"]}
    assert infer(network(several), IMAGE, (10,)).problems


def test_remedies_reach_inside_and_change_the_settings_of_the_block() -> None:
    wrong = copy.deepcopy({**RESIDUAL, "name": "stage"})
    wrong["settings"]["channels"] = 8
    for drawn in (network(wrong), network({"kind": "Block", "name": "deep", "repeat": 2, "nodes": ["Input", wrong]})):
        (problem,) = infer(drawn, IMAGE, (10,)).problems
        titles = [remedy.title for remedy in problem.remedies]
        assert titles[:2] == ["Set channels to 16", "Insert 1×1 Conv2d (8) before `stage`"]
        assert all(infer(remedy.graph, IMAGE, (10,)).problems == () for remedy in problem.remedies)
    (problem,) = infer(network(wrong), IMAGE, (10,)).problems
    mended = problem.remedies[0].graph["stage"].layer
    assert isinstance(mended, Block) and dict(mended.values)["channels"] == 16
    assert ("conv", "out_channels", "channels") in mended.lifted, "the setting stays lifted out"


def test_a_block_repeated_too_often_is_repeated_less() -> None:
    pool = {"kind": "Block", "name": "down", "repeat": 5, "nodes": ["Input", "MaxPool2d"]}
    (problem,) = infer(network(pool), IMAGE, (10,)).problems
    assert problem.remedies[0].title == "Repeat `down` 3 times"
    assert infer(problem.remedies[0].graph, IMAGE, (10,)).nodes["down"].shape == (16, 1, 1)
