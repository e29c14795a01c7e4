"""Random graphs and random edits: nothing raises, every problem is told, every remedy is proved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dlviz.blocks import builtin
from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Ids, Shape
from dlviz.layers.layer import Layer
from dlviz.network import edit
from dlviz.network.block import Block
from dlviz.network.build import build
from dlviz.network.code import source
from dlviz.network.facts import example
from dlviz.network.graph import Graph, Node
from dlviz.network.report import NetworkProblem, Report
from dlviz.network.shapes import infer

# torch says once that an even window with `same` padding copies its input
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
INPUTS: dict[str, Shape] = {"image": (1, 8, 8), "row": (6,), "text": Ids((7,), 12)}
KINDS = Layer.kinds()
INPUT = KINDS["Input"]()
BUILTIN = [blueprint.block() for blueprint in builtin().values()]
QUIET = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def _value(setting: Any) -> st.SearchStrategy[Any]:
    """A value that the declaration allows, small ones mostly."""
    options: list[st.SearchStrategy[Any]] = [st.just(setting.default)]
    if setting.choices:
        options.append(st.sampled_from(setting.choices))
    if setting.type in ("int", "ints"):
        options.append(st.integers(int(setting.low), min(int(setting.high), int(setting.low) + 9)))
        options.append(st.integers(int(setting.low), int(setting.high)))
    if setting.type == "ints":
        options.append(st.lists(st.integers(int(setting.low), int(setting.low) + 5), min_size=1, max_size=3).map(tuple))
    if setting.type == "float":
        options.append(st.floats(setting.low, setting.high, exclude_min=True, exclude_max=True))
    if setting.type == "bool":
        options.append(st.booleans())
    return st.one_of(options)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    kind = draw(st.sampled_from(list(KINDS.values())))
    chosen = {setting.name: draw(_value(setting)) for setting in kind.settings() if draw(st.booleans())}
    try:
        return kind(**chosen)
    except ValidationError:  # three sides for a window, say
        return kind()


@st.composite
def blocks(draw: st.DrawFn, depth: int) -> Layer:
    """A few layers as one, at times a built-in one, with a mask port, repeated, or a block in a block."""
    if draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from(BUILTIN)).changed(repeat=draw(st.integers(1, 3)))
    ports = draw(st.integers(0, 5))
    first = tuple(Node(f"p{number}", INPUT) for number in range(ports if ports in (0, 2) else 1))
    inner = draw(chains(Graph(first), draw(st.integers(1, 4)), depth + 1))
    return Block(title="Drawn", repeat=draw(st.integers(1, 4)), graph=inner)


@st.composite
def chains(draw: st.DrawFn, graph: Graph, number: int, depth: int = 0) -> Graph:
    """`number` more layers that read one of the nodes before; at times edges to anywhere."""
    for place in range(number):
        layer = draw(blocks(depth)) if depth < 3 and draw(st.integers(0, 5)) == 0 else draw(layers())
        names = [node.name for node in graph.nodes] or ["nowhere"]
        if draw(st.integers(0, 4)):
            inputs = tuple(names[-1:] * min(layer.inputs[0], 1))
            most = layer.inputs[0] if layer.inputs[1] is None else draw(st.sampled_from(layer.inputs))
            while 0 < len(inputs) < min(most or 0, 3):
                inputs += (draw(st.sampled_from(names)),)
        else:
            inputs = tuple(draw(st.lists(st.sampled_from([*names, f"n{place}", f"n{place + 1}", "gone"]), max_size=3)))
        graph = Graph((*graph.nodes, Node(f"n{place}", layer, inputs)))
    return graph


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Mostly sane: an Input or two, then layers."""
    fields = draw(
        st.sampled_from([(), ("",), ("",), ("row",), ("text",), ("text",), ("image", "text"), ("text", "row")])
    )
    nodes = [Node(f"in_{field}", INPUT.changed(field=field)) for field in fields]
    if "text" in fields and draw(st.booleans()):
        nodes.append(Node("mask", KINDS["PaddingMask"](), ("in_text",)))
        nodes.append(Node("embedded", KINDS["Embedding"](**{"embedding_dim": 8}), ("in_text",)))
    return draw(chains(Graph(tuple(nodes)), draw(st.integers(0, 9))))


SHAPES = st.sampled_from([(10,), (1, 8, 8), (4, 7), None])


@QUIET
@given(graphs(), SHAPES)
def test_any_graph_is_told_what_is_wrong(graph: Graph, output: tuple[int, ...] | None) -> None:
    report = infer(graph, INPUTS, output)
    assert set(report.nodes) == {node.name for node in graph.nodes}
    places = {"", *paths(report)}
    assert all(problem.message.strip() and problem.node in places for problem in report.problems)
    assert not any("Traceback" in problem.message for problem in report.problems)
    if not report.problems:
        check_it_runs(graph, output)


@QUIET
@given(graphs(), SHAPES)
def test_every_remedy_leads_on(graph: Graph, output: tuple[int, ...] | None) -> None:
    before = infer(graph, INPUTS, output)
    for problem in before.problems:
        for remedy in problem.remedies:
            assert remedy.title and remedy.graph != graph
            after = infer(remedy.graph, INPUTS, output)
            others = [other for other in before.problems if other != problem]
            assert known(before, after.problems) <= known(before, others) + 1, (
                "what comes to light behind is no fault of it"
            )
            assert all((other.node, other.message) != (problem.node, problem.message) for other in after.problems)


@QUIET
@given(graphs(), st.data())
def test_any_edit_gives_a_graph_that_can_be_told_about(graph: Graph, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 5))):
        names = [node.name for node in graph.nodes] or ["nowhere"]
        one, two = data.draw(st.sampled_from(names)), data.draw(st.sampled_from([*names, "gone"]))
        layer = data.draw(layers())
        act = data.draw(
            st.sampled_from(
                [
                    lambda g: edit.append(g, layer),  # noqa: B023
                    lambda g: edit.add_after(g, one, layer),  # noqa: B023
                    lambda g: edit.insert(g, one, two, layer),  # noqa: B023
                    lambda g: edit.remove(g, one),  # noqa: B023
                    lambda g: edit.set_layer(g, one, layer),  # noqa: B023
                    lambda g: edit.rename(g, one, two + "_new"),  # noqa: B023
                    lambda g: edit.connect(g, one, two),  # noqa: B023
                    lambda g: edit.disconnect(g, one, two),  # noqa: B023
                    lambda g: edit.move_up(g, one),  # noqa: B023
                    lambda g: edit.move_down(g, one),  # noqa: B023
                ]
            )
        )
        try:
            graph = act(graph)
        except (WrongInput, KeyError):
            continue
        assert len({node.name for node in graph.nodes}) == len(graph)
        infer(graph, INPUTS, (10,))


@QUIET
@given(graphs())
def test_a_graph_survives_its_document(graph: Graph) -> None:
    for brief in (False, True):
        problems = Problems()
        again = Graph.parse(graph.document(brief), "networks.model", problems)
        if again is not None:
            assert again.ordered() == again
            assert by_name(again) == by_name(graph)
        else:
            assert all(str(problem) for problem in problems)


def known(before: Report, problems: Iterable[NetworkProblem]) -> int:
    """How many problems stand at nodes that gave something before, or at new ones."""
    blind = {name for name, node in before.nodes.items() if node.shape is None}
    return sum(problem.node.partition(".")[0] not in blind for problem in problems)


def by_name(graph: Graph) -> dict[str, Any]:
    """The nodes whatever their order, inside blocks too."""
    return {
        node.name: (by_name(node.layer.graph), node.layer.changed(graph=Graph()), node.inputs)
        if isinstance(node.layer, Block)
        else node
        for node in graph.nodes
    }


def paths(report: Report, before: str = "") -> list[str]:
    """The ways to all nodes, those inside blocks too."""
    found: list[str] = []
    for name, node in report.nodes.items():
        found.append(before + name)
        if node.inner is not None:
            found += paths(node.inner, f"{before}{name}.")
    return found


def check_it_runs(graph: Graph, output: tuple[int, ...] | None) -> None:
    """What is said to work does work: the module gives the shape that was foretold, and the code is Python."""
    report = infer(graph, INPUTS, output)
    if report.parameters > 10**6 or sum(node.activations for node in report.nodes.values()) > 10**6:
        return
    network = build(graph, INPUTS, output).eval()
    with torch.no_grad():
        result = network(*(example(shape, 3) for shape in INPUTS.values()))
    foretold = [report.nodes[node.name].shape for node in graph.outputs()]
    assert tuple(result.shape[1:]) == (output or foretold[-1])
    compile(source(graph, INPUTS, output), "network.py", "exec")
