"""What is found out about a network before it becomes a run, and what happens where a package is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import nets
import pytest
import torch
from onnx import helper
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Image, Tokens
from dlviz.datasets.data import Examples, Fields
from dlviz.foreign import examine
from dlviz.foreign.card import Card
from dlviz.foreign.examine import difference, examined
from dlviz.foreign.reading import Reading
from dlviz.foreign.recognize import recognized

FIELDS = Fields({"x": Image(channels=1, height=8, width=8)}, {"y": Category(names=tuple("abcdefghij"))})
TEXTS = Fields({"x": Tokens(vocabulary=tuple(map(str, range(20))), length=7)}, {"y": Category(names=tuple("abc"))})


def looked(path: Path, x: Tensor, fields: Fields = FIELDS) -> tuple[Card, nn.Module]:
    train = Examples({"x": x, "y": torch.arange(len(x)) % 3}, torch.arange(len(x)))
    card, network, _ = examined(path, recognized(path), path.name, Reading(), fields, {}, train)
    return card, network


@pytest.mark.parametrize("way", ["onnx", "pt2"])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_network_exported_for_some_examples_takes_any_number(tmp_path: Path, way: str, batch: int) -> None:
    class Viewed(nn.Module):
        """Names the number of examples where it gives them another shape."""

        def __init__(self) -> None:
            super().__init__()
            self.net, self.head = nn.Conv2d(1, 2, 3), nn.Linear(72, 10)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.head(torch.relu(self.net(x)).view(x.shape[0], -1))
            return found

    network, x = nets.seeded(Viewed), nets.pictures(9)
    write = nets.write_onnx if way == "onnx" else nets.write_export
    card, made = looked(write(network, x[:batch], tmp_path / f"net.{way}", False), x)
    assert card.batch == batch and card.freed and made.differentiable
    with torch.no_grad():
        assert torch.allclose(made(x), network(x), atol=1e-5)


def test_one_that_cannot_is_asked_piece_by_piece_and_says_so(tmp_path: Path) -> None:
    network, x = nets.seeded(nets.Reader), nets.texts(9)
    path = nets.write_export(network, x[:2], tmp_path / "net.pt2", free=False)
    card, made = looked(path, x, TEXTS)
    assert card.batch == 2 and not card.freed and not made.differentiable
    assert "2 examples at a time" in card.why_not_gradient and "any number" in card.why_not_gradient
    with torch.no_grad():
        assert torch.allclose(made(x), network(x), atol=1e-5)


def test_a_module_that_answered_otherwise_would_not_be_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Doubled(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Tensor) -> Tensor:
            return 2 * self.inner(x)  # type: ignore[no-any-return]

    honest = examine.body
    monkeypatch.setattr(
        examine, "body", lambda path, card: Doubled(honest(path, card)) if card.way == "modules" else honest(path, card)
    )
    network, x = nets.cnn(), nets.pictures(9)
    card, made = looked(nets.write_onnx(network, x, tmp_path / "net.onnx"), x)
    assert card.way == "answers" and "differ" in card.why_not_gradient and (card.difference or 0) > 0.1
    assert torch.allclose(made(x), network(x), atol=1e-5)


def test_without_onnxruntime_what_can_be_rebuilt_still_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "find_spec", lambda name: None)
    network, x = nets.cnn(), nets.pictures(9)
    card, made = looked(nets.write_onnx(network, x, tmp_path / "net.onnx"), x)
    assert card.way == "modules" and card.difference is None and torch.allclose(made(x), network(x), atol=1e-5)
    closed = nets.saved(
        nets.graph([helper.make_node("NonZero", ["x"], ["y"])], ["n", 1, 8, 8]), tmp_path / "closed.onnx"
    )
    with pytest.raises(WrongInput, match=r"NonZero.*not installed.*pip install"):
        looked(closed, x)


def test_without_onnx_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = nets.pictures(3)
    path = nets.write_onnx(nets.cnn(), x, tmp_path / "net.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(WrongInput, match=r"two more packages.*dlviz\[onnx\]"):
        looked(path, x)


def test_differences_are_relative_to_the_largest_answer() -> None:
    assert difference(torch.tensor([100.0, 1.0]), torch.tensor([100.0, 2.0])) == pytest.approx(0.01)
    assert difference(torch.tensor([0.5]), torch.tensor([0.25])) == pytest.approx(0.25)
    assert difference(torch.tensor([torch.nan]), torch.tensor([1.0])) == float("inf")
    assert difference(torch.zeros(2), torch.zeros(3)) == float("inf")
