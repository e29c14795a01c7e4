"""Programs of torch.export say what the original says, have its gradients, and are read without any pickle."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import nets
import pytest
import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.foreign import export_file, export_graph, export_ops, onnx_convert, onnx_file
from dlviz.foreign.export_arguments import Call
from dlviz.foreign.steps import Steps


class InPlace(nn.Module):
    """For pictures of 1 × 8 × 8; changes what it has computed, as trained networks often do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu, self.head = nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.Linear(3 * 36, 10)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.conv(x))
        y = y + y.mean((2, 3), keepdim=True)
        found: Tensor = self.head(y.view(y.shape[0], -1))
        return found


NETWORKS: dict[str, tuple[nn.Module, Tensor]] = {
    "cnn": (nets.cnn(), nets.pictures(3)),
    "in place": (nets.seeded(InPlace), nets.pictures(3)),
    "branched": (nets.seeded(nets.Branched), nets.pictures(3, nets.COLOURS)),
    "attentive": (nets.seeded(nets.Attentive), nets.texts(3)),
}


def rebuilt(path: Path) -> Steps:
    with nets.nothing_unpickles():
        file = export_file.read(path)
        return export_graph.build(file, export_graph.answer(file)).eval()


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_answers_are_those_of_the_original(tmp_path: Path, name: str, apart: bool) -> None:
    network, x = NETWORKS[name]
    steps = rebuilt(nets.write_export(network, x, tmp_path / "net.pt2", apart=apart))
    with torch.no_grad():
        assert torch.allclose(steps(x), network(x), atol=1e-6)
        assert torch.allclose(steps(x[:1]), network(x[:1]), atol=1e-6)


def test_a_recurrent_program_answers_as_the_original(tmp_path: Path) -> None:
    network, x = nets.seeded(nets.Reader), nets.texts(2)
    with torch.no_grad():
        assert torch.allclose(rebuilt(nets.write_export(network, x, tmp_path / "net.pt2"))(x), network(x), atol=1e-6)


@pytest.mark.parametrize("name", ["cnn", "in place"])
def test_gradients_are_those_of_the_original(tmp_path: Path, name: str) -> None:
    network, x = NETWORKS[name]
    gradients = []
    for each in (network, rebuilt(nets.write_export(network, x, tmp_path / "net.pt2"))):
        given = x.clone().requires_grad_()
        each(given)[:, 1].sum().backward()
        assert given.grad is not None
        gradients.append(given.grad)
    assert float(gradients[0].abs().max()) > 0.01 and torch.allclose(*gradients, atol=1e-6)


@pytest.mark.parametrize("apart", [False, True])
def test_convolutions_are_layers_that_can_be_hooked(tmp_path: Path, apart: bool) -> None:
    steps = rebuilt(nets.write_export(NETWORKS["cnn"][0], NETWORKS["cnn"][1], tmp_path / "net.pt2", apart=apart))
    assert sum(isinstance(module, nn.Conv2d) for module in steps.modules()) == 1
    assert sum(isinstance(module, nn.ReLU) for module in steps.modules()) == 1


def test_pickles_inside_are_never_opened(tmp_path: Path) -> None:
    network, x = NETWORKS["cnn"]
    mark, harmful = tmp_path / "harmed", nets.harmful(tmp_path / "harmed")

    def change(name: str, content: bytes) -> bytes:
        return harmful if name.endswith(("sample_inputs/model.pt", ".data/serialization_id")) else content

    source = nets.write_export(network, x, tmp_path / "net.pt2")
    steps = rebuilt(nets.rewritten(source, tmp_path / "harmful.pt2", change))
    assert torch.allclose(steps(x), network(x), atol=1e-6) and not mark.exists()


def hostile(tmp_path: Path, ending: str, change: Any) -> Path:
    """A program whose JSON file of this ending is changed."""
    network, x = NETWORKS["cnn"]

    def changed(name: str, content: bytes) -> bytes:
        if not name.endswith(ending):
            return content
        document = json.loads(content)
        change(document)
        return json.dumps(document).encode()

    source = nets.write_export(network, x, tmp_path / "net.pt2")
    return nets.rewritten(source, tmp_path / "hostile.pt2", changed)


def weights_config(change: Any) -> Any:
    return lambda document: change(document["config"]["0.weight"])


def nodes(change: Any) -> Any:
    return lambda document: change(document["graph_module"]["graph"]["nodes"])


REFUSED = {
    "a pickled weight": ("weights_config.json", weights_config(lambda one: one.update(use_pickle=True)), "pickled"),
    "a weight elsewhere": ("weights_config.json", weights_config(lambda one: one.update(path_name="../../etc/passwd")),
                           "damaged"),
    "a weight larger than its file": (
        "weights_config.json",
        weights_config(lambda one: one["tensor_meta"].update(sizes=[{"as_int": 4000}] * 2)), "says that it holds"),
    "a weight of endless size": (
        "weights_config.json",
        weights_config(lambda one: one["tensor_meta"].update(sizes=[{"as_int": 2**40}], strides=[{"as_int": 0}])),
        "at most"),
    "strides that leave the file": (
        "weights_config.json",
        weights_config(lambda one: one["tensor_meta"].update(strides=[{"as_int": 900}] * 4)), "damaged"),
    "a custom operation": ("model.json", nodes(lambda all: all[0].update(target="torch.ops.evil.run.default")),
                           "torch.ops.evil"),
    "an operation that reads files": (
        "model.json", nodes(lambda all: all[0].update(target="torch.ops.aten.from_file.default")), "from_file"),
    "an attribute of Python": ("model.json", nodes(lambda all: all[0].update(target="torch.ops.aten.conv2d.__class__")),
                               "no operation"),
    "a function of Python": ("model.json", nodes(lambda all: all[0].update(target="os.system")), "os.system"),
    "another function of Python": ("model.json", nodes(lambda all: all[0].update(target="builtins.eval")), "eval"),
    "a branch": ("model.json", nodes(lambda all: all[0]["inputs"][0].update(arg={"as_graph": {"name": "g"}})),
                 "as_graph"),
    "an unknown value": ("model.json", nodes(lambda all: all[2]["inputs"][0].update(arg={"as_tensor": {"name": "q"}})),
                         "before it is made"),
    "a value made twice": ("model.json", nodes(lambda all: all.insert(1, all[0])), "made twice"),
    "another version": ("model.json", lambda document: document.update(schema_version={"major": 99, "minor": 0}),
                        "version 99"),
    "no graph": ("model.json", lambda document: document.pop("graph_module"), "damaged"),
    "nodes that are none": ("model.json", lambda document: document["graph_module"]["graph"].update(nodes=[1, 2]),
                            "damaged"),
    "two inputs": (
        "model.json",
        lambda document: document["graph_module"]["signature"]["input_specs"].append(
            {"user_input": {"arg": {"as_tensor": {"name": "z"}}}}), "one tensor"),
    "an object of its own": (
        "model.json",
        lambda document: document["graph_module"]["signature"]["input_specs"].append(
            {"custom_obj": {"arg": {"name": "z"}, "custom_obj_name": "z"}}), "custom_obj"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_programs_are_refused_in_a_sentence(tmp_path: Path, case: str) -> None:
    ending, change, words = REFUSED[case]
    path = hostile(tmp_path, ending, change)
    with pytest.raises(WrongInput, match=words):
        rebuilt(path)


def test_a_program_that_makes_endless_numbers_is_refused(tmp_path: Path) -> None:
    class Wide(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x[:, :1, :1, :1] + torch.zeros(7, 5)).sum((2, 3))

    source = nets.write_export(Wide().eval(), nets.pictures(2), tmp_path / "net.pt2")
    path = nets.rewritten(
        source, tmp_path / "wide.pt2",
        lambda name, content: content.replace(b'{"as_ints": [7, 5]}', b'{"as_ints": [7000000, 5000000]}'),
    )  # fmt: skip
    with pytest.raises(WrongInput, match="at most"):
        rebuilt(path)(nets.pictures(2))


def test_zip_bombs_and_truncated_files_are_refused(tmp_path: Path) -> None:
    source = nets.write_export(NETWORKS["cnn"][0], NETWORKS["cnn"][1], tmp_path / "net.pt2")
    with zipfile.ZipFile(tmp_path / "bomb.pt2", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/archive_format", "pt2")
        archive.writestr("net/models/model.json", b" " * 2**26)
    with pytest.raises(WrongInput, match="bomb"):
        export_file.read(tmp_path / "bomb.pt2")
    (tmp_path / "half.pt2").write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(WrongInput, match="damaged"):
        export_file.read(tmp_path / "half.pt2")
    nets.rewritten(source, tmp_path / "deep.pt2",
                   lambda name, content: b"[" * 100_000 if name.endswith("models/model.json") else content)  # fmt: skip
    with pytest.raises(WrongInput, match="damaged"):
        export_file.read(tmp_path / "deep.pt2")


def test_nothing_that_draws_chance_or_learns_is_called_so(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, x = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(64, 3)), nets.pictures(4)
    steps = rebuilt(nets.write_export(network.train(), x, tmp_path / "net.pt2", apart=False))
    with torch.no_grad():
        assert torch.equal(steps(x), steps(x)) and torch.allclose(steps(x), network.eval()(x), atol=1e-6)


@pytest.mark.parametrize("way", ["onnx", "pt2"])
def test_weights_can_be_told_from_other_numbers(tmp_path: Path, way: str) -> None:
    network, x = nets.seeded(nets.Reader), nets.texts(2)
    if way == "pt2":
        steps = rebuilt(nets.write_export(network, x, tmp_path / "net.pt2"))
    else:
        steps = onnx_convert.convert(onnx_file.read(nets.write_onnx(network, x, tmp_path / "net.onnx")))
    learned = sum(weight.numel() for weight in network.parameters())
    assert sum(weight.numel() for weight in steps.parameters()) == learned


def called(target: str, **arguments: Any) -> export_graph.Called:
    """A call of a program with these arguments."""
    name = export_ops.named(target)[0]
    return export_graph.Called(name, export_ops.function(target), Call(arguments, ()))


def recurrent(**changed: Any) -> dict[str, Any]:
    states = [torch.zeros(1, 2, 6), torch.zeros(1, 2, 6)]
    params = [torch.randn(24, 8), torch.randn(24, 6), torch.randn(24), torch.randn(24)]
    plain = {"has_biases": True, "num_layers": 1, "dropout": 0.0, "train": False, "bidirectional": False,
             "batch_first": False}  # fmt: skip
    return {"input": torch.randn(5, 2, 8), "hx": states, "params": params, **plain, **changed}


ATEN, NORM = "torch.ops.aten", "torch.ops.aten._native_batch_norm_legit_no_training.default"
WEIGHTS = [torch.randn(24, 8), torch.randn(24, 6), torch.randn(1), torch.randn(24)]
OVERREACHING: dict[str, tuple[str, dict[str, Any]]] = {
    "more examples than states": (f"{ATEN}.lstm.input", recurrent(input=torch.randn(5, 900, 8))),
    "a bias that is too short": (f"{ATEN}.lstm.input", recurrent(params=WEIGHTS)),
    "more layers than weights": (f"{ATEN}.lstm.input", recurrent(num_layers=3)),
    "channels without figures": (
        NORM, {"input": torch.randn(2, 4000, 3), "weight": torch.ones(1), "bias": torch.ones(1), "momentum": 0.1,
               "running_mean": torch.ones(1), "running_var": torch.ones(1), "eps": 1e-5}),
    "fewer values than keys": (f"{ATEN}.scaled_dot_product_attention.default",
                               {"query": torch.randn(2, 2, 5, 4), "key": torch.randn(2, 2, 7, 4),
                                "value": torch.randn(2, 2, 3, 4)}),
    "a factor that leads elsewhere": (f"{ATEN}.upsample_bilinear2d.default",
                                      {"self": torch.randn(1, 1, 3, 3), "output_size": [6, 6], "align_corners": False,
                                       "scales_h": 1e-9, "scales_w": 1e-9}),
}  # fmt: skip


@pytest.mark.parametrize("case", OVERREACHING)
def test_sizes_that_torch_does_not_check_are_checked_here(case: str) -> None:
    target, arguments = OVERREACHING[case]
    with pytest.raises(WrongInput, match="sizes that do not fit"):
        called(target, **arguments)()


def test_sizes_that_fit_pass() -> None:
    states, *_ = called(f"{ATEN}.lstm.input", **recurrent())()
    assert states.shape == (5, 2, 6)
    figures = {name: torch.ones(4) for name in ("weight", "bias", "running_mean", "running_var")}
    assert called(NORM, input=torch.randn(2, 4, 3), **figures, momentum=0.1, eps=1e-5)()[0].shape == (2, 4, 3)
    larger = called(f"{ATEN}.upsample_nearest2d.vec", input=torch.randn(1, 1, 3, 3), output_size=None,
                    scale_factors=[2.0, 2.0])  # fmt: skip
    assert larger().shape == (1, 1, 6, 6)


def test_packed_sequences_are_not_called() -> None:
    with pytest.raises(WrongInput, match="no operation"):
        export_ops.function(f"{ATEN}.lstm.data")
