"""One example through a network: what is seen is what torch computes, and nothing is left changed."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dlviz.core.problems import Problems
from dlviz.core.values import Category, Vector
from dlviz.datasets.data import Fields
from dlviz.inside import job
from dlviz.inside.look import look
from dlviz.network.build import build
from dlviz.network.graph import Graph
from dlviz.tasks.classification import Classification

FIELDS = Fields({"x": Vector(names=("a", "b", "c"))}, {"y": Category(names=("no", "yes"))})


def drawn(*layers):
    problems = Problems()
    graph = Graph.parse([{"kind": "Input"}, *layers], "networks.model", problems)
    problems.raise_if_any()
    return graph


def seen(graph, x, y):
    task = Classification()
    roles = task.roles(FIELDS)
    torch.manual_seed(0)
    networks = {"model": build(graph, roles["model"].inputs, roles["model"].output)}
    batch = {"x": torch.tensor([x]), "y": torch.tensor([y])}
    return look(task, networks, {"model": graph}, roles, batch, FIELDS), networks["model"], batch


def test_activations_and_gradients_are_those_of_the_loss():
    graph = drawn({"kind": "Linear", "name": "fc", "out_features": 4}, "ReLU", {"kind": "Linear", "name": "out"} | AUTO)
    found, network, batch = seen(graph, [0.5, -1.0, 2.0], 1)
    hidden = network.fc(batch["x"])
    logits = network.out(hidden.relu())
    by_hand = logits.softmax(1) - F.one_hot(batch["y"], 2)
    assert set(found.nodes) == {"model.input", "model.fc", "model.relu", "model.out"}
    np.testing.assert_allclose(found.nodes["model.fc"].output, hidden[0].detach(), atol=1e-6)
    np.testing.assert_allclose(found.nodes["model.out"].gradient, by_hand[0].detach(), atol=1e-6)
    through = (by_hand @ network.out.weight) * (hidden > 0)
    np.testing.assert_allclose(found.nodes["model.fc"].gradient, through[0].detach(), atol=1e-6)
    assert found.losses["model"] == pytest.approx(F.cross_entropy(logits, batch["y"]).item())
    outer = torch.cat([(by_hand.T @ hidden.relu()).flatten(), by_hand[0]])
    assert found.nodes["model.out"].weight_gradient == pytest.approx(outer.square().mean().sqrt().item(), rel=1e-5)


AUTO = {"out_features": "auto"}


def test_nothing_is_left_behind():
    graph = drawn({"kind": "Linear", "name": "out"} | AUTO)
    _, network, _ = seen(graph, [1.0, 2.0, 3.0], 0)
    assert network.training, "the mode is restored"
    assert not network._forward_pre_hooks and not network.out._forward_hooks
    assert all(weight.grad is None for weight in network.parameters())


def test_the_nodes_of_a_block_are_seen_in_its_first_copy():
    block = {
        "kind": "Block", "name": "twice", "title": "Twice", "repeat": 2,
        "nodes": [{"kind": "Input", "name": "input"}, {"kind": "Linear", "name": "fc", "out_features": 3}, "Tanh"],
    }  # fmt: skip
    graph = drawn(block, {"kind": "Linear", "name": "out"} | AUTO)
    found, network, batch = seen(graph, [1.0, -2.0, 0.5], 0)
    first = network.twice.get_submodule("0").fc(batch["x"])
    np.testing.assert_allclose(found.nodes["model.twice.fc"].output, first[0].detach(), atol=1e-6)
    np.testing.assert_allclose(found.nodes["model.twice.input"].output, batch["x"][0], atol=1e-6)
    np.testing.assert_allclose(found.nodes["model.twice"].output, network.twice(batch["x"])[0].detach(), atol=1e-6)
    assert found.nodes["model.twice.fc"].gradient.shape == (3,)


def test_both_networks_of_a_game_are_seen(tmp_path):
    found = asked(tmp_path, {"version": 1, "data": {"kind": "Digits"}, "task": {"kind": "Gan"}})
    assert {path.partition(".")[0] for path in found["nodes"]} == {"generator", "discriminator"}
    assert set(found["losses"]) == {"generator", "discriminator"}
    made = [fact for path, fact in found["nodes"].items() if path.startswith("generator.") and "gradient" in fact]
    assert made and all(fact["gradient"] > 0 for fact in made)


def asked(folder, spec, **request):
    (folder / "request.json").write_text(json.dumps({"spec": spec, "part": "validation", "index": 3, **request}))
    status = job.main(folder)
    state = json.loads((folder / "state.json").read_text())
    assert status == 0, state
    return json.loads((folder / "found.json").read_text())


def test_a_draft_is_looked_at_without_training(tmp_path):
    found = asked(tmp_path, {"version": 1, "data": {"kind": "Digits"}})
    assert found["of"] > 100 and found["truth"]["digit" if "digit" in found["truth"] else next(iter(found["truth"]))]
    with np.load(tmp_path / "found.npz") as arrays:
        shapes = {key: arrays[key].shape for key in arrays.files}
    first = next(key for key in shapes if key.startswith("out|model.conv"))
    assert len(shapes[first]) == 3 and shapes[first.replace("out|", "grad|")] == shapes[first]
    assert (tmp_path / "input_0.npz").is_file()
    again = tmp_path / "again"
    again.mkdir()
    assert asked(again, {"version": 1, "data": {"kind": "Digits"}})["losses"] == found["losses"]


@pytest.mark.parametrize("request_", [{"index": -1}, {"index": 10**7}, {"index": "1"}, {"part": "test"}, {"spec": 3}])
def test_what_cannot_be_asked_is_told(tmp_path, request_):
    spec = {"version": 1, "data": {"kind": "Digits"}}
    (tmp_path / "request.json").write_text(json.dumps({"spec": spec, "part": "train", "index": 0, **request_}))
    assert job.main(tmp_path) == 1
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["status"] == "failed" and len(state["error"]) > 20 and "Error:" not in state["error"]


def test_a_network_with_a_problem_is_told(tmp_path):
    nodes = [{"kind": "Input"}, {"kind": "Linear", "out_features": "auto"}]  # a picture straight into Linear
    spec = {"version": 1, "data": {"kind": "Digits"}, "networks": {"model": nodes}}
    (tmp_path / "request.json").write_text(json.dumps({"spec": spec, "part": "train", "index": 0}))
    assert job.main(tmp_path) == 1
    assert "linear" in json.loads((tmp_path / "state.json").read_text())["error"].lower()
