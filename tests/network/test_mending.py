"""Networks that work, with one or two faults put in: whoever follows the first remedy arrives at one that works."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from dlviz.blocks import builtin
from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Ids, Shape
from dlviz.layers.layer import Layer
from dlviz.network import edit
from dlviz.network.block import Block
from dlviz.network.graph import Graph, Node
from dlviz.network.shapes import infer

AUTO = {"kind": "Linear", "out_features": "auto"}
IMAGE: dict[str, Shape] = {"image": (3, 32, 32)}
TEXT: dict[str, Shape] = {"text": Ids((20,), 100)}


def conv(channels: int | str, size: int = 3) -> dict[str, Any]:
    return {"kind": "Conv2d", "out_channels": channels, "kernel_size": size, "padding": size // 2}


def block(title: str, name: str = "", **settings: Any) -> dict[str, Any]:
    return {**builtin()[title].node(**settings), "name": name or title.lower()}


WORDS = ["Input", {"kind": "PaddingMask", "name": "mask"}]
WORKING: list[tuple[list[Any], Mapping[str, Shape], Shape]] = [
    (["Input", conv(6), "ReLU", "MaxPool2d", conv(16), "ReLU", "MaxPool2d", "Flatten", AUTO], IMAGE, (10,)),
    (
        [
            "Input",
            conv(16),
            "BatchNorm2d",
            block("Residual"),
            block("ResidualDown"),
            "AdaptiveAvgPool2d",
            "Flatten",
            AUTO,
        ],
        IMAGE,
        (10,),
    ),
    (
        [
            "Input",
            block("ConvNormAct", "first"),
            block("UNetDown"),
            {**block("UNetUp"), "inputs": ["unetdown", "first"]},
            conv("auto", 1),
        ],
        IMAGE,
        (3, 32, 32),
    ),
    (
        ["Input", block("Inception"), block("SqueezeExcite", channels=64), "AdaptiveAvgPool2d", "Flatten", AUTO],
        IMAGE,
        (9,),
    ),
    (
        [
            *WORDS,
            {"kind": "Embedding", "name": "e", "inputs": ["input"]},
            {"kind": "LSTM", "output": "last", "inputs": ["e", "mask"]},
            AUTO,
        ],
        TEXT,
        (2,),
    ),
    (
        [
            *WORDS,
            {"kind": "Embedding", "name": "e", "inputs": ["input"]},
            "PositionalEncoding",
            {**block("TransformerEncoderBlock", "encoder"), "inputs": ["positionalencoding", "mask"]},
            {"kind": "PoolSteps", "inputs": ["encoder", "mask"]},
            AUTO,
        ],
        TEXT,
        (2,),
    ),
    (
        ["Input", {"kind": "Conv1d", "padding": 1}, "MaxPool1d", "AdaptiveAvgPool1d", "Flatten", AUTO],
        {"s": (3, 40)},
        (4,),
    ),
    (["Input", "Linear", "ReLU", {"kind": "Concat", "inputs": ["linear", "relu"]}, "Dropout", AUTO], {"r": (8,)}, (3,)),
]


def working(document: list[Any]) -> Graph:
    problems = Problems()
    graph = Graph.parse(document, "networks.model", problems)
    assert graph is not None, list(problems)
    return graph


def some_layer(chance: random.Random) -> Layer:
    kinds = list(Layer.kinds().values())
    return chance.choice(list(builtin().values())).block() if chance.random() < 0.15 else chance.choice(kinds).clicked()


def faulty(graph: Graph, chance: random.Random) -> Graph:
    """With one thing changed, inside a block too."""
    node = chance.choice(graph.nodes)
    name, layer, names = node.name, node.layer, [other.name for other in graph.nodes]
    if isinstance(layer, Block) and chance.random() < 0.6:
        return edit.set_layer(graph, name, layer.around(faulty(layer.graph, chance)))
    match chance.randrange(7):
        case 0:
            return edit.remove(graph, name)
        case 1:
            nodes = (Node(n.name, n.layer, tuple(s for s in n.inputs if s != name)) for n in graph if n.name != name)
            return Graph(tuple(nodes))
        case 2:
            return edit.rewired(graph, name, [chance.choice(names) for _ in node.inputs])
        case 3:
            return edit.rewired(graph, name, [*node.inputs, chance.choice(names)])
        case 4:
            return edit.set_layer(graph, name, some_layer(chance))
        case 5:
            return edit.add_after(graph, name, some_layer(chance))
        case _:
            sizes = [s.name for s in layer.settings() if s.type in ("int", "ints")] if type(layer) is not Block else []
            return edit.set_settings(graph, name, **{chance.choice(sizes): chance.randint(1, 40)}) if sizes else graph


def test_faults_in_a_working_network_can_be_mended_by_clicks() -> None:
    chance = random.Random(0)
    broken = lost = told = helpless = 0
    for _ in range(120):
        document, inputs, output = chance.choice(WORKING)
        graph = working(document)
        try:
            for _ in range(chance.choice([1, 1, 2])):
                graph = faulty(graph, chance)
        except (ValueError, KeyError, IndexError):  # a setting out of its bounds, an edge that would be a circle
            continue
        problems = infer(graph, inputs, output).problems
        broken += bool(problems)
        told += len(problems[:12])
        helpless += sum(not problem.remedies for problem in problems[:12])
        for _ in range(12):
            remedy = next((remedy for problem in problems for remedy in problem.remedies), None)
            if remedy is None:
                break
            graph = remedy.graph
            problems = infer(graph, inputs, output).problems
        lost += bool(problems)
    assert broken > 60
    assert helpless <= 0.01 * told, "a problem without any remedy"
    assert lost <= 0.03 * broken, "the first remedy leads astray"


def test_a_mask_connected_twice_is_mended_by_one_click() -> None:
    for kind in ("PoolSteps", "LSTM"):
        layers = [{"kind": "Embedding", "name": "e", "inputs": ["input"]}, {"kind": kind, "name": "twice"}]
        graph = edit.rewired(working([*WORDS, *layers]), "twice", ["e", "mask", "mask"])
        (problem,) = infer(graph, TEXT, None).problems
        assert problem.remedies[0].title == "Read only `e` and `mask`"
        assert infer(problem.remedies[0].graph, TEXT, None).problems == ()


def test_the_networks_do_work() -> None:
    for document, inputs, output in WORKING:
        assert infer(working(document), inputs, output).problems == ()


def test_a_circle_is_told_at_a_node_on_it() -> None:
    nodes = [("behind", ("b",)), ("a", ("c", "input")), ("b", ("a",)), ("c", ("b",))]
    add, relu = Layer.kinds()["Add"](), Layer.kinds()["ReLU"]()
    graph = Graph(
        (
            Node("input", Layer.kinds()["Input"]()),
            *(Node(name, add if len(inputs) > 1 else relu, inputs) for name, inputs in nodes),
        )
    )
    (problem,) = [problem for problem in infer(graph, {"r": (3,)}, None).problems if "circle" in problem.message]
    assert problem.node == "a" and problem.message.endswith("`a` → `b` → `c` → `a`.")
    titles = [remedy.title for remedy in problem.remedies]
    assert "Remove the edge from `c` to `a`" in titles


def test_an_edit_that_makes_a_circle_is_refused() -> None:
    graph = working(["Input", "Linear", "ReLU"])
    with pytest.raises(WrongInput, match="circle"):
        edit.set_inputs(graph, "linear", ["relu"])
    assert edit.rewired(graph, "linear", ["relu"])["linear"].inputs == ("relu",)
