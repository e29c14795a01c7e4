"""From the drawing to code and back: the same drawing. Of the code and of the built network: the same losses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import fx, nn

from dlviz.core.part import family
from dlviz.core.problems import Problems
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.datasets.data import Fields
from dlviz.layers.example import example
from dlviz.layers.layer import Layer
from dlviz.lessons import lessons
from dlviz.lessons import read as read_lesson
from dlviz.network.build import argument_names, build
from dlviz.network.code import source
from dlviz.network.examine import examine
from dlviz.network.facts import example as example_of
from dlviz.network.graph import Graph, Node
from dlviz.network.read_code import Found, read
from dlviz.network.shapes import infer
from dlviz.tasks.task import Role, Task
from dlviz.training.spec import Spec
from tests.network.test_build import NETWORKS
from tests.network.test_build import graph as parsed
from tests.network.test_fuzz import blocks, layers
from tests.templates.cases import FIELDS, made_up
from tests.templates.test_contract import TEMPLATES, of_example

Entries = list[dict[str, Any]]
# torch says once that an even window with `same` padding copies its input
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")


def shown(nodes: Entries) -> Entries:
    """The entries without what is only seen on the board."""
    kept = [{key: value for key, value in node.items() if key not in ("at", "open")} for node in nodes]
    return [{**node, "nodes": shown(node["nodes"])} if "nodes" in node else node for node in kept]


def back(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> str:
    """The code of a graph, after reading it back has given the same graph."""
    text = source(graph, inputs, output)
    found = read(text)
    check(found, graph, text)
    return text


def check(found: Found, graph: Graph, text: str) -> None:
    problems = Problems()
    again = Graph.parse(found.nodes, "again", problems)
    assert again is not None, list(problems)
    assert shown(again.document()) == shown(graph.ordered().document()), text
    assert found.unread == [], text


Case = tuple[Task, Fields, Mapping[str, Graph]]
#: A task's starters on data of each kind.
STARTERS = [f"{task}, {fields}" for task in family("tasks") for fields in FIELDS if fields != "no input"]


def drawn(name: str) -> Iterator[Case]:
    """The networks of a template on its example, or all starters of a task on some data."""
    if name in TEMPLATES:
        template = TEMPLATES[name]()
        task, fields = of_example(template)
        yield task, fields, template.networks(task, fields)
        return
    kind, data = name.split(", ")
    task, fields = family("tasks")[kind](), FIELDS[data]
    assert isinstance(task, Task)
    if task.why_not(fields) is None:
        for networks in task.starters(fields).values():
            yield task, fields, networks


@pytest.mark.parametrize("name", [*TEMPLATES, *STARTERS])
def test_templates_and_starters_come_back(name: str) -> None:
    for task, fields, networks in drawn(name):
        roles = task.roles(fields)
        for role, graph in networks.items():
            back(graph, roles[role].inputs, roles[role].output)


@pytest.mark.parametrize("name", lessons())
def test_networks_of_lessons_come_back(name: str) -> None:
    document = read_lesson(name)
    spec = Spec.parse(document["spec"] if "spec" in document else document)
    if spec.networks is None:
        pytest.skip("its network is a starter")
    if not spec.data.ready():
        pytest.skip("its data must be fetched, or lie in DLVIZ_DATA")
    fields = spec.data.describe(spec.seed)
    spec = spec.completed(fields)
    assert spec.task is not None and spec.networks is not None
    for role, known in spec.task.roles(fields).items():
        back(spec.networks[role], known.inputs, known.output)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_the_tests_come_back(name: str) -> None:
    document, inputs, output = NETWORKS[name]
    if len(document) > 1:
        back(parsed(document), inputs, output)


@pytest.mark.parametrize("kind", [name for name in Layer.kinds() if name not in ("Input", "Block")])
def test_every_layer_comes_back_with_all_its_settings(kind: str) -> None:
    part = Layer.kinds()[kind]
    layer, tensors = part.sketch_example() or example(part)
    shapes = {f"input{number}": shape_of(tensor) for number, tensor in enumerate(tensors)}
    nodes = [Node(name, Layer.kinds()["Input"](field=name)) for name in shapes]  # type: ignore[call-arg]
    variants = [layer]
    for setting in part.settings():
        for value in (*setting.choices, not setting.default if setting.type == "bool" else None, 2, 1, (2, 2), 0.25):
            try:
                variants.append(layer.changed(**{setting.name: value}))
            except ValueError:
                continue
    told = 0
    for variant in variants:
        graph = Graph((*nodes, Node("it", variant, tuple(shapes))))
        if not examine(graph, shapes, None).findings:
            back(graph, shapes, None)
            told += 1
    assert told


def shape_of(tensor: torch.Tensor) -> Shape:
    sizes = tuple(tensor.shape[1:])
    return Ids(sizes, 10) if tensor.dtype == torch.int64 else Flags(sizes) if tensor.dtype == torch.bool else sizes


INPUTS: dict[str, Shape] = {"image": (2, 8, 8), "row": (6,), "text": Ids((7,), 12)}


@st.composite
def sound_graphs(draw: st.DrawFn) -> Graph:
    """Graphs without a problem: layers and blocks are added as long as they fit."""
    input_kind = Layer.kinds()["Input"]
    fields = draw(st.sampled_from([("",), ("image",), ("row", "image"), ("text",), ("row", "row")]))
    graph = Graph(tuple(Node(f"in{n}", input_kind.model_validate({"field": field})) for n, field in enumerate(fields)))
    if fields == ("text",):
        mask = Node("mask", Layer.kinds()["PaddingMask"](), ("in0",))
        graph = Graph((*graph.nodes, mask, Node("table", Layer.kinds()["Embedding"](), ("in0",))))
    for number in range(draw(st.integers(1, 9))):
        layer = draw(blocks(0)) if draw(st.integers(0, 2)) == 0 else draw(layers())
        names = [node.name for node in graph.nodes]
        least, most = layer.inputs
        count = draw(st.integers(least, min(most if most is not None else 3, 3))) if most != 0 else 0
        chosen = [draw(st.sampled_from(names)) for _ in range(max(count, 1))]
        if draw(st.booleans()):
            chosen[0] = names[-1]
        inputs = tuple(chosen) if most != 0 else ()
        longer = Graph((*graph.nodes, Node(f"n{number}", layer, inputs)))
        if all(finding.rule == "unread" for finding in examine(longer, INPUTS, None).findings):
            graph = longer
    end = graph.nodes[-1].name
    needed, waiting = set(), [end]
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting += graph[name].inputs
    return Graph(tuple(node for node in graph.nodes if node.name in needed))


def lift(nodes: Entries, chance: Any, number: int = 0) -> None:
    """Lift some settings out of the blocks, of inner blocks too, at times two under one name."""
    for node in nodes:
        if node["kind"] != "Block":
            continue
        lift(node["nodes"], chance, number + 1)
        own = node.setdefault("settings", {})
        for inner in node["nodes"]:
            known = inner["settings"] if inner["kind"] == "Block" else inner
            for name, value in list(known.items()):
                if name in ("name", "kind", "inputs", "at", "title", "open", "nodes", "settings", "field"):
                    continue
                if chance.random() < 0.3 and not (isinstance(value, str) and value.startswith("$")):
                    title = next((key for key in own if own[key] == value and type(own[key]) is type(value)), "")
                    title = title if title and chance.random() < 0.7 else f"{name}{number}{len(own)}"
                    own[title] = value
                    known[name] = f"${title}"


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(sound_graphs(), st.randoms(use_true_random=False))
def test_random_graphs_come_back(graph: Graph, chance: Any) -> None:
    if examine(graph, INPUTS, None).findings or all(node.layer.kind() == "Input" for node in graph):
        return
    back(graph, INPUTS, None)
    document = graph.document()
    lift(document, chance)
    problems = Problems()
    lifted = Graph.parse(document, "lifted", problems)
    assert lifted is not None, list(problems)
    text = back(lifted, INPUTS, None)
    report = infer(lifted, INPUTS, None)
    if report.parameters < 10**6 and sum(node.activations for node in report.nodes.values()) < 10**6:
        built = build(lifted, INPUTS, None)
        written = network(text)
        assert list(written.state_dict()) == list(built.state_dict())
        written.load_state_dict(built.state_dict())
        batch = [example_of(shape, 2) for shape in INPUTS.values()]
        torch.manual_seed(1)
        ours = built(*batch)
        torch.manual_seed(1)
        assert torch.equal(written(*batch), ours) or not ours.isfinite().all()


def network(text: str, title: str = "Network") -> nn.Module:
    space: dict[str, Any] = {"__name__": "drawn"}
    exec(text, space)  # our own text, made of checked names and plain values
    made = space[title]()
    assert isinstance(made, nn.Module)
    return made


def whole(written: nn.Module, role: Role) -> fx.GraphModule:
    """The written class in the place of a built network."""
    code = fx.Graph()
    entering = [code.placeholder(name) for name in argument_names(role.inputs).values()]
    code.output(code.call_module("written", tuple(entering)))
    return fx.GraphModule({"written": written}, code)


SMALL = [name for name in STARTERS if name.split(", ")[1].split("-")[0] in ("row", "digit", "text", "no target")]


@pytest.mark.parametrize("name", [*TEMPLATES, *SMALL])
def test_the_code_learns_as_the_built_network_does(name: str) -> None:
    for task, fields, graphs in drawn(name):
        learns_alike(task, fields, graphs)


def learns_alike(task: Task, fields: Fields, graphs: Mapping[str, Graph]) -> None:
    roles = task.roles(fields)
    texts = {role: source(graph, roles[role].inputs, roles[role].output) for role, graph in graphs.items()}
    built = {role: build(graph, roles[role].inputs, roles[role].output) for role, graph in graphs.items()}
    written = {role: network(text) for role, text in texts.items()}
    for role, module in built.items():
        assert "dlviz" not in texts[role].replace(" dlviz", "")
        assert list(written[role].state_dict()) == list(module.state_dict())
        written[role].load_state_dict(module.state_dict())
        module.load_state_dict(written[role].state_dict())
    data = made_up(fields, 8)
    ours = losses(task, fields, dict(built), data)
    theirs = losses(task, fields, {role: whole(module, roles[role]) for role, module in written.items()}, data)
    assert len(ours) >= 2
    assert theirs == pytest.approx(ours, rel=1e-6, abs=1e-6)


def losses(task: Task, fields: Fields, networks: dict[str, nn.Module], data: Any) -> list[float]:
    """Two steps of training on one batch."""
    task.prepare(networks, fields, data.train)
    optimizers = {role: torch.optim.Adam(module.parameters(), lr=0.01) for role, module in networks.items()}
    torch.manual_seed(3)
    found = []
    for _ in range(2):
        for loss in task.losses(networks, data.train.batch(slice(None)), fields):
            optimizers[loss.role].zero_grad()
            loss.value.backward()
            optimizers[loss.role].step()
            found.append(float(loss.value.detach()))
    return found
