"""Random graphs and random edits: nothing raises, every problem is told, every remedy is proved."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dlviz.core.problems import Problems, WrongInput
from dlviz.layers.layer import Layer
from dlviz.network import edit
from dlviz.network.build import build
from dlviz.network.code import source
from dlviz.network.graph import Graph, Node
from dlviz.network.shapes import infer

# torch says once that an even window with `same` padding copies its input
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
INPUTS = {"image": (1, 8, 8), "row": (6,)}
QUIET = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


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
    kind = draw(st.sampled_from(list(Layer.kinds().values())))
    chosen = {setting.name: draw(_value(setting)) for setting in kind.settings() if draw(st.booleans())}
    try:
        return kind(**chosen)
    except ValidationError:  # three sides for a window, say
        return kind()


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Mostly sane: an Input, then layers that read one of the nodes before; at times edges to anywhere."""
    graph = Graph((Node("input", Layer.kinds()["Input"]()),)) if draw(st.integers(0, 9)) else Graph()
    for number in range(draw(st.integers(0, 9))):
        layer = draw(layers())
        names = [node.name for node in graph.nodes] or ["nowhere"]
        if draw(st.integers(0, 4)):
            inputs = tuple(names[-1:] * min(layer.inputs[0], 1))
            if layer.inputs[0] > 1:
                inputs += (draw(st.sampled_from(names)),)
        else:
            inputs = tuple(
                draw(st.lists(st.sampled_from([*names, f"n{number}", f"n{number + 1}", "gone"]), max_size=3))
            )
        graph = Graph((*graph.nodes, Node(f"n{number}", layer, inputs)))
    return graph


SHAPES = st.sampled_from([(10,), (1, 8, 8), (4, 7), None])


@QUIET
@given(graphs(), SHAPES)
def test_any_graph_is_told_what_is_wrong(graph: Graph, output: tuple[int, ...] | None) -> None:
    report = infer(graph, INPUTS, output)
    assert set(report.nodes) == {node.name for node in graph.nodes}
    assert all(problem.message.strip() and problem.node in (*report.nodes, "") for problem in report.problems)
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
            assert len(after.problems) <= len(before.problems)
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
            assert {node.name: node for node in again.nodes} == {node.name: node for node in graph.nodes}
        else:
            assert all(str(problem) for problem in problems)


def check_it_runs(graph: Graph, output: tuple[int, ...] | None) -> None:
    """What is said to work does work: the module gives the shape that was foretold, and the code is Python."""
    report = infer(graph, INPUTS, output)
    if report.parameters > 10**6 or sum(node.activations for node in report.nodes.values()) > 10**6:
        return
    network = build(graph, INPUTS, output).eval()
    with torch.no_grad():
        result = network(*(torch.rand(3, *shape) for shape in INPUTS.values()))
    foretold = [report.nodes[node.name].shape for node in graph.outputs()]
    assert tuple(result.shape[1:]) == (output or foretold[-1])
    compile(source(graph, INPUTS, output), "network.py", "exec")
