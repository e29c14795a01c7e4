"""Code of networks with blocks: classes that share what they can, the same weights, the same drawing when read back."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dlviz.blocks import builtin
from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Ids, Shape
from dlviz.network.build import build
from dlviz.network.code import source, sources
from dlviz.network.facts import example
from dlviz.network.graph import Graph
from dlviz.network.marks import mark, marked
from dlviz.network.read_code import read

Entry = dict[str, Any]
BUILTIN = builtin()
INPUT: Entry = {"name": "input", "kind": "Input", "inputs": []}
X: Entry = {"name": "x", "kind": "Input", "inputs": []}
IMAGE: dict[str, Shape] = {"image": (1, 8, 8)}


def conv(name: str, channels: Any, source: str, **settings: Any) -> Entry:
    return {"name": name, "kind": "Conv2d", "out_channels": channels, "padding": 1, **settings, "inputs": [source]}


def layer(name: str, kind: str, *inputs: str, **settings: Any) -> Entry:
    return {"name": name, "kind": kind, **settings, "inputs": list(inputs)}


def block(name: str, title: str, nodes: list[Entry], *inputs: str, **more: Any) -> Entry:
    return {"name": name, "kind": "Block", "title": title, "nodes": nodes, "inputs": list(inputs), **more}


def inside(channels: Any, *more: Entry) -> list[Entry]:
    return [X, conv("c", channels, "x"), layer("r", "ReLU", "c"), *more]


INNER = [
    {"name": "y", "kind": "Input", "inputs": []},
    conv("c", "$width", "y", init="$start"),
    layer("n", "BatchNorm2d", "c"),
]
OUTER = [X, block("parts", "Inner", INNER, "x", settings={"width": "$size", "start": "kaiming"}, repeat="$times")]
MIX = [layer("a", "Input"), conv("c", 4, "a"), layer("b", "Input"), layer("s", "Add", "c", "b")]
ENCODER, DECODER = BUILTIN["TransformerEncoderBlock"].node(), BUILTIN["TransformerDecoderBlock"].node()
HEAD = [layer("f", "Flatten", "r"), layer("l", "Linear", "f", out_features="auto")]
DRAWN: dict[str, tuple[list[Entry], dict[str, Shape]]] = {
    "settings that differ and are not lifted": (
        [INPUT, block("one", "Stage", inside(8), "input"), block("two", "Stage", inside(16), "one")], IMAGE,
    ),
    "two structures under one title": (
        [INPUT, block("one", "Stage", inside(8), "input"), block("two", "Stage", inside(16)[:2], "one")], IMAGE,
    ),
    "blocks in blocks, with lifted repeats, starts and settings that nobody takes": (
        [INPUT, block("one", "Outer", OUTER, "input", settings={"size": 8, "times": 2, "spare": [1, 2]}),
         block("two", "Outer", OUTER, "one", settings={"size": 12, "times": 2, "spare": None}, repeat=2)], IMAGE,
    ),
    "several ports, repeated": ([INPUT, conv("b", 4, "input"), block("m", "Mix", MIX, "b", "b", repeat=3)], IMAGE),
    "several ports, the first copy differs": (
        [INPUT, conv("b", 4, "input"), block("m", "Mix", MIX, "input", "b", repeat=3)], IMAGE,
    ),
    "names that Python, torch and the code itself use": (
        [INPUT, block("one", "Sum", inside("$nn"), "input", settings={"nn": 8}),
         block("two", "range", inside("$Sum"), "one", settings={"Sum": 5}, repeat=2), layer("add", "Add", "two", "two"),
         block("three", "Network", inside("$Stage"), "add", settings={"Stage": 4}),
         block("four", "Stage", inside("$in_channels"), "three", settings={"in_channels": 3})], IMAGE,
    ),
    "a mask that is not connected": (
        [layer("t", "Input"), layer("e", "Linear", "t"), {"name": "b", **ENCODER, "repeat": 2, "inputs": ["e"]}],
        {"series": (5, 3)},
    ),
    "masks": (
        [layer("t", "Input"), layer("m", "PaddingMask", "t"), layer("e", "Embedding", "t"),
         {"name": "b", **ENCODER, "repeat": 2, "inputs": ["e", "m"]}, layer("p", "PoolSteps", "b", "m")],
        {"text": Ids((5,), 30)},
    ),
    "a memory without a mask": (
        [layer("t", "Input"), layer("e", "Linear", "t"), {"name": "b", **DECODER, "inputs": ["e", "e"]}],
        {"series": (5, 3)},
    ),
    "copies of ever smaller inputs": (
        [INPUT, block("d", "Down", inside("$c", layer("p", "MaxPool2d", "r")), "input", settings={"c": 6}, repeat=3),
         layer("f", "Flatten", "d"), layer("l", "Linear", "f", out_features="auto")], IMAGE,
    ),
    "what the task asks for, inside a block": (
        [INPUT, block("h", "Head", inside("$c", *HEAD), "input", settings={"c": 6})], IMAGE,
    ),
    **{
        f"built in: {title}": (
            [INPUT, conv("a", 16, "input"), {"name": "b", **BUILTIN[title].node(channels=16), "inputs": ["a"]}], IMAGE,
        )
        for title in ("Residual", "ResidualDown", "ConvNormAct", "UNetDown")
    },
}  # fmt: skip


def graph(document: list[Entry]) -> Graph:
    problems = Problems()
    parsed = Graph.parse(document, "networks.model", problems)
    assert parsed is not None, list(problems)
    return parsed


def wanted(name: str) -> Shape | None:
    return (10,) if any(node.get("out_features") == "auto" for node in flat(DRAWN[name][0])) else None


def flat(nodes: list[Entry]) -> list[Entry]:
    return [one for node in nodes for one in (node, *flat(node.get("nodes", [])))]


@pytest.mark.parametrize("name", DRAWN)
def test_it_has_the_weights_of_the_built_network_and_computes_the_same(name: str) -> None:
    document, inputs = DRAWN[name]
    text = source(graph(document), inputs, wanted(name))
    space: dict[str, Any] = {"__name__": "drawn"}
    exec(text, space)  # our own text, made of checked names and plain values
    written = space["Network"]().eval()
    built = build(graph(document), inputs, wanted(name)).eval()
    assert list(written.state_dict()) == list(built.state_dict())
    built.load_state_dict(written.state_dict())
    written.load_state_dict(built.state_dict())
    batch = [example(shape, 3) for shape in inputs.values()]
    assert torch.equal(written(*batch), built(*batch))
    exec(text, {"__name__": "__main__"})
    assert all(len(line) <= 200 for line in text.splitlines())


@pytest.mark.parametrize("name", DRAWN)
def test_reading_it_gives_the_drawing_again(name: str) -> None:
    document, inputs = DRAWN[name]
    found = read(source(graph(document), inputs, wanted(name)))
    assert found.unread == [] and found.title == "Network"
    assert graph(found.nodes).document() == graph(document).document()


def test_copies_share_a_class_and_what_differs_is_an_argument() -> None:
    residual = BUILTIN["Residual"]
    document = [
        INPUT,
        conv("first", 16, "input"),
        {"name": "stage1", **residual.node(channels=16), "repeat": 3, "inputs": ["first"]},
        {"name": "down", **BUILTIN["ResidualDown"].node(channels=32), "inputs": ["stage1"]},
        {"name": "stage2", **residual.node(channels=32), "inputs": ["down"]},
    ]
    text = source(graph(document), IMAGE, None)
    assert text.count("class Residual(nn.Module):") == 1
    for line in (
        "    def __init__(self, channels: int) -> None:",
        "        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)",
        "        self.norm1 = nn.BatchNorm2d(channels)",
        "        self.stage1 = nn.Sequential(*(Residual(channels=16) for _ in range(3)))",
        "        self.down = ResidualDown(channels=32, stride=2)",
        "        self.stage2 = Residual(channels=32)",
        "        # input: (N, channels, H, W)",
        "        x = self.stage2(x)  # (N, 32, 4, 4)",
    ):
        assert line in text.splitlines(), (line, text)


def test_sizes_of_lifted_settings_are_told_from_sizes_that_happen_to_be_equal() -> None:
    """16 channels come in and 16 go out, but only the latter is the setting."""
    head = inside("$c", layer("f", "Flatten", "r"), layer("l", "Linear", "f", out_features=3))
    text = source(
        graph([INPUT, conv("a", 16, "input"), block("b", "Head", head, "a", settings={"c": 16})]), IMAGE, None
    )
    assert "self.c = nn.Conv2d(16, c, 3, padding=1)" in text
    assert "self.l = nn.Linear(c * 64, 3)" in text


def test_several_networks_share_a_file() -> None:
    one = graph([INPUT, block("a", "Stage", inside("$c"), "input", settings={"c": 4})])
    two = graph([INPUT, block("b", "Stage", inside("$c"), "input", settings={"c": 5})])
    text = sources({"Generator": (one, IMAGE, None), "Discriminator": (two, {"image": (3, 8, 8)}, None)})
    assert text.count("import torch\n") == 1 and text.count("class Stage(") == 1
    exec(text, {"__name__": "__main__"})
    for title, drawn in (("Generator", one), ("Discriminator", two)):
        assert graph(read(text, title).nodes).document() == drawn.document()


def test_a_faulty_block_is_told() -> None:
    wrong = graph([INPUT, {"name": "one", **BUILTIN["Residual"].node(channels=16), "inputs": ["input"]}])
    with pytest.raises(WrongInput) as refusal:
        source(wrong, IMAGE, None)
    assert any(problem.place.startswith("one") for problem in refusal.value.problems)


@pytest.mark.parametrize(
    "settings", [{}, {"a": 1}, {"b": [1, [2, 3]], "c": None, "d": "x # y", "e": 1e-5}, {"s": {"t": 2}}]
)
@pytest.mark.parametrize("name", ["", "input"])
def test_marks_come_back(name: str, settings: Entry) -> None:
    assert marked(f"(N, 3), {mark(settings, name)}") == (name, settings)


@pytest.mark.parametrize(
    "text", ["drawn with f(1)", "drawn with a=b", "drawn with a=" + "[" * 900, "drawn", "withdrawn with x"]
)
def test_other_comments_say_nothing(text: str) -> None:
    assert marked(text) == ("", {})
