"""The network as readable PyTorch that runs as it stands."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn

from dlviz.layers.input import Input
from dlviz.layers.layer import INITS, Layer, WeightedLayer
from dlviz.network.build import argument_names, checked, resolved
from dlviz.network.examine import Examination
from dlviz.network.graph import Graph, Node, fresh_name
from dlviz.network.report import Shape


def source(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None, name: str = "Network") -> str:
    """A Python file with one class that computes what `build` computes, under the same weight names, without dlviz.

    It is made of checked names and of the `repr` of plain values only. Raises `WrongInput` with every problem.
    """
    seen = checked(graph, inputs, output)
    ordered = resolved(graph, output).ordered()
    nodes = [node for node in ordered.nodes if not isinstance(node.layer, Input)]
    arguments = argument_names(inputs)
    init = [line for node in nodes for line in _made(node, seen)] or ["pass"]
    forward = _forward(ordered, seen, arguments)
    examples = ", ".join(f"torch.rand({', '.join(map(str, (2, *shape)))})" for shape in inputs.values())
    text = [
        "import torch",
        f"from torch import {'Tensor, ' if _own_modules(nodes) else ''}nn",
        *_own_modules(nodes),
        "",
        "",
        f"class {name}(nn.Module):",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *(f"        {line}" for line in init),
        "",
        *(f"    {line}" for line in forward),
        "",
        "",
        'if __name__ == "__main__":',
        f"    network = {name}()",
        f"    print(network({examples}).shape)",
        "",
    ]
    return "\n".join(text)


def _made(node: Node, seen: Examination) -> list[str]:
    """The lines that make a node's module."""
    layer, shapes = node.layer, seen.nodes[node.name].inputs
    lines = [f"self.{node.name} = {_call(layer, layer.arguments(*shapes))}"]
    if isinstance(layer, WeightedLayer) and layer.init != "default":
        function, settings = INITS[layer.init]
        rest = "".join(f", {key}={_plain(value)}" for key, value in settings.items())
        lines.append(f"nn.init.{function}(self.{node.name}.weight{rest})")
        if getattr(layer, "bias", False):
            lines.append(f"nn.init.zeros_(self.{node.name}.bias)")
    return lines


def _call(layer: Layer, arguments: Mapping[str, Any]) -> str:
    """`nn.Conv2d(1, 16, 3, padding='same')`: what torch requires by position, then what differs from its defaults."""
    module = layer.module
    known = inspect.signature(module.__init__).parameters
    given = []
    in_order = True
    for name, parameter in list(known.items())[1:]:
        if name not in arguments:
            in_order = False
        elif parameter.default is inspect.Parameter.empty and in_order:
            given.append(_plain(arguments[name]))
        elif arguments[name] != parameter.default:
            given.append(f"{name}={_plain(arguments[name])}")
        else:
            in_order = False
    prefix = "nn." if _is_torch(module) else ""
    return f"{prefix}{module.__name__}({', '.join(given)})"


def _plain(value: Any) -> str:
    """The `repr` of a plain value; nothing else may enter code."""
    if isinstance(value, (list, tuple)):
        assert all(type(item) is int for item in value), value
    else:
        assert value is None or type(value) in (int, float, bool, str), value
    return repr(value)


def _forward(graph: Graph, seen: Examination, arguments: Mapping[str, str]) -> list[str]:
    """The lines of `forward`. A plain chain passes `x` along; otherwise each value bears its node's name."""
    inner = [node for node in graph.nodes if not isinstance(node.layer, Input)]
    chain = all(len(node.inputs) == 1 for node in inner) and all(len(graph.readers(n.name)) <= 1 for n in graph.nodes)
    shapes = {field: _shape(seen, name) for name, field in seen.fields.items()}
    lines = [f"def forward(self, {', '.join(arguments.values())}):"]
    lines += [f"    # {argument}: {shapes[field]}" for field, argument in arguments.items() if field in shapes]
    values = {name: arguments[field] for name, field in seen.fields.items()}
    local: dict[str, str] = {}
    for node in inner:  # an argument may bear a node's name
        others = [other.name for other in inner if other is not node]
        local[node.name] = fresh_name(node.name, [*arguments.values(), *others, *local.values()])
    for node in inner:
        read = ", ".join(values[source] for source in node.inputs)
        values[node.name] = "x" if chain else local[node.name]
        lines.append(f"    {values[node.name]} = self.{node.name}({read})  # {_shape(seen, node.name)}")
    return [*lines, f"    return {values[seen.output]}"]


def _shape(seen: Examination, name: str) -> str:
    return f"({', '.join(['N', *(str(size) for size in seen.nodes[name].shape or ())])})"


def _own_modules(nodes: Iterable[Node]) -> list[str]:
    """The source of each module class that torch lacks, or an import where another package brings it."""
    lines: list[str] = []
    for module in dict.fromkeys(own for node in nodes for own in _with_parts(node.layer.module)):
        if _is_torch(module):
            continue
        if module.__module__.startswith("dlviz."):
            lines += ["", "", *textwrap.dedent(inspect.getsource(module)).rstrip().splitlines()]
        else:
            lines.append(f"from {module.__module__} import {module.__name__}")
    return lines


def _with_parts(module: type[nn.Module]) -> list[type[nn.Module]]:
    """A module class after those of dlviz that it is made of: their names stand in its `__init__`."""
    if not module.__module__.startswith("dlviz."):
        return [module]
    around = vars(sys.modules[module.__module__])
    known = [around.get(name) for name in module.__init__.__code__.co_names]
    own = [part for part in known if isinstance(part, type) and issubclass(part, nn.Module) and not _is_torch(part)]
    return [*(before for part in own for before in _with_parts(part)), module]


def _is_torch(module: type[nn.Module]) -> bool:
    return getattr(nn, module.__name__, None) is module
