"""The kernel: the very training that torch does, many steps in one call."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dlviz.core.problems import Problems, WrongInput
from dlviz.core.values import Category, Scalar, Vector
from dlviz.datasets.data import Fields
from dlviz.network.build import build
from dlviz.network.graph import Graph
from dlviz.optimization.optimizers.adagrad import Adagrad
from dlviz.optimization.optimizers.adam import Adam
from dlviz.optimization.optimizers.adamw import AdamW
from dlviz.optimization.optimizers.optimizer import Optimizer
from dlviz.optimization.optimizers.rmsprop import RMSprop
from dlviz.optimization.optimizers.sgd import SGD
from dlviz.optimization.regularizers.gradient_clipping import GradientClipping
from dlviz.optimization.regularizers.l1 import L1
from dlviz.optimization.regularizers.l2 import L2
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.tasks.classification import Classification
from dlviz.tasks.gan import Gan
from dlviz.tasks.regression import Regression
from dlviz.tasks.task import Task
from dlviz.training.kernel import MlpKernel, compiling, why_not
from dlviz.training.kernel.plan import ACTIVATIONS

FEATURES, CLASSES, EXAMPLES, BATCH = 5, 3, 94, 12  # the last batch holds 10
POINT = {"row": Vector(names=tuple("abcde"))}


class Training:
    """A network, a task and an optimizer, trained by torch or by the kernel on the same examples."""

    def __init__(
        self, layers: Sequence[Any], task: Task, optimizer: Optimizer, regularizers: Sequence[Regularizer] = (),
        seed: int = 0,
    ) -> None:  # fmt: skip
        torch.manual_seed(seed)
        number = isinstance(task, Regression)
        target = Scalar() if number else Category(names=("a", "b", "c"))
        self.fields = Fields(POINT, {"y": target})
        problems = Problems()
        graph = Graph.parse([{"kind": "Input"}, *layers], "", problems)
        assert graph is not None and not problems
        self.network = build(graph, {"row": (FEATURES,)}, (1 if number else CLASSES,))
        self.inputs = torch.randn(EXAMPLES, FEATURES)
        self.targets = torch.randn(EXAMPLES) * 40 + 1000 if number else torch.randint(0, CLASSES, (EXAMPLES,))
        self.task, self.regularizers = task, list(regularizers)
        examples = _Examples({"row": self.inputs, "y": self.targets})
        task.prepare({"model": self.network}, self.fields, examples)  # type: ignore[arg-type]
        self.optimizer = optimizer.make(self.network.parameters())
        self._kernel: MlpKernel | None = None

    @property
    def kernel(self) -> MlpKernel:
        if self._kernel is None:
            self._kernel = MlpKernel(self.network, self.task, self.optimizer, self.regularizers, (FEATURES,))
        return self._kernel

    def torch(self, steps: int) -> list[float]:
        losses = []
        for number in range(steps):
            part = self.part(number)
            batch = {"row": self.inputs[part], "y": self.targets[part]}
            for loss in self.task.losses({"model": self.network}, batch, self.fields):
                self.optimizer.zero_grad()
                loss.value.backward()
                for regularizer in self.regularizers:
                    regularizer.gradients(list(self.network.parameters()))
                self.optimizer.step()
                losses.append(loss.value.item())
        return losses

    def fast(self, steps: int) -> list[float]:
        losses: list[float] = []
        an_epoch = -(-EXAMPLES // BATCH)
        lr = self.optimizer.param_groups[0]["lr"]
        while len(losses) < steps:
            count = min(an_epoch, steps - len(losses))
            part = slice(0, count * BATCH)
            found, _ = self.kernel.run(self.inputs[part], self.targets[part], BATCH, np.full(count, lr))
            losses += found.tolist()
        return losses

    @staticmethod
    def part(number: int) -> slice:
        start = number % -(-EXAMPLES // BATCH) * BATCH
        return slice(start, start + BATCH)

    def weights(self) -> list[Tensor]:
        return [weight.detach().clone() for weight in self.network.parameters()]


class _Examples:
    """As much of the training part as a task asks for."""

    def __init__(self, columns: dict[str, Tensor]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns["y"])


def dense(*activations: Any) -> list[Any]:
    layers: list[Any] = []
    for activation in activations:
        layers += [{"kind": "Linear", "out_features": 11}, activation]
    return [*layers, {"kind": "Linear", "out_features": "auto"}]


TANH = dense({"kind": "Tanh"}, {"kind": "Tanh"})


def agree(make: Callable[[], Training], first: float = 1e-6, later: float = 1e-4, steps: int = 50) -> None:
    """One step within `first`, fifty within `later`, and the losses on the way."""
    mine, theirs = make(), make()
    assert mine.fast(1) == pytest.approx(theirs.torch(1), rel=2e-6)
    for one, two in zip(mine.weights(), theirs.weights(), strict=True):
        torch.testing.assert_close(one, two, rtol=first, atol=first)
    mine, theirs = make(), make()
    assert mine.fast(steps) == pytest.approx(theirs.torch(steps), rel=later)
    for one, two in zip(mine.weights(), theirs.weights(), strict=True):
        torch.testing.assert_close(one, two, rtol=later, atol=later)


@pytest.mark.parametrize(
    "activation",
    [
        "ReLU", "ReLU6", "Tanh", "Sigmoid", "SiLU", "GELU", "Softsign", "SELU", "Hardsigmoid", "Hardswish", "Mish",
        "LogSigmoid", "Tanhshrink", "Identity", "ELU", "CELU", "Softplus", "LeakyReLU", "Hardtanh",
        {"kind": "LeakyReLU", "negative_slope": 0.2}, {"kind": "ELU", "alpha": 0.7}, {"kind": "CELU", "alpha": 2.0},
        {"kind": "GELU", "approximate": "tanh"}, {"kind": "Softplus", "beta": 3.0, "threshold": 1.0},
        {"kind": "Hardtanh", "min_val": -0.2, "max_val": 0.4},
    ],
    ids=str,
)  # fmt: skip
def test_every_activation_learns_as_in_torch(activation: Any) -> None:
    layer = {"kind": activation} if isinstance(activation, str) else activation
    agree(lambda: Training(dense(layer, layer), Classification(), SGD(lr=0.1)))


def test_activations_stay_right_far_out_and_pass_on_what_is_no_number() -> None:
    x = torch.tensor([-1e4, -200, -90, -30, -9, -3, -1e-3, -1e-8, 0, 1e-8, 1e-3, 3, 9, 30, 90, 200, 1e4, torch.nan])
    for kind in ACTIVATIONS:
        layer = kind()
        network = nn.Sequential(nn.Linear(1, 1, bias=False), layer)
        with torch.no_grad():
            network[0].weight.fill_(1.0)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.0)
        kernel = MlpKernel(network, Classification(), optimizer, (), (1,))
        _, outputs = kernel.run(x[:, None], torch.zeros(len(x), dtype=torch.int64), len(x), np.zeros(1), outputs=True)
        assert outputs is not None
        torch.testing.assert_close(outputs[:, 0], layer(x), rtol=2e-6, atol=1e-6, equal_nan=True, msg=str(kind))


@pytest.mark.parametrize("weights", ["equal", "balanced"])
@pytest.mark.parametrize("soft", [False, True])
def test_cross_entropy(weights: Any, soft: bool) -> None:
    def make() -> Training:
        training = Training(TANH, Classification(class_weights=weights), SGD(lr=0.2))
        if soft:
            training.targets = torch.rand(EXAMPLES, CLASSES).softmax(1)
        return training

    agree(make)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_regression_in_the_units_of_its_target(loss: Any) -> None:
    agree(lambda: Training(TANH, Regression(loss=loss), SGD(lr=0.05)), later=3e-4)


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(lr=0.1), SGD(lr=0.1, momentum=0.9), SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        SGD(lr=0.1, momentum=0.8, dampening=0.3), Adam(lr=0.01), Adam(lr=0.01, weight_decay=0.1, amsgrad=True),
        AdamW(lr=0.01, weight_decay=0.1), AdamW(lr=0.01, amsgrad=True), RMSprop(lr=0.01),
        RMSprop(lr=0.01, momentum=0.9, centered=True, weight_decay=0.01), Adagrad(lr=0.05),
        Adagrad(lr=0.05, lr_decay=0.1, initial_accumulator_value=0.2, weight_decay=0.01),
    ],
    ids=lambda part: f"{part.kind()}-{len(part.document(True))}-{part.weight_decay}",
)  # fmt: skip
def test_every_optimizer_steps_as_in_torch(optimizer: Optimizer) -> None:
    # a centred variance is a small difference of large numbers: float32 torch itself is 2e-4 from float64 torch then
    later = 5e-4 if getattr(optimizer, "centered", False) else 1e-4
    agree(lambda: Training(TANH, Classification(), optimizer), later=later)


@pytest.mark.parametrize(
    "regularizers",
    [
        [L1(strength=0.01)], [L2(strength=0.1)], [GradientClipping(limit=0.05)],
        [GradientClipping(by="value", limit=0.01)], [L1(strength=0.02), GradientClipping(limit=0.1), L2(strength=0.1)],
    ],
    ids=lambda parts: "-".join(part.kind() for part in parts),
)  # fmt: skip
def test_regularizers_in_their_order(regularizers: list[Regularizer]) -> None:
    agree(lambda: Training(TANH, Classification(), SGD(lr=0.1), regularizers))


def test_wide_layers_without_biases_and_the_outputs_as_it_learned() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 37, bias=False), nn.ReLU(), nn.Linear(37, 21), nn.Linear(21, 4))
    twin = nn.Sequential(nn.Flatten(), nn.Linear(64, 37, bias=False), nn.ReLU(), nn.Linear(37, 21), nn.Linear(21, 4))
    twin.load_state_dict(network.state_dict())
    images, labels = torch.randn(110, 8, 8), torch.randint(0, 4, (110,))
    kernel = MlpKernel(network, Classification(), torch.optim.SGD(network.parameters(), lr=0.1), (), (8, 8))
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    losses, outputs = kernel.run(images, labels, 40, np.full(3, 0.1), outputs=True)
    seen = []
    for index in torch.arange(110).split(40):
        logits = twin(images[index])
        seen.append(logits.detach())
        loss = nn.functional.cross_entropy(logits, labels[index])
        assert losses[len(seen) - 1] == pytest.approx(loss.item(), rel=1e-6)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert outputs is not None
    torch.testing.assert_close(outputs, torch.cat(seen), rtol=1e-5, atol=1e-6)


def test_the_outputs_of_a_regression_are_predictions() -> None:
    training = Training(TANH, Regression(), SGD(lr=0.0001))
    with torch.no_grad():
        expected = training.network(training.inputs[:BATCH]).squeeze(1)
    _, outputs = training.kernel.run(
        training.inputs[:BATCH], training.targets[:BATCH], BATCH, np.full(1, 0.1), outputs=True
    )
    torch.testing.assert_close(outputs, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "optimizer", [SGD(lr=0.1, momentum=0.9), Adam(lr=0.01), RMSprop(lr=0.01), Adagrad(lr=0.1)], ids=lambda o: o.kind()
)
def test_torch_and_the_kernel_take_turns_on_the_same_memory(optimizer: Optimizer) -> None:
    mixed, plain = (Training(TANH, Classification(), optimizer) for _ in range(2))
    parameters = list(mixed.network.parameters())
    for turn in range(3):
        mixed.fast(4) if turn % 2 else mixed.torch(4)
        plain.torch(4)
    assert list(mixed.network.parameters()) == parameters, "the very objects"
    for one, two in zip(mixed.weights(), plain.weights(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-6)
    saved, known = mixed.optimizer.state_dict()["state"], plain.optimizer.state_dict()["state"]
    assert saved.keys() == known.keys()
    for index, values in known.items():
        assert saved[index].keys() == values.keys()
        for name, value in values.items():
            torch.testing.assert_close(saved[index][name], value, rtol=1e-4, atol=1e-6)
            assert saved[index][name].shape == value.shape and saved[index][name].dtype == value.dtype


def test_a_state_loaded_between_two_calls_is_taken_up() -> None:
    whole, parted = (Training(TANH, Classification(), Adam(lr=0.01)) for _ in range(2))
    whole.fast(8)
    weights = {name: value.clone() for name, value in whole.network.state_dict().items()}
    state = {
        index: {name: value.clone() for name, value in values.items()}
        for index, values in whole.optimizer.state_dict()["state"].items()
    }
    whole.fast(8)
    parted.fast(3)  # elsewhere
    parted.network.load_state_dict(weights)
    parted.optimizer.load_state_dict({**parted.optimizer.state_dict(), "state": state})
    parted.fast(8)
    assert all(torch.equal(one, two) for one, two in zip(whole.weights(), parted.weights(), strict=True))


def test_the_same_bits_however_the_steps_are_cut() -> None:
    runs = [Training(TANH, Classification(), Adam(lr=0.01)) for _ in range(3)]
    a, b = runs[0].fast(8), runs[1].fast(8)
    c = []
    for number in range(8):
        part = runs[2].part(number)
        c += runs[2].kernel.run(runs[2].inputs[part], runs[2].targets[part], BATCH, np.full(1, 0.01))[0].tolist()
    assert a == b == c
    for other in runs[1:]:
        assert all(torch.equal(one, two) for one, two in zip(runs[0].weights(), other.weights(), strict=True))


@pytest.mark.parametrize(
    ("task", "regularizers"),
    [(Classification(class_weights="balanced"), [GradientClipping(by="norm", limit=0.1), L1(strength=0.01)]),
     (Regression(loss="huber"), [])],
)  # fmt: skip
def test_two_threads_share_a_batch_and_change_no_bit(
    task: Task, regularizers: list[Regularizer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(threads: int) -> tuple[Any, Tensor | None, list[float]]:
        made = Training(dense("Tanh", "ReLU"), task, Adam(lr=0.01), regularizers)
        size = 40  # the last batch holds 14: one part has nothing
        losses, outputs = made.kernel.run(made.inputs, made.targets, size, np.full(3, 0.01), True, 1, threads)
        weights = torch.cat([weight.detach().flatten() for weight in made.network.parameters()])
        return losses, outputs, weights.tolist()

    whole = train(1)
    monkeypatch.setattr("dlviz.training.kernel.mlp._PARTS_FROM", 0.0)
    one, two = train(1), train(2)
    for alone, shared, uncut in zip(one, two, whole, strict=True):
        assert np.array_equal(np.asarray(alone), np.asarray(shared))
        np.testing.assert_allclose(np.asarray(alone), np.asarray(uncut), rtol=2e-4, atol=2e-5)


def test_each_step_has_its_learning_rate_and_settings_are_read_anew() -> None:
    mine, theirs = (Training(TANH, Classification(), SGD(lr=0.1), [L2(strength=0.1)]) for _ in range(2))
    lrs = np.array([0.1, 0.05, 0.2])
    mine.kernel.run(mine.inputs[:36], mine.targets[:36], BATCH, lrs)
    mine.kernel.regularizers = (L1(strength=0.01),)
    mine.kernel.run(mine.inputs[:36], mine.targets[:36], BATCH, lrs)
    for turn in range(2):
        theirs.regularizers = [L1(strength=0.01)] if turn else [L2(strength=0.1)]
        for number, lr in enumerate(lrs):
            theirs.optimizer.param_groups[0]["lr"] = float(lr)
            part, theirs_part = theirs.part(number), theirs.part
            theirs.part = staticmethod(lambda _, part=part: part)  # type: ignore[method-assign]
            theirs.torch(1)
            theirs.part = theirs_part  # type: ignore[method-assign]
    for one, two in zip(mine.weights(), theirs.weights(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-6)


def test_what_is_no_number_spoils_everything_as_in_torch() -> None:
    mine, theirs = (Training(TANH, Classification(), Adam(lr=0.01), [GradientClipping()]) for _ in range(2))
    for training in (mine, theirs):
        training.inputs[BATCH + 2, 1] = torch.nan
    a, b = mine.fast(3), theirs.torch(3)
    assert np.isnan(a).tolist() == np.isnan(b).tolist() == [False, True, True]
    for one, two in zip(mine.weights(), theirs.weights(), strict=True):
        assert torch.equal(one.isnan(), two.isnan())


@pytest.mark.parametrize(
    ("layers", "word"),
    [
        ([{"kind": "Linear", "out_features": 8}, {"kind": "Dropout"}, {"kind": "Linear"}], "Dropout"),
        ([{"kind": "Linear", "out_features": 8}, {"kind": "BatchNorm1d"}, {"kind": "Linear"}], "BatchNorm1d"),
        (
            [
                {"kind": "Linear", "out_features": 8, "name": "a"}, {"kind": "Tanh", "name": "b"},
                {"kind": "Add", "inputs": ["a", "b"]}, {"kind": "Linear"},
            ],
            "branches",
        ),
    ],
)  # fmt: skip
def test_what_it_does_not_train_is_declined_with_a_sentence(layers: list[Any], word: str) -> None:
    layers[-1] = {**layers[-1], "out_features": "auto"}
    training = Training(layers, Classification(), SGD())
    reason = why_not(training.network, training.task, training.optimizer, (), (FEATURES,))
    assert reason is not None and word in reason and reason.endswith(".")


def test_other_tasks_frozen_weights_and_unknown_regularizers_are_declined() -> None:
    class Own(Regularizer, abstract=True):
        def gradients(self, parameters: Sequence[nn.Parameter]) -> None:
            pass

    training = Training(TANH, Classification(), SGD())
    given = (training.network, training.task, training.optimizer)
    assert why_not(*given, (), (FEATURES,)) is None
    assert "Gan" in str(why_not(given[0], Gan(), given[2], (), (FEATURES,)))
    assert "Own" in str(why_not(*given, [Own()], (FEATURES,)))
    assert "LBFGS" in str(why_not(*given[:2], torch.optim.LBFGS(given[0].parameters()), (), (FEATURES,)))
    next(training.network.parameters()).requires_grad_(False)
    assert "float32" in str(why_not(*given, (), (FEATURES,)))


@pytest.mark.parametrize(
    ("inputs", "targets", "steps"),
    [
        (torch.zeros(10, FEATURES), torch.full((10,), CLASSES), 1),
        (torch.zeros(10, FEATURES), torch.full((10,), -1), 1),
        (torch.zeros(10, FEATURES), torch.zeros(9, dtype=torch.int64), 1),
        (torch.zeros(10, FEATURES + 1), torch.zeros(10, dtype=torch.int64), 1),
        (torch.zeros(10, FEATURES), torch.zeros(10, dtype=torch.int64), 2),
        (torch.zeros(10, FEATURES), torch.zeros(10, CLASSES + 1), 1),
    ],
)
def test_what_would_reach_beyond_the_memory_is_refused(inputs: Tensor, targets: Tensor, steps: int) -> None:
    training = Training(TANH, Classification(), SGD())
    with pytest.raises(WrongInput):
        training.kernel.run(inputs, targets, BATCH, np.full(steps, 0.1))


def test_a_damaged_cache_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut, spoilt, without its sums: each time the code counts as absent."""
    compiling.train()
    monkeypatch.setattr(compiling, "_loaded", None)
    found = [place for place in compiling.folders() if compiling.whole(place)]
    if not found:
        pytest.skip("nothing can be written here")
    copies = []
    for number in range(4):
        copies.append(tmp_path / str(number))
        shutil.copytree(found[0], copies[-1])
    code = [next(copy.rglob("*.nbc")) for copy in copies]
    code[1].write_bytes(code[1].read_bytes()[:-100])
    content = bytearray(code[2].read_bytes())
    content[len(content) // 2] ^= 1
    code[2].write_bytes(bytes(content))
    (copies[3] / "sums.json").unlink()
    for copy, status in zip(copies, ["cached", "absent", "absent", "absent"], strict=True):
        monkeypatch.setattr(compiling, "folders", lambda copy=copy: (copy,))
        assert compiling.status() == status
        assert (compiling.from_disk(compiling.folders(), compiling._compiled) is not None) == (status == "cached")


def test_without_a_compiler_it_is_declined_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_loaded", None)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert compiling.status() == "impossible"
