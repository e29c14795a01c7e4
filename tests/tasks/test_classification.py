"""Classification against cases worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dlviz.core.values import Category, Vector
from dlviz.datasets.data import Examples, Fields
from dlviz.tasks.classification import Classification, confusion
from dlviz.tasks.task import Loss

FIELDS = Fields({"row": Vector(names=("a", "b"))}, {"label": Category(names=("no", "yes"))})


class Same(nn.Module):
    """Gives its input back as logits."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def loss_of(task: Classification, logits: list[list[float]], target: Tensor, network: nn.Module | None = None) -> Loss:
    batch = {"row": torch.tensor(logits), "label": target}
    return next(iter(task.losses({"model": network or Same()}, batch, FIELDS)))


def test_the_loss_is_the_cross_entropy() -> None:
    found = loss_of(Classification(), [[0.0, math.log(3)], [0.0, 0.0]], torch.tensor([1, 0]))
    assert float(found.value.detach()) == pytest.approx((-math.log(0.75) - math.log(0.5)) / 2)


def test_soft_targets_are_taken_too() -> None:
    soft = torch.tensor([[0.25, 0.75]])
    found = loss_of(Classification(), [[0.0, math.log(3)]], soft)
    assert float(found.value.detach()) == pytest.approx(-0.25 * math.log(0.25) - 0.75 * math.log(0.75))
    assert found.outputs is not None
    predicted, true = Classification().measured(found.outputs, {"label": soft}, FIELDS)
    assert predicted.tolist() == true.tolist() == [1]


def test_balanced_weights_count_each_class_the_same_in_sum() -> None:
    train = Examples({"label": torch.tensor([0, 0, 0, 1])}, torch.arange(4))
    task, network = Classification(class_weights="balanced"), Same()
    task.prepare({"model": network}, FIELDS, train)
    logits, target = [[0.0, math.log(3)]] * 4, train.columns["label"]
    found = loss_of(task, logits, target, network)
    # the mean over the three of class 0 and over the one of class 1, averaged
    assert float(found.value.detach()) == pytest.approx((-math.log(0.25) - math.log(0.75)) / 2)
    assert "class_weights" not in network.state_dict()  # no checkpoint holds them


def test_metrics() -> None:
    # true:      0 0 0 1;  predicted: 0 0 1 1 → 3 of 4 right; F1 is 4/5 for class 0 and 2/3 for class 1
    logits = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    pair = Classification().measured(logits, {"label": torch.tensor([0, 0, 0, 1])}, FIELDS)
    found = {}
    for name, metric in Classification().metrics(FIELDS).items():
        metric.update(*pair)
        found[name] = float(metric.compute())
    assert found == pytest.approx({"accuracy": 0.75, "f1": (4 / 5 + 2 / 3) / 2})


@pytest.mark.parametrize(("sought", "figure"), [("no", 4 / 5), ("yes", 2 / 3)])
def test_the_class_one_looks_for_has_a_figure_of_its_own(sought: str, figure: float) -> None:
    fields = Fields(FIELDS.inputs, {"label": Category(names=("no", "yes"), sought=sought)})
    metric = Classification().metrics(fields)[f"f1_{sought}"]
    for _ in range(2):  # the loop uses it again and again
        metric.update(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1]))
        assert float(metric.compute()) == pytest.approx(figure)
        metric.reset()


def test_two_classes_are_told_apart_in_words() -> None:
    view = confusion(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 0, 0, 1]), ("no", "yes"))
    assert "no: 100% of what is called so is (precision), 67% of it is found (recall), F1 0.800." in view.note
    assert "yes: 50% of what is called so is (precision), 100% of it is found (recall), F1 0.667." in view.note
    assert "F1" not in confusion(torch.tensor([0, 2]), torch.tensor([0, 1]), ("a", "b", "c")).note


def test_the_confusion_matrix_has_the_truth_in_its_rows() -> None:
    view = confusion(torch.tensor([0, 1, 1, 1]), torch.tensor([0, 0, 0, 1]), ("no", "yes"))
    assert view.data.tolist() == [[1, 2], [0, 1]]
    assert "2 of 4" in view.note


def test_the_test_figure_is_compared_with_the_most_frequent_class_of_the_training_part() -> None:
    train = Examples({"label": torch.tensor([1, 1, 0])}, torch.arange(3))
    test = Examples({"label": torch.tensor([0, 0, 0, 1])}, torch.arange(4))
    logits = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    found = Classification().result(logits, test, train, FIELDS)
    assert found is not None
    assert (found.name, found.value, found.baseline) == ("accuracy", 0.75, 0.25)
    assert "yes" in found.baseline_name
    assert 0 < found.low < 0.75 < found.high < 1


def test_predictions_are_probabilities() -> None:
    inputs = {"row": torch.tensor([[0.0, math.log(3)]])}
    found = Classification().predict({"model": Same()}, inputs, FIELDS)["label"]
    np.testing.assert_allclose(found.data, [[0.25, 0.75]], rtol=1e-6)


def test_one_class_alone_cannot_be_learned() -> None:
    alone = Fields(FIELDS.inputs, {"label": Category(names=("no",))})
    assert "two classes" in (Classification().why_not(alone) or "")
