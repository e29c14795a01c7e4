"""ONNX networks rebuilt in torch say what the original and onnxruntime say, and have its gradients."""

from __future__ import annotations

from pathlib import Path

import nets
import onnxruntime  # type: ignore[import-untyped]
import pytest
import torch
from torch import Tensor, nn

from dlviz.foreign.onnx_convert import convert
from dlviz.foreign.onnx_file import read

NETWORKS: dict[str, tuple[nn.Module, Tensor]] = {
    "cnn": (nets.cnn(), nets.pictures(3)),
    "branched": (nets.seeded(nets.Branched), nets.pictures(3, nets.COLOURS)),
    "reader": (nets.seeded(nets.Reader), nets.texts(3)),
    "attentive": (nets.seeded(nets.Attentive), nets.texts(3)),
}


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_answers_are_those_of_the_original_and_of_onnxruntime(tmp_path: Path, name: str, free: bool) -> None:
    network, x = NETWORKS[name]
    path = nets.write_onnx(network, x, tmp_path / "net.onnx", free)
    file = read(path)
    rebuilt = convert(file).eval()
    with torch.no_grad():
        found, wanted = rebuilt(x), network(x)
    (told,) = onnxruntime.InferenceSession(path.read_bytes()).run(None, {file.entry.name: x.numpy()})
    assert torch.allclose(found, wanted, atol=1e-5)
    assert torch.allclose(found, torch.from_numpy(told), atol=1e-5)


def test_what_the_new_exporter_writes_is_rebuilt(tmp_path: Path) -> None:
    network, x = NETWORKS["branched"]
    rebuilt = convert(read(nets.write_onnx(network, x, tmp_path / "net.onnx", new=True))).eval()
    with torch.no_grad():
        assert torch.allclose(rebuilt(x[:1]), network(x[:1]), atol=1e-5)


@pytest.mark.parametrize("name", ["cnn", "branched"])
def test_gradients_are_those_of_the_original(tmp_path: Path, name: str) -> None:
    network, x = NETWORKS[name]
    rebuilt = convert(read(nets.write_onnx(network, x, tmp_path / "net.onnx"))).eval()
    gradients = []
    for each in (network, rebuilt):
        given = x.clone().requires_grad_()
        each(given)[:, 1].sum().backward()
        assert given.grad is not None
        gradients.append(given.grad)
    largest = float(gradients[0].abs().max())
    assert largest > 0 and float((gradients[0] - gradients[1]).abs().max()) < 1e-5 * largest


def test_layers_are_modules_of_their_own_that_can_be_hooked(tmp_path: Path) -> None:
    rebuilt = convert(read(nets.write_onnx(NETWORKS["cnn"][0], NETWORKS["cnn"][1], tmp_path / "net.onnx")))
    kinds = [type(module) for module in rebuilt.children()]
    assert kinds == [nn.Conv2d, nn.ReLU, nn.MaxPool2d, nn.Flatten, nn.Linear]  # the exporter folds the normalisation
    text = convert(read(nets.write_onnx(NETWORKS["reader"][0], NETWORKS["reader"][1], tmp_path / "text.onnx")))
    assert sum(isinstance(module, nn.Embedding) for module in text.modules()) == 1
    assert sum(isinstance(module, nn.LSTM) for module in text.modules()) == 1
