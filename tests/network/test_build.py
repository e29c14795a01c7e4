"""The module and the code that a graph becomes."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

from dlviz.core.problems import Problems, WrongInput
from dlviz.layers.input import Input
from dlviz.layers.layer import Layer
from dlviz.layers.linear import Linear
from dlviz.layers.tanh import Tanh
from dlviz.network.build import build
from dlviz.network.code import source
from dlviz.network.graph import Graph, Node
from dlviz.network.report import Shape

AUTO = {"kind": "Linear", "out_features": "auto"}
IMAGE = {"image": (1, 8, 8)}

NETWORKS: dict[str, tuple[list[Any], dict[str, Shape], Shape]] = {
    "chain": (
        ["Input", {"kind": "Conv2d", "padding": "same", "init": "kaiming"}, "BatchNorm2d", "LeakyReLU", "MaxPool2d",
         {"kind": "Conv2d", "kernel_size": [3, 1], "bias": False, "init": "orthogonal"}, "GELU", "Dropout2d", "Flatten",
         "Dropout", AUTO],
        IMAGE, (10,),
    ),
    "residual": (
        ["Input", {"kind": "Conv2d", "padding": "same", "name": "first"}, {"kind": "GroupNorm", "num_groups": 8},
         "SiLU", {"kind": "Conv2d", "padding": "same"}, {"kind": "Add", "inputs": ["first", "conv2d"]}, "LayerNorm",
         {"kind": "AdaptiveAvgPool2d", "output_size": 2}, {"kind": "AvgPool2d", "name": "halved", "inputs": ["first"]},
         {"kind": "AvgPool2d", "name": "quarter"},
         {"kind": "Concat", "inputs": ["adaptiveavgpool2d", "quarter", "adaptiveavgpool2d"]}, "Flatten", AUTO],
        IMAGE, (3,),
    ),
    "gate": (
        ["Input", {"kind": "Conv2d", "padding": "same"}, {"kind": "AdaptiveAvgPool2d", "name": "squeeze"},
         {"kind": "Conv2d", "kernel_size": 1, "name": "excite"}, "Sigmoid",
         {"kind": "Multiply", "inputs": ["conv2d", "sigmoid"]}, "Flatten", AUTO],
        IMAGE, (10,),
    ),
    "pictures from noise": (
        ["Input", {"kind": "Linear", "out_features": 128}, "BatchNorm1d", "ReLU",
         {"kind": "Reshape", "shape": [8, 4, -1]},
         {"kind": "ConvTranspose2d", "kernel_size": 4, "stride": 2, "padding": 1}, "Tanh", "Upsample",
         {"kind": "Upsample", "size": [8, 8], "mode": "bilinear"},
         {"kind": "Conv2d", "out_channels": "auto", "padding": "same"}],
        {"noise": (16,)}, (1, 8, 8),
    ),
    "sequence": (
        ["Input", {"kind": "Conv1d", "padding": "same", "dilation": 2}, "MaxPool1d", "AdaptiveAvgPool1d", "Flatten",
         "Identity", {"kind": "Softmax", "dim": 1}, AUTO],
        {"series": (2, 20)}, (1,),
    ),
    "two inputs": (
        [{"kind": "Input", "name": "b", "field": "right"}, {"kind": "Input", "name": "a"},
         {"kind": "Concat", "inputs": ["a", "b"]}, AUTO],
        {"left": (3,), "right": (5,), "spare one": (2,)}, (1,),
    ),
    "names that clash": (
        ["Input", {"kind": "Flatten", "name": "image"}, {"kind": "Linear", "name": "x"},
         {"kind": "Linear", "name": "image_2", "inputs": ["image"]},
         {"kind": "Linear", "name": "len", "inputs": ["image"]},
         {"kind": "Add", "name": "print", "inputs": ["x", "image_2", "len"]}, AUTO],
        IMAGE, (10,),
    ),
    "nothing to learn": (["Input"], {"point": (2,)}, (2,)),
}  # fmt: skip


def graph(document: list[Any]) -> Graph:
    problems = Problems()
    parsed = Graph.parse(document, "networks.model", problems)
    assert parsed is not None, list(problems)
    return parsed


def examples(inputs: dict[str, Shape], batch: int = 4) -> list[Tensor]:
    random = torch.Generator().manual_seed(7)
    return [torch.randn(batch, *shape, generator=random) for shape in inputs.values()]


@pytest.mark.parametrize("name", NETWORKS)
def test_it_builds_runs_and_learns(name: str) -> None:
    document, inputs, output = NETWORKS[name]
    drawn = graph(document)
    network = build(drawn, inputs, output)
    result = network(*examples(inputs))
    assert result.shape == (4, *output)
    inner = [node.name for node in drawn.nodes if not isinstance(node.layer, Input)]
    assert [name for name, _ in network.named_children()] == inner
    weights = list(network.parameters())
    if weights:
        result.square().mean().backward()
        assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in weights)
    assert {key.split(".")[0] for key in network.state_dict()} <= set(inner)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("training", [False, True])
def test_the_code_computes_the_same(name: str, training: bool) -> None:
    document, inputs, output = NETWORKS[name]
    network = build(graph(document), inputs, output).train(training)
    text = source(graph(document), inputs, output)
    assert "dlviz" not in text
    space: dict[str, Any] = {"__name__": "drawn"}
    exec(text, space)  # our own code, of checked names and plain values
    written = space["Network"]().train(training)
    assert list(written.state_dict()) == list(network.state_dict())
    written.load_state_dict(network.state_dict())
    torch.manual_seed(0)
    ours = network(*examples(inputs))
    torch.manual_seed(0)
    assert torch.equal(written(*examples(inputs)), ours)


def test_the_code_starts_with_the_same_weights() -> None:
    document, inputs, output = NETWORKS["chain"]
    torch.manual_seed(5)
    network = build(graph(document), inputs, output)
    space: dict[str, Any] = {"__name__": "drawn"}
    exec(source(graph(document), inputs, output), space)
    torch.manual_seed(5)
    for key, weight in space["Network"]().state_dict().items():
        assert torch.equal(weight, network.state_dict()[key]), key


def test_the_code_is_readable_and_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    text = source(graph(["Input", {"kind": "Conv2d", "padding": "same"}, "ReLU", "Flatten", AUTO]), IMAGE, (10,))
    assert "        self.conv2d = nn.Conv2d(1, 16, 3, padding='same')\n" in text
    assert "        x = self.conv2d(image)  # (N, 16, 8, 8)\n" in text
    exec(text, {"__name__": "__main__"})
    assert capsys.readouterr().out == "torch.Size([2, 10])\n"


def test_the_same_seed_builds_the_same_network() -> None:
    document, inputs, output = NETWORKS["chain"]
    torch.manual_seed(1)
    one = build(graph(document), inputs, output).state_dict()
    torch.manual_seed(1)
    two = build(graph(document), inputs, output).state_dict()
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_it_is_straight_line_code_without_functional_calls() -> None:
    document, inputs, output = NETWORKS["residual"]
    network = build(graph(document), inputs, output)
    calls = [node for node in network.graph.nodes if node.op not in ("placeholder", "output")]
    assert all(node.op == "call_module" for node in calls)
    assert len({node.target for node in calls}) == len(calls), "no module is used twice"
    assert not any(getattr(module, "inplace", False) for module in network.modules())


def test_a_copy_is_its_own_network() -> None:
    document, inputs, output = NETWORKS["chain"]
    network = build(graph(document), inputs, output).eval()
    twin = copy.deepcopy(network)
    assert isinstance(twin, fx.GraphModule) and not twin.training
    before = network(*examples(inputs))
    assert torch.equal(twin(*examples(inputs)), before)
    with torch.no_grad():
        for weight in twin.parameters():
            weight.zero_()
    assert torch.equal(network(*examples(inputs)), before)


def test_a_wrong_graph_is_refused_with_every_problem() -> None:
    wrong = graph(["Input", "Flatten", "Conv2d", {**AUTO, "inputs": ["input"]}])
    for make in (build, source):
        with pytest.raises(WrongInput) as refusal:
            make(wrong, IMAGE, (10,))
        assert {problem.place for problem in refusal.value.problems} == {"conv2d", "linear"}


def test_names_that_torch_uses_are_refused() -> None:
    for name in ("forward", "training", "eval", "parameters", "_modules", "graph", "code", "self", "torch", "lambda"):
        problems = Problems()
        assert Graph.parse([{"kind": "Input", "name": name}], "networks.model", problems) is None
        assert "no word that Python or torch uses" in next(iter(problems)).message


def test_a_call_costs_little_more_than_sequential() -> None:
    """On a 2-8-1 net, where overhead is all there is: a few microseconds at most."""
    network = build(Graph.chain(Input(), Linear(out_features=8), Tanh(), Linear(out_features=1)), {"point": (2,)}, (1,))
    plain = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.rand(10, 2)
    best = {network: 1.0, plain: 1.0}
    for _ in range(40):
        for module in best:
            start = time.thread_time()
            for _ in range(50):
                module(x)
            best[module] = min(best[module], (time.thread_time() - start) / 50)
    assert best[network] - best[plain] < 15e-6, "least of many rounds, with room for a busy machine"


class Halving(nn.Module):
    """Half of its input: a module that another package might bring."""

    def forward(self, x: Tensor) -> Tensor:
        return x / 2


class Halved(Layer, abstract=True):
    """A layer outside the registry, for this test alone."""

    group = "activation"
    module = Halving


def test_a_module_of_another_package_is_imported_by_the_code() -> None:
    drawn = Graph((Node("input", Input()), Node("small", Halved(), ("input",))))
    text = source(drawn, {"point": (2,)}, (2,))
    assert f"from {Halving.__module__} import Halving\n" in text
    assert "self.small = Halving()" in text
    x = torch.rand(3, 2)
    assert torch.equal(build(drawn, {"point": (2,)}, (2,))(x), x / 2)
