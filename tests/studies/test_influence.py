"""Influence: the sum over checkpoints of η ∇ℓ·∇ℓ, as autograd gives it; a wrong label hurts."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from example_stand_ins import NUMBER, among, asked, columns, normal, reading, studied
from torch import Tensor, nn

from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.core.values import Image
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import Question
from dlviz.studies.gradients_of import all_products, last_products
from dlviz.studies.study import Inquiry
from dlviz.tasks.classification import Classification
from dlviz.tasks.units import Units
from dlviz.training import worker
from dlviz.training.checkpoint import Checkpoints, Snapshot, put_network
from dlviz.training.events import EventLog
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored, restore
from dlviz.training.spec import Spec


def run_of(folder: Path, moments: list[tuple[int, float, nn.Module]]) -> RunFolder:
    """A run whose training noted these steps, learning rates and weights."""
    run = RunFolder(folder / "run")
    run.checkpoints.mkdir(parents=True)
    log = EventLog(run.events_file)
    for step, lr, network in moments:
        snapshot = Snapshot()
        put_network(snapshot, "model", network)
        Checkpoints(run.checkpoints).save(step, snapshot, budget=10**9)
        log.add("train", step, lr=lr, loss=0.0)
    log.flush()
    return run


def followed(inquiry: Inquiry, run: RunFolder, step: int) -> Inquiry:
    """The same question asked about a run, at weights of a step of it."""
    question = inquiry.question
    spec: Any = None
    restored = Restored(spec, question.task, question.data.fields, {}, dict(question.networks), step)
    return Inquiry(question, inquiry.part, inquiry.index, run, restored)


def slopes(loss: Tensor, weights: list[nn.Parameter]) -> Tensor:
    return torch.cat([slope.flatten() for slope in torch.autograd.grad(loss, weights)])


def test_a_linear_regression_as_the_closed_form_says(tmp_path: Path) -> None:
    """∇ℓ = 2 e (x, 1) / spread with e the error in standard units: the products are known by heart."""
    rows = normal(40, 3)
    data = among(rows, columns(3), rows @ torch.tensor([1.0, -2.0, 0.5]) + normal(40, seed=1), NUMBER)
    spread = 4.0
    moments = []
    for number, (step, lr) in enumerate([(10, 0.3), (20, 0.1), (30, 0.02)]):
        torch.manual_seed(number)
        moments.append((step, lr, nn.Sequential(nn.Linear(3, 1), Units(0.5, spread))))
    inquiry = asked(copy.deepcopy(moments[-1][2]), data, 5)
    wanted = np.zeros(40)
    for _, lr, network in moments:
        with torch.no_grad():
            error = (network(rows)[:, 0] - data.train.columns["y"]) / spread
            wide = torch.cat([rows, torch.ones(40, 1)], 1)
            wanted += lr * (4 * error * error[5] * (wide @ wide[5])).numpy()
    for layers in ("last", "all"):
        found = studied("Influence", followed(inquiry, run_of(tmp_path / layers, moments), 30), layers=layers, count=32)
        assert found.numbers["steps"] == [10, 20, 30] and found.numbers["rates"] == [0.3, 0.1, 0.02]
        told = {each["row"]: each["influence"] for each in found.numbers["helped"] + found.numbers["hurt"]}
        assert len(told) == 40 and [each["row"] for each in found.numbers["helped"]][0] == int(wanted.argmax())
        np.testing.assert_allclose([told[row] for row in range(40)], wanted, rtol=1e-4, atol=1e-6)


def products(question: Question, weights: list[nn.Parameter], rows: int) -> np.ndarray[Any, Any]:
    """∇ℓ·∇ℓ of the first example and every other, one gradient after the other."""
    data, task = question.data, question.task
    found = []
    for row in range(rows):
        batch = data.train.batch(slice(row, row + 1))
        outputs = task.forward(question.networks, batch, data.fields)
        loss = task.example_losses(question.networks, outputs, batch, data.fields)
        assert loss is not None
        found.append(slopes(loss.sum(), weights))
    return np.asarray((torch.stack(found) @ found[0]).numpy())


def test_products_of_gradients_are_those_of_autograd() -> None:
    """Also where the last layer reads many places, behind recurrent layers, attention, and normalisation."""
    ids, kind, encoder = reading(["a b c", "b c d a", "c", "d d d", "a c d b a"], 6)
    torch.manual_seed(0)
    many_places = nn.Sequential(nn.Embedding(6, 5), nn.Linear(5, 2), _Mean())
    recurrent = nn.Sequential(nn.Embedding(6, 5), _Last(nn.LSTM(5, 4, batch_first=True)), nn.Linear(4, 2))
    attention = nn.Sequential(nn.Embedding(6, 4), _Attend(), _Mean(), nn.Linear(4, 2))
    texts = among(ids, kind, torch.arange(5) % 2, encoders={"x": encoder})
    pictures = among(torch.rand(8, 1, 6, 6), Image(channels=1, height=6, width=6), torch.arange(8) % 2)
    convolution = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 2)
    )  # fmt: skip
    for network, data in ((many_places, texts), (recurrent, texts), (attention, texts), (convolution, pictures)):
        question = asked(network, data).question
        one, rows = data.train.batch(slice(0, 1)), torch.arange(len(data.train))
        given = (Classification(), question.networks, data.fields)
        last = next(module for module in reversed(list(network.modules())) if isinstance(module, nn.Linear))
        network.requires_grad_()
        wanted = products(question, list(last.parameters()), len(rows))
        every = products(question, list(network.parameters()), len(rows))
        network.requires_grad_(False)
        np.testing.assert_allclose(
            last_products(*given, last, one, data.train, rows, lambda n: None), wanted, rtol=1e-4, atol=1e-6
        )
        np.testing.assert_allclose(
            all_products(*given, one, data.train, rows, lambda n: None), every, rtol=1e-4, atol=1e-6
        )
        assert not any(weight.requires_grad for weight in network.parameters())
        assert (np.abs(every - wanted) > 1e-6).any()


class _Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


class _Last(nn.Module):
    def __init__(self, inner: nn.LSTM) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.inner(x)[0][:, -1])


class _Attend(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(x, x, x)


@pytest.fixture(scope="module")
def mislabelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Data, RunFolder]:
    """Two clouds of points, learned; training example 7 is a copy of example 0 with the wrong label."""
    rows = torch.cat([normal(30, 4) + 1, normal(30, 4, seed=1) - 1])
    classes = (torch.arange(60) < 30).long()
    rows[7], classes[7] = rows[0], 0
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(network.parameters(), 0.2)
    moments: list[tuple[int, float, nn.Module]] = []
    for step in range(1, 61):
        optimizer.zero_grad()
        F.cross_entropy(network(rows), classes).backward()
        optimizer.step()
        if step % 10 == 0:
            moments.append((step, 0.2, copy.deepcopy(network)))
    return network, among(rows, columns(4), classes), run_of(tmp_path_factory.mktemp("runs"), moments)


@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_wrong_label_hurts_most(layers: str, mislabelled: tuple[nn.Module, Data, RunFolder]) -> None:
    network, data, run = mislabelled
    found = studied("Influence", followed(asked(copy.deepcopy(network), data, 0), run, 60), layers=layers)
    assert found.numbers["hurt"][0]["row"] == 7 and found.numbers["hurt"][0]["influence"] < 0
    assert "training example 7 (no) hurt most" in found.says and "5 checkpoints, steps 10 to 60" in found.says
    helped, hurt = found.shown
    assert all(caption.startswith("yes · +") for caption in helped.data[:, 0])
    assert hurt.data[0, 0].startswith("no · -")


def test_what_cannot_be_followed(mislabelled: tuple[nn.Module, Data, RunFolder], tmp_path: Path) -> None:
    network, data, run = mislabelled
    inquiry = asked(copy.deepcopy(network), data, 0)
    with pytest.raises(WrongInput, match="ask it about a run"):
        studied("Influence", inquiry)
    alone = studied("Influence", followed(inquiry, run, 10))
    assert alone.numbers["steps"] == [10] and "Only one checkpoint" in alone.says
    few = studied("Influence", followed(inquiry, run, 60), checkpoints=2)
    assert few.numbers["steps"] == [10, 60]
    pictures = among(torch.rand(8, 1, 4, 4), Image(channels=1, height=4, width=4), torch.arange(8) % 2)
    conv = nn.Sequential(nn.Conv2d(1, 2, 4), nn.Flatten())
    with pytest.raises(WrongInput, match="Conv2d, no Linear: choose `layers: all`"):
        studied("Influence", followed(asked(conv, pictures), run_of(tmp_path, [(1, 0.1, conv)]), 1))


def test_a_run_as_it_was_trained(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "iris")
    document = {"version": 1, "data": {"kind": "Iris"}, "training": {"epochs": 6, "batch_size": 16}}
    write_json(run.spec_file, Spec.parse(document).completed().document())
    write_json(run.path / "state.json", {"status": "queued"})
    worker.main(str(run.path), False)
    restored = restore(run)
    data = restored.spec.data.load(restored.spec.seed)
    name = next(iter(data.fields.inputs))
    inputs = {name: data.test.columns[name][:1]}
    networks = {role: network.requires_grad_(False) for role, network in restored.networks.items()}
    inquiry = Inquiry(Question(restored.task, networks, data, inputs, 0), "test", 0, run, restored)
    found = studied("Influence", inquiry)
    assert len(found.numbers["steps"]) >= 2 and found.numbers["steps"][-1] == restored.step
    assert all(rate > 0 for rate in found.numbers["rates"]) and found.numbers["helped"]
