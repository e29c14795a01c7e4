"""A model from elsewhere becomes a run that is measured, restored, predicted with and explained like any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nets
import numpy as np
import pytest
import safetensors.torch
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from dlviz.asking.answer import answer, ask
from dlviz.asking.load import load
from dlviz.asking.pose import pose
from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.datasets.diabetes import Diabetes
from dlviz.datasets.digits import Digits
from dlviz.explainers.explainer import Explainer
from dlviz.foreign.card import card_of
from dlviz.studies.activation_maximisation import ActivationMaximisation
from dlviz.studies.feature_maps import FeatureMaps
from dlviz.studies.influence import Influence
from dlviz.studies.nearest_examples import NearestExamples
from dlviz.studies.study import Inquiry
from dlviz.training import bring
from dlviz.training.folder import RunFolder
from dlviz.training.restore import restore
from dlviz.trust.randomised import Randomised

DIGITS, DIABETES = Digits().load(0), Diabetes().load(0)


def trained(network: nn.Module, data: Any, steps: int = 40) -> nn.Module:
    """A network that has learned a bit, in plain torch."""
    ((name,), (target,)) = data.fields.inputs, data.fields.targets
    x, y = data.train.columns[name], data.train.columns[target]
    optimizer = torch.optim.Adam(network.train().parameters(), 0.02)
    for _ in range(steps):
        optimizer.zero_grad()
        said = network(x)
        loss = nn.functional.mse_loss(said[:, 0], y) if y.is_floating_point() else nn.functional.cross_entropy(said, y)
        loss.backward()
        optimizer.step()
    return network.eval()


CNN = trained(nets.cnn(), DIGITS)
PIXELS = DIGITS.test.columns["image"]


def brought(folder: Path, model: Path, spec: Any, reading: Any = None, title: str = "") -> tuple[RunFolder | None, str]:
    """The run that the job makes, or the sentence with which it failed."""
    told: list[str] = []
    request = {"model": str(model), "name": model.name, "title": title, "spec": spec, "reading": reading or {},
               "runs": str(folder / "runs")}  # fmt: skip
    write_json(folder / "job" / "request.json", request)
    code = bring.work(
        folder / "job", lambda status, doing="", error=None: told.append(str(error or "")), lambda: None
    )  # fmt: skip
    if code:
        assert not list((folder / "runs").glob("*")) and not (folder / "job" / "run").exists()  # nothing is left behind
        return None, told[-1]
    found = json.loads((folder / "job" / "answer.json").read_bytes())
    return RunFolder(folder / "runs" / found["run"]), "\n".join(found["notes"])


def made(folder: Path, model: Path, spec: Any, reading: Any = None) -> RunFolder:
    run, told = brought(folder, model, spec, reading)
    assert run is not None, told
    return run


def explained(run: RunFolder, kind: str, **settings: Any) -> np.ndarray:
    method = Explainer.parse({"kind": kind, **settings})
    assert method is not None
    return answer(run, "test", 3, None, method).explanation.values


SPEC = {"data": {"kind": "Digits"}}


@pytest.fixture(scope="module", params=["onnx", "pt2"])
def digits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of a network exported for one example at a time, or two, as most are."""
    folder = tmp_path_factory.mktemp("digits")
    if request.param == "onnx":
        return made(folder, nets.write_onnx(CNN, PIXELS[:1], folder / "net.onnx", free=False), SPEC)
    return made(folder, nets.write_export(CNN, PIXELS[:2], folder / "net.pt2", free=False), SPEC)


def test_its_folder_is_that_of_a_finished_run(digits: RunFolder) -> None:
    state, right = digits.state(), float((CNN(PIXELS).argmax(1) == DIGITS.test.columns["label"]).float().mean())
    assert state["status"] == "finished" and right > 0.8
    assert state["metrics"]["test"]["accuracy"] == pytest.approx(right)
    assert state["result"]["value"] == pytest.approx(right)
    assert any("Nobody knows" in note for note in state["notes"])
    for file in ("spec.json", "data.json", "gallery/test.json", "gallery/test_inputs.npz", "views/test/confusion.npz"):
        assert (digits.path / file).is_file(), file
    card = card_of(digits.path)
    assert card is not None and card.freed and card.batch in (1, 2) and card.way == "modules"


def test_it_is_restored_to_the_same_answers_and_gradients(digits: RunFolder) -> None:
    restored = restore(digits)
    (network,) = restored.networks.values()
    gradients = []
    for each in (CNN, network):
        x = PIXELS[:7].clone().requires_grad_()
        each(x)[:, 3].sum().backward()
        assert x.grad is not None
        gradients.append(x.grad)
    with torch.no_grad():
        assert torch.allclose(network(PIXELS), CNN(PIXELS), atol=1e-5)
    assert torch.allclose(*gradients, atol=1e-5)
    with pytest.raises(WrongInput, match="no checkpoint of step 7"):
        restore(digits, 7)


@pytest.mark.parametrize("kind", ["Occlusion", "GradCam", "IntegratedGradients", "Saliency"])
def test_it_is_explained_as_the_original_is(digits: RunFolder, kind: str) -> None:
    restored, method = restore(digits), Explainer.parse({"kind": kind})
    assert method is not None
    found, wanted = (
        ask(restored.task, {"model": network}, DIGITS, "test", 3, None, method).explanation.values
        for network in (restored.networks["model"], CNN)
    )
    assert np.abs(wanted).max() > 0 and np.allclose(found, wanted, atol=1e-4)
    assert np.allclose(explained(digits, kind), found, atol=1e-6)


def test_a_changed_model_file_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path, nets.write_onnx(CNN, PIXELS[:1], tmp_path / "net.onnx"), SPEC)
    file = run.path / "foreign" / "model.onnx"
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(WrongInput, match="model file is damaged"):
        restore(run)
    write_json(run.path / "foreign" / "card.json", {"format": "onnx", "file": "../../else.onnx"})
    with pytest.raises(WrongInput, match="card.json is damaged"):
        restore(run)


def closed_box(folder: Path) -> Path:
    """A network with an operation that has no module here: it ends by choosing its ten largest numbers, of ten."""
    weights = [CNN.state_dict()[name].numpy() for name in ("6.weight", "6.bias")]
    held = [
        numpy_helper.from_array(np.ascontiguousarray(weights[0].T), "w"), numpy_helper.from_array(weights[1], "b"),
        helper.make_tensor("k", TensorProto.INT64, [1], [10]), helper.make_tensor("f", TensorProto.INT64, [2], [0, 64]),
    ]  # fmt: skip
    nodes = [
        helper.make_node("Reshape", ["x", "f"], ["a"]), helper.make_node("Gemm", ["a", "w", "b"], ["c"]),
        helper.make_node("TopK", ["c", "k"], ["y", "places"], axis=1, sorted=0),
    ]  # fmt: skip
    return nets.saved(nets.graph(nodes, ["n", 1, 8, 8], held, answer=["n", 10]), folder / "net.onnx")


def test_what_cannot_be_rebuilt_is_explained_by_its_answers_alone(tmp_path: Path) -> None:
    run, told = brought(tmp_path, closed_box(tmp_path), SPEC)
    assert run is not None and "TopK" in told
    network = restore(run).networks["model"]
    assert network.differentiable is False and "TopK" in str(network.why_not_gradient)
    assert np.abs(explained(run, "Occlusion")).max() > 0
    restored = restore(run)
    for kind, part in Explainer.kinds().items():
        why = part().why_not(restored.task, restored.networks, restored.fields)
        if part.needs == "gradients":
            assert why is not None, f"{kind} would need gradients that are not there"
    with pytest.raises(WrongInput, match="GradCam cannot explain this.*TopK"):
        explained(run, "GradCam")


def test_what_needs_weights_or_gradients_refuses_a_closed_box(tmp_path: Path) -> None:
    opened = load(made(tmp_path, closed_box(tmp_path), SPEC))
    put = pose(opened.task, opened.networks, opened.data, "test", 3, None)
    why = ActivationMaximisation().why_not(opened.task, opened.networks, opened.data.fields)
    assert why is not None and "TopK" in why
    method = Explainer.parse("Occlusion")
    assert method is not None
    explanation = method.explain(put.question, lambda done, of: None)
    assert "cannot be drawn anew" in str(Randomised().why_not(put.question, method, explanation))
    for study in (FeatureMaps(), NearestExamples(), Influence()):
        with pytest.raises(WrongInput, match="no (layer with )?weights"):
            study.study(Inquiry(put.question, "test", 3, opened.run, opened.restored), lambda done, of: None)


def test_a_network_of_raw_pixels_behind_a_softmax(tmp_path: Path) -> None:
    """It takes pixels from 0 to 255 with its channels behind and says probabilities, its classes backwards."""
    encoder = DIGITS.encoders["image"].model_dump()

    class Elsewhere(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = CNN

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            scaled = (x.permute(0, 3, 1, 2) / 255 - encoder["mean"][0]) / encoder["std"][0]
            return torch.softmax(self.net(scaled), 1).flip(1)

    path = nets.write_export(Elsewhere().eval(), torch.rand(2, 8, 8, 1), tmp_path / "net.pt2")
    reading = {"mean": [0.0], "std": [1 / 255], "classes": [str(digit) for digit in range(9, -1, -1)]}
    run = made(tmp_path, path, SPEC, reading)
    (network,) = restore(run).networks.values()
    with torch.no_grad():
        assert torch.allclose(network(PIXELS).softmax(1), CNN(PIXELS).softmax(1), atol=1e-4)
    _, told = brought(tmp_path / "wrong", path, SPEC)
    assert "no better than" in told  # read in another way it knows nothing, and says so


def test_a_number_is_predicted_in_its_own_units(tmp_path: Path) -> None:
    torch.manual_seed(0)
    columns = DIABETES.fields.inputs["row"].shape()[0] if "row" in DIABETES.fields.inputs else 10
    network = trained(nn.Sequential(nn.Linear(columns, 16), nn.ReLU(), nn.Linear(16, 1)), DIABETES, 300)
    ((name,),) = (DIABETES.fields.inputs,)
    x = DIABETES.test.columns[name]
    run = made(tmp_path, nets.write_onnx(network, x[:2], tmp_path / "net.onnx"), {"data": {"kind": "Diabetes"}})
    restored = restore(run)
    said = restored.task.predict(restored.networks, {name: x}, restored.fields)
    with torch.no_grad():
        assert np.allclose(next(iter(said.values())).data, network(x)[:, 0].numpy(), atol=1e-3)
    assert 0 < run.state()["metrics"]["test"]["loss"] < 1.5  # in standard units, 1 is what guessing the mean gets
    assert explained(run, "Occlusion").shape == (10,)


def test_a_tree_of_another_library_is_explained_by_the_column_it_asks(tmp_path: Path) -> None:
    """As scikit-learn's trees are exported: it asks for the body mass index, in its own unit."""
    names, third = DIABETES.fields.inputs[next(iter(DIABETES.fields.inputs))].names, 2  # type: ignore[attr-defined]
    tree = helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1, nodes_treeids=[0] * 3,
        nodes_nodeids=[0, 1, 2], nodes_featureids=[third, 0, 0], nodes_values=[27.0, 0.0, 0.0],
        nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0],
        target_treeids=[0, 0], target_nodeids=[1, 2], target_ids=[0, 0], target_weights=[110.0, 200.0],
    )  # fmt: skip
    model = nets.graph([tree], ["n", len(names)], answer=["n", 1])
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    run = made(tmp_path, nets.saved(model, tmp_path / "tree.onnx"), {"data": {"kind": "Diabetes"}}, {"scaling": "raw"})
    assert run.state()["result"]["value"] > 0.15  # this one question explains so much of the differences
    values = np.abs(explained(run, "Shap"))
    assert names[third] == "bmi" and values[third] > 10 and np.delete(values, third).max() < 1e-3


def test_answers_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    log = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    nn.init.constant_(log[1].weight, torch.inf)
    run, told = brought(tmp_path, nets.write_onnx(log.eval(), PIXELS[:1], tmp_path / "net.onnx"), SPEC)
    assert run is None and "finite numbers" in told


@pytest.mark.parametrize("kind, words", [("Iris", "It takes 1 × 8 × 8"), ("ToyReversal", "task"),
                                         ("Nothing", "there is no `Nothing`")])  # fmt: skip
def test_data_that_do_not_fit_are_refused(tmp_path: Path, kind: str, words: str) -> None:
    path = nets.write_onnx(CNN, PIXELS[:1], tmp_path / "net.onnx")
    run, told = brought(tmp_path, path, {"data": {"kind": kind}})
    assert run is None and words in told


NETWORK = [
    {"kind": "Input"}, {"kind": "Conv2d", "name": "conv", "out_channels": 4, "kernel_size": 3}, "ReLU", "Flatten",
    {"kind": "Linear", "name": "head", "out_features": "auto"},
]  # fmt: skip


def weights(folder: Path, **changed: torch.Tensor | None) -> Path:
    torch.manual_seed(0)
    conv, head = nn.Conv2d(1, 4, 3), nn.Linear(144, 10)
    given: dict[str, torch.Tensor | None] = {
        "conv.weight": conv.weight.data, "conv.bias": conv.bias.data, "head.weight": head.weight.data,
        "head.bias": head.bias.data, **changed,
    }  # fmt: skip
    safetensors.torch.save_file({k: v for k, v in given.items() if v is not None}, folder / "net.safetensors")
    return folder / "net.safetensors"


def test_weights_for_a_drawn_network_become_an_ordinary_run(tmp_path: Path) -> None:
    path = weights(tmp_path)
    run = made(tmp_path, path, {**SPEC, "networks": {"model": NETWORK}})
    given = safetensors.torch.load_file(path)
    restored = restore(run)
    state = restored.networks["model"].state_dict()
    assert set(state) == set(given) and all(torch.equal(state[name], given[name]) for name in given)
    assert restored.spec.networks is not None and np.abs(explained(run, "GradCam")).max() > 0


@pytest.mark.parametrize("changed, words", [
    ({"head.bias": None}, "head.bias: the file has no such tensor. The network needs 10"),
    ({"conv.weight": torch.zeros(4, 1, 5, 5)}, "conv.weight: the network needs 4 × 1 × 3 × 3. The file has 4 × 1 × 5"),
    ({"more": torch.zeros(2)}, "more: the network has no such tensor"),
    ({"conv.bias": torch.full((4,), torch.nan)}, "conv.bias: must hold finite numbers"),
])  # fmt: skip
def test_weights_that_do_not_fit_are_named(tmp_path: Path, changed: Any, words: str) -> None:
    run, told = brought(tmp_path, weights(tmp_path, **changed), {**SPEC, "networks": {"model": NETWORK}})
    assert run is None and words in told


def test_weights_without_a_network_or_damaged_ones_are_refused(tmp_path: Path) -> None:
    path = weights(tmp_path)
    assert "networks: is missing" in brought(tmp_path, path, SPEC)[1]
    path.write_bytes(path.read_bytes()[:-30])
    assert "no whole safetensors file" in brought(tmp_path, path, {**SPEC, "networks": {"model": NETWORK}})[1]
