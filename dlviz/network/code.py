"""The network as readable PyTorch that runs as it stands. `read_code.read` makes the same drawing of it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.input import Input
from dlviz.network.block import Block
from dlviz.network.build import argument_names, checked, resolved
from dlviz.network.code_classes import BlockClass, Classes
from dlviz.network.code_lines import call, in_a_row, plain, remarked, started, wrapped
from dlviz.network.code_modules import is_torch, module_lines
from dlviz.network.code_plan import Copy, Line, planned
from dlviz.network.code_shapes import Sizes
from dlviz.network.graph import Graph, fresh_name
from dlviz.network.marks import mark
from dlviz.network.repeated import Repeated

#: A graph, the shapes that enter it, and the shape that must come out.
Drawn = tuple[Graph, Mapping[str, Shape], Shape | None]


def source(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None, name: str = "Network") -> str:
    """A Python file with one class that computes what `build` computes, under the same weight names, without dlviz.

    Each block has a class of its own. The file is made of checked names and of the `repr` of plain values only. Raises
    `WrongInput` with every problem.
    """
    return sources({name: (graph, inputs, output)})


def sources(networks: Mapping[str, Drawn]) -> str:
    """As `source`, of several networks in one file: title → the network."""
    wholes = {title: _whole(*drawn) for title, drawn in networks.items()}
    layers = [layer for whole in wholes.values() for layer in whole.modules()]
    modules = list(dict.fromkeys(layer.module for layer in layers))
    if any(_several(line) for whole in wholes.values() for one in [whole, *whole.blocks()] for line in one.lines):
        modules.append(Repeated)
    own = [module for module in modules if not is_torch(module)]
    taken = [part.split("(")[0].removeprefix("class ") for part in module_lines(own) if part.startswith("class ")]
    classes = Classes(wholes.values(), [*wholes, *taken, *(module.__name__ for module in own)])
    text = ["import torch", f"from torch import {'Tensor, ' if own else ''}nn", *module_lines(own)]
    for block in classes:
        text += ["", "", *_block_class(block, classes)]
    for title, (_, inputs, _) in networks.items():
        text += ["", "", *_class(title, wholes[title], argument_names(inputs), classes)]
    text += ["", "", 'if __name__ == "__main__":']
    for title, (_, inputs, _) in networks.items():
        variable = "network" if len(networks) == 1 else title.lower()
        text += [f"    {variable} = {title}()", f"    print({variable}({_examples(inputs)}).shape)"]
    return "\n".join([*text, ""])


def _whole(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> Copy:
    seen = checked(graph, inputs, output)
    return planned(graph.ordered(), resolved(graph, output).ordered(), seen)


def _several(line: Line) -> bool:
    return len(line.inner) > 1 and len(line.node.inputs) > 1


def _examples(inputs: Mapping[str, Shape]) -> str:
    """A batch of two of what the data gives."""
    made = []
    for shape in inputs.values():
        sizes = ", ".join(map(str, (2, *shape)))
        if isinstance(shape, Ids):
            made.append(f"torch.randint(0, {shape.vocabulary}, ({sizes}{',' if not shape else ''}))")
        elif isinstance(shape, Flags):
            made.append(f"torch.zeros({sizes}, dtype=torch.bool)")
        else:
            made.append(f"torch.rand({sizes})")
    return ", ".join(made)


def _class(title: str, whole: Copy, arguments: Mapping[str, str], classes: Classes) -> list[str]:
    """The class of a whole network."""
    sizes = Sizes([whole])
    ports = {name: arguments[field] for name, field in whole.seen.fields.items()}
    return [
        f"class {title}(nn.Module):",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *(f"        {line}" for line in _made(whole, classes, {})),
        "",
        *(f"    {line}" for line in _forward(whole, ports, list(arguments.values()), sizes, whole=True)),
    ]


def _block_class(block: BlockClass, classes: Classes) -> list[str]:
    """The class of a block."""
    first = block.copies[0]
    values = {name: classes.argument_value(first, argument) for name, argument in block.arguments.items()}
    hints = {
        name: f": {type(value).__name__}" for name, value in values.items() if type(value) in (int, float, bool, str)
    }
    given = ["self", *(f"{name}{hints.get(name, '')}" for name in block.arguments)]
    told = {"lifted": [name for name, one in block.arguments.items() if one.lifted]} if block.told else {}
    assert first.block is not None
    columns = {
        name: [classes.argument_value(copy, one) for copy in block.copies] for name, one in block.arguments.items()
    }
    ports = {node.name: node.name for node in first.wired.nodes if isinstance(node.layer, Input)}
    return [
        *remarked([f"class {block.name}(nn.Module):"], {}, block.title if block.title != block.name else ""),
        *remarked([f"    {line}" for line in wrapped("def __init__", given, ") -> None:", "    ")], told),
        "        super().__init__()",
        *(f"        {line}" for line in _made(first, classes, block.written)),
        "",
        *(f"    {line}" for line in _forward(first, ports, list(ports.values()), Sizes(block.copies, columns))),
    ]


def _made(copy: Copy, classes: Classes, written: Mapping[Any, str]) -> list[str]:
    """The lines that make the modules of a graph."""
    lines: list[str] = []
    for line in copy.lines:
        name = line.node.name
        if line.inner:
            lines += _made_block(line, classes, written)
            continue
        own = {argument: written[slot] for slot, argument in classes.slots(line) if slot in written}
        lines += remarked([f"self.{name} = {call(line.node.layer, line.arguments, own)}"], line.mark)
        lines += started(name, line.node.layer)
    return lines or ["pass"]


def _made_block(line: Line, classes: Classes, written: Mapping[Any, str]) -> list[str]:
    name, block = line.node.name, line.node.layer
    assert isinstance(block, Block)
    calls = []
    for number, one in enumerate(line.inner):
        known = classes.of(one)
        given = []
        for argument, about in known.arguments.items():
            expression = written.get((name, number, argument)) or plain(classes.argument_value(one, about))
            given.append(f"{argument}={expression}")
        calls.append((known.name, given))
    arguments = classes.of(line.inner[0]).arguments
    beside = {
        setting: f"${line.lifted[setting]}" if setting in line.lifted else value
        for setting, value in block.values
        if setting not in arguments
        or (setting in line.lifted and written.get((name, 0, setting)) != line.lifted[setting])
    }
    said = {**line.mark, **({"settings": beside} if beside else {})}
    if len(calls) == 1:
        title, given = calls[0]
        return remarked(wrapped(f"self.{name} = {title}", given, indent=" " * 8), said)
    return remarked(in_a_row(name, [f"{title}({', '.join(given)})" for title, given in calls], _several(line)), said)


def _forward(
    copy: Copy, ports: Mapping[str, str], arguments: list[str], sizes: Sizes, whole: bool = False
) -> list[str]:
    """The lines of `forward`. A plain chain passes `x` along; otherwise each value bears its node's name. `ports`:
    Input → the argument that it takes."""
    graph = copy.wired
    inner = [line.node for line in copy.lines]
    chain = all(len(node.inputs) == 1 for node in inner) and all(len(graph.readers(n.name)) <= 1 for n in graph.nodes)
    lines = [f"def forward({', '.join(['self', *arguments])}):"]
    values: dict[str, str] = {}
    local: dict[str, str] = {}
    entered: list[str] = []
    taken = [*arguments, *(node.name for node in inner)]
    for node in copy.drawn.nodes:
        if isinstance(node.layer, Input):
            lines += _entering(node.name, node.layer, ports, arguments, entered, values, taken, sizes, whole)
            continue
        local[node.name] = fresh_name(
            node.name, [*arguments, *(n.name for n in inner if n is not graph[node.name]), *local.values()]
        )
        read = graph[node.name].inputs
        given = ", ".join(values[source] for source in read)
        values[node.name] = "x" if chain else local[node.name]
        said = mark({} if read == node.inputs else {"inputs": list(node.inputs)})
        remark = ", ".join(part for part in (sizes.of(node.name), said) if part)
        lines.append(f"    {values[node.name]} = self.{node.name}({given})  # {remark}")
    lines[1:1] = [f"    # {argument}: not used" for argument in arguments if argument not in entered]
    return [*lines, f"    return {values[copy.seen.output]}"]


def _entering(
    name: str,
    layer: Input,
    ports: Mapping[str, str],
    arguments: list[str],
    entered: list[str],
    values: dict[str, str],
    taken: list[str],
    sizes: Sizes,
    whole: bool,
) -> list[str]:
    """The comment that says what enters, and under which name it is drawn."""
    field = {"field": layer.field} if layer.field else {}
    if name not in ports:
        return [f"    # {name}: not connected"]
    argument = ports[name]
    if argument in entered:  # a second Input that takes the same
        values[name] = fresh_name(name, [*taken, *values.values()])
        return [f"    {values[name]} = {argument}  # {sizes.of(name)}, {mark(field, name)}"]
    entered.append(argument)
    values[name] = argument
    usual = ("input" if len(arguments) == 1 else argument) if whole else argument
    said = mark(field, name if name != usual or field else "")
    return [f"    # {', '.join(part for part in (f'{argument}: {sizes.of(name)}', said) if part)}"]
