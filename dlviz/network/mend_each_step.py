"""Edits for tasks that want an answer at each step of a sequence, where the network gives one for the whole."""

from __future__ import annotations

from collections.abc import Iterator

from dlviz.core.shape import FREE, Shape, content
from dlviz.layers.embedding import Embedding
from dlviz.layers.flatten import Flatten
from dlviz.layers.layer import Layer
from dlviz.layers.linear import Linear
from dlviz.layers.pool_steps import PoolSteps
from dlviz.layers.transpose import Transpose
from dlviz.network import edit
from dlviz.network.examination import Examination
from dlviz.network.graph import Graph, Node
from dlviz.network.mend_wiring import removed, tidied

Edits = Iterator[tuple[str, Graph]]
_EACH = "an output layer for each step"


def each_step(graph: Graph, output: Shape, seen: Examination, name: str) -> Edits:
    """Edits after which the last layer, `name`, gives a row of numbers at each of `output[0]` steps."""
    came = seen.nodes[name].shape or ()
    if len(output) != 2:
        return
    if content(came) == "ids" and len(came) == 1 and output[0] in (FREE, came[0]):
        yield f"Add Embedding and {_EACH} (Linear, {output[1]})", _added(graph, name, Embedding.clicked(), _answer())
        return
    if len(came) == 2 and came[1] == output[0] != came[0]:
        yield f"Add Transpose and {_EACH} (Linear, {output[1]})", _added(graph, name, Transpose(), _answer())
    for node in _back(graph, name):
        if getattr(node.layer, "output", None) == "last":
            edited = edit.set_settings(graph, node.name, output="steps")
            yield _titled(f"Let `{node.name}` give all steps", graph, name), _answered(edited, name)
            return
        shapes = seen.nodes[node.name].inputs
        if isinstance(node.layer, PoolSteps | Flatten) and shapes and output[0] in (FREE, *shapes[0][:1]):
            edited = tidied(graph, removed(graph, node.name))  # a mask that nobody reads any more goes, too
            last = name if name != node.name else node.inputs[0]
            yield (
                _titled(f"Remove `{node.name}`, so that each step has an answer", graph, name),
                _answered(edited, last),
            )
            return


def _back(graph: Graph, name: str) -> Iterator[Node]:
    """The layers from the last one back along their first inputs."""
    node = graph[name]
    while True:
        yield node
        if not node.inputs:
            return
        node = graph[node.inputs[0]]


def _answer() -> Layer:
    return Linear(out_features="auto")


def _titled(title: str, graph: Graph, name: str) -> str:
    return title if isinstance(graph[name].layer, Linear) else f"{title}, and add {_EACH}"


def _answered(graph: Graph, name: str) -> Graph:
    """With a Linear at the end that gives as many numbers as the task asks for."""
    if isinstance(graph[name].layer, Linear):
        return edit.set_settings(graph, name, out_features="auto")
    return _added(graph, name, _answer())


def _added(graph: Graph, name: str, *layers: Layer) -> Graph:
    for layer in layers:
        graph = edit.branch(graph, name, layer)
        name = graph.nodes[-1].name
    return graph
