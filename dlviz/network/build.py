"""From the document to the module: a torch.fx GraphModule whose forward pass is straight-line code."""

from __future__ import annotations

from collections.abc import Mapping

from torch import fx, nn

from dlviz.core.problems import Problem, WrongInput
from dlviz.layers.input import Input
from dlviz.layers.layer import check_dimensions
from dlviz.network.block import Block
from dlviz.network.examination import Examination
from dlviz.network.examine import examine
from dlviz.network.flow import Flow
from dlviz.network.graph import Graph, fresh_name, is_name
from dlviz.network.repeated import Repeated
from dlviz.network.report import Shape
from dlviz.network.walk import copies


def build(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> fx.GraphModule:
    """The network as a module with one submodule a node, named after it; weights are drawn from torch's generator.

    It is called with one tensor (N, *shape) for each of `inputs`, in that order, and gives one tensor (N, *output).
    Raises `WrongInput` with every problem.
    """
    seen = checked(graph, inputs, output)
    sized = resolved(graph, output)
    return _assembled(sized, seen, argument_names(inputs), "Network")


def build_block(block: Block, shapes: tuple[Shape, ...]) -> nn.Module:
    """A block for inputs of these shapes: a module of its own with one submodule a node; several copies in a row are
    called 0, 1, 2 … Raises `WrongInput` with every problem inside."""
    check_dimensions(block, *shapes)
    seen = copies(block, tuple(Flow(shape) for shape in shapes))
    for one in seen:
        _raise_findings(one)
    graph = block.wired(len(shapes))
    names = {node.name: node.name for node in block.ports()[: len(shapes)]}
    modules = [_assembled(graph, one, names, block.title) for one in seen]
    if len(modules) == 1:
        return modules[0]
    return nn.Sequential(*modules) if len(names) == 1 else Repeated(*modules)


def _assembled(graph: Graph, seen: Examination, arguments: Mapping[str, str], title: str) -> fx.GraphModule:
    """The module of a faultless graph; `arguments`: what its Inputs take → the argument's name."""
    modules: dict[str, nn.Module] = {}
    code = fx.Graph()
    entering = {field: code.placeholder(name) for field, name in arguments.items()}
    values: dict[str, fx.Node] = {}
    for node in graph.ordered():
        if isinstance(node.layer, Input):
            values[node.name] = entering[seen.fields[node.name]]
            continue
        modules[node.name] = node.layer.build(*seen.nodes[node.name].inputs)
        values[node.name] = code.call_module(node.name, tuple(values[source] for source in node.inputs))
    code.output(values[seen.output])
    return fx.GraphModule(modules, code, title)


def checked(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> Examination:
    """What the walk over a faultless graph saw; `WrongInput` lists every problem of any other."""
    seen = examine(graph, inputs, output)
    _raise_findings(seen)
    return seen


def _raise_findings(seen: Examination) -> None:
    if seen.findings:
        problems = [Problem(finding.node, finding.message) for finding in seen.findings]
        raise WrongInput("\n".join(str(problem) for problem in problems), problems)


def resolved(graph: Graph, output: Shape | None) -> Graph:
    """The graph with every `auto` size set from the shape that must come out."""
    return graph if output is None else graph.sized(output)


def argument_names(inputs: Mapping[str, Shape]) -> dict[str, str]:
    """Field → the name of its argument: the same, or `x` where Python or torch would not have it."""
    names: dict[str, str] = {}
    for field in inputs:
        names[field] = fresh_name(field if is_name(field) else "x", list(names.values()))
    return names
