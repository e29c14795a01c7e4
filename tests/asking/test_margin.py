"""Why this class and not that one: the difference of two scores is explained, out of one pass."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from stand_ins import CLASSES, GREY, convolutional, data, examples

from dlviz.asking.answer import ask
from dlviz.asking.pose import pose
from dlviz.core.problems import WrongInput
from dlviz.explainers.explainer import Explainer
from dlviz.tasks.classification import Classification


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return convolutional(1, 8, 3)


@pytest.mark.parametrize("kind", ["IntegratedGradients", "Occlusion", "GradCam", "Saliency", "DeepShap"])
def test_a_contrast_is_the_difference_of_two_explanations(kind: str, network: torch.nn.Module) -> None:
    among = data(examples(GREY, 20), GREY, CLASSES)
    method = Explainer.parse({"kind": kind})
    assert method is not None
    one, other = (ask(Classification(), {"model": network}, among, "test", 2, target, method) for target in (0, 1))
    both = ask(Classification(), {"model": network}, among, "test", 2, 0, method, against=1)
    assert both.explanation.score == pytest.approx(one.explanation.score - other.explanation.score, abs=1e-5)
    assert both.against == "dog" and both.summary()["against"] == "dog"
    if kind in ("IntegratedGradients", "Occlusion"):  # linear in the score
        expected = one.explanation.values - other.explanation.values
        np.testing.assert_allclose(both.explanation.values, expected, atol=1e-5)


def test_a_class_is_not_held_against_itself(network: torch.nn.Module) -> None:
    among = data(examples(GREY, 20), GREY, CLASSES)
    with pytest.raises(WrongInput, match="cat twice"):
        pose(Classification(), {"model": network}, among, "test", 2, 0, against=0)
    with pytest.raises(WrongInput, match="Received: 9"):
        pose(Classification(), {"model": network}, among, "test", 2, 0, against=9)
