"""The code shown for each layer runs without dlviz and computes what the built network computes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.example import example
from dlviz.layers.input import Input
from dlviz.layers.layer import Layer
from dlviz.network.build import build
from dlviz.network.code import source
from dlviz.network.graph import Graph, Node

KINDS = [name for name in Layer.kinds() if name not in ("Input", "Block")]


def _shape(x: torch.Tensor) -> Shape:
    sizes = tuple(x.shape[1:])
    if x.dtype == torch.int64:
        return Ids(sizes, 10)
    return Flags(sizes) if x.dtype == torch.bool else sizes


@pytest.mark.parametrize("kind", KINDS)
def test_its_code_computes_the_same(kind: str) -> None:
    part = Layer.kinds()[kind]
    layer, inputs = part.sketch_example() or example(part)
    names = [f"input{number}" for number in range(len(inputs))]
    nodes = [Node(name, Input(field=name)) for name in names]
    graph = Graph((*nodes, Node("it", layer, tuple(names))))
    shapes = {name: _shape(x) for name, x in zip(names, inputs, strict=True)}
    built = build(graph, shapes, None).eval()
    space: dict[str, Any] = {"__name__": "shown"}
    text = source(graph, shapes, None)
    exec(text, space)
    shown = space["Network"]()
    shown.load_state_dict(built.state_dict())
    assert "dlviz" not in text
    torch.testing.assert_close(shown.eval()(*inputs), built(*inputs))
