"""Methods for texts and series against answers that can be worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dlviz.asking.answer import ask
from dlviz.asking.pose import pose
from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category, Series, Tags, Tokens
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.explainers.explainer import Explainer, Explanation
from dlviz.explainers.features import Features
from dlviz.explainers.hidden import hiss, joined_by_lines
from dlviz.explainers.smooth import smooth
from dlviz.network.build import build
from dlviz.tasks.classification import Classification
from dlviz.tasks.forecasting import Forecasting
from dlviz.tasks.starters import graph
from dlviz.tasks.tagging import Tagging
from dlviz.tasks.task import Task

WORDS = Tokens(vocabulary=("<pad>", "<unk>", "a", "b", "c", "d"), length=6)
PAST, AHEAD = Series(names=("load", "sun"), steps=12, season=4), Series(names=("load",), steps=3, season=4)


def method(**document: Any) -> Explainer:
    made = Explainer.parse(document)
    assert made is not None
    return made


def explained(task: Task, network: nn.Module, among: Data, index: int, target: int, **document: Any) -> Explanation:
    return ask(task, {"model": network}, among, "test", index, target, method(**document)).explanation


class Worth(nn.Module):
    """Adds up what each token is worth for each class; the unknown one as much as it is told."""

    def __init__(self, classes: int, unknown: float = 0.0) -> None:
        super().__init__()
        worth = torch.randn(len(WORDS.vocabulary), classes, generator=torch.Generator().manual_seed(4))
        worth[1] = unknown
        self.embedding = nn.Embedding.from_pretrained(worth)

    def forward(self, ids: Tensor) -> Tensor:
        given: Tensor = self.embedding(ids)
        return (given * (ids != 0)[..., None]).sum(1)


def reading(unknown: float = 0.0) -> tuple[Worth, Data]:
    ids = torch.tensor([[2, 3, 4, 4, 5, 0], [5, 2, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0]])
    part = Examples({"x": ids, "y": torch.tensor([0, 1, 0])}, torch.arange(3))
    fields = Fields({"x": WORDS}, {"y": Category(names=("no", "yes"))})
    return Worth(2, unknown), Data(fields, part, part, part, {})


@pytest.mark.parametrize("kind", ["Occlusion", "Shap", "IntegratedGradients"])
def test_words_that_add_up(kind: str) -> None:
    """Left out, a word takes away what it is worth; padding has no share."""
    network, among = reading()
    for index in range(3):
        ids = among.test.columns["x"][index]
        found = explained(Classification(), network, among, index, 1, kind=kind)
        worth = network.embedding.weight[ids[ids != 0], 1]
        np.testing.assert_allclose(found.values, worth.numpy(), atol=1e-5)


def test_an_unknown_word_in_its_place() -> None:
    network, among = reading(unknown=0.7)
    found = explained(Classification(), network, among, 0, 1, kind="Occlusion", baseline="unknown")
    weight = network.embedding.weight[:, 1]
    known = weight[among.test.columns["x"][0][:5]] - weight[1]
    np.testing.assert_allclose(found.values, known.numpy(), atol=1e-5)


def test_one_class_against_another() -> None:
    network, among = reading()
    target = pose(Classification(), {"model": network}, among, "test", 0, 1, against=0)
    found = method(kind="Occlusion").explain(target.question, lambda done, of: None)
    weight = network.embedding.weight[among.test.columns["x"][0][:5]]
    np.testing.assert_allclose(found.values, (weight[:, 1] - weight[:, 0]).numpy(), atol=1e-5)


def test_lime_finds_what_words_are_worth() -> None:
    network, among = reading(unknown=0.7)
    found = explained(Classification(), network, among, 0, 1, kind="Lime", baseline="unknown")
    weight = network.embedding.weight[:, 1]
    known = weight[among.test.columns["x"][0][:5]] - weight[1]
    np.testing.assert_allclose(found.values, known.numpy(), atol=0.1)  # a ridge regression


def forecasting(normalise: str) -> tuple[Forecasting, nn.Module, Tensor, Data]:
    """A forecast that is a weighted sum of the window in standard units: (3, 2, 12) weights."""
    random = torch.Generator().manual_seed(5)
    past = 100 + 50 * torch.rand(40, 1, 1, generator=random) + torch.randn(40, 2, 12, generator=random).cumsum(2)
    part = Examples({"past": past, "future": past[:, :1, -3:]}, torch.arange(40))
    fields = Fields({"past": PAST}, {"future": AHEAD})
    task = Forecasting(loss="mse", normalise=normalise)  # type: ignore[arg-type]
    layers: list[dict[str, Any]] = [
        {"name": "input", "kind": "Input"},
        {"name": "flatten", "kind": "Flatten"},
        {"name": "output", "kind": "Linear", "out_features": 3, "bias": False},
    ]
    role = task.roles(fields)["model"]
    network = build(graph(layers), role.inputs, role.output)
    weights = torch.randn(3, 24, generator=random)
    network.get_submodule("output").weight.data.copy_(weights)  # type: ignore[operator]
    task.prepare({"model": network}, fields, part)
    return task, network.eval(), weights.view(3, 2, 12), Data(fields, part, part, part, {})


@pytest.mark.parametrize("normalise", ["window", "last", "none"])
def test_a_forecast_is_explained_in_the_units_of_the_series(normalise: str) -> None:
    """forecast = centre + scale · Σ w z, so a step is worth scale · w (z - z₀), z₀ the mean of z over the window."""
    task, network, weights, among = forecasting(normalise)
    x = among.test.columns["past"][7:8]
    (layer,) = [module for name, module in network.named_modules() if name == "window_scale"]
    centre, scale = layer.ends(x)
    z = ((x - centre) / scale)[0]
    found = explained(task, network, among, 7, 2, kind="IntegratedGradients")
    known = scale[0, 0] * weights[2] * (z - z.mean(1, keepdim=True))
    np.testing.assert_allclose(found.values, known.numpy(), atol=2e-3)
    assert found.gap == pytest.approx(0, abs=2e-3)
    assert found.score == pytest.approx(float(centre[0, 0] + scale[0, 0] * (weights[2] * z).sum()), abs=1e-2)


@pytest.mark.parametrize("baseline", ["own", "line", "mean", "auto"])
def test_a_hidden_step_of_a_linear_forecast(baseline: str) -> None:
    """With `none` the network is linear in the window itself: w / std · (x - what stands in)."""
    task, network, weights, among = forecasting("none")
    x = among.test.columns["past"][7]
    stand_in = {
        "own": x.mean(1, keepdim=True).expand_as(x),
        "auto": x.mean(1, keepdim=True).expand_as(x),
        "mean": among.train.columns["past"].mean(0),
        "line": torch.cat([x[:, 1:2], (x[:, :-2] + x[:, 2:]) / 2, x[:, -2:-1]], 1),
    }[baseline]
    layer = network.get_submodule("window_scale")
    worth = weights[1] * layer.std[0] / layer.std * (x - stand_in)  # type: ignore[operator,index]
    found = explained(task, network, among, 7, 1, kind="Occlusion", window=1, baseline=baseline)
    np.testing.assert_allclose(found.values, worth.numpy(), atol=2e-3)


def test_windows_that_slide_share_what_they_hid() -> None:
    """A window of four steps that moves by two: a step gets the mean over the windows that hid it, by their length."""
    task, network, weights, among = forecasting("none")
    x = among.test.columns["past"][7]
    layer = network.get_submodule("window_scale")
    worth = (weights[0] * layer.std[0] / layer.std * (x - x.mean(1, keepdim=True))).numpy()  # type: ignore[operator,index]
    windows = [worth[:, start : start + 4].sum(1) for start in range(0, 9, 2)]
    found = explained(task, network, among, 7, 0, kind="Occlusion", window=4)
    np.testing.assert_allclose(found.values[:, 0], windows[0] / 4, atol=2e-3)
    np.testing.assert_allclose(found.values[:, 5], (windows[1] + windows[2]) / 8, atol=2e-3)
    np.testing.assert_allclose(found.values[:, 11], windows[4] / 4, atol=2e-3)


def test_windows_must_fit_and_touch() -> None:
    task, network, _, among = forecasting("none")
    with pytest.raises(WrongInput, match="at most 12 steps. Received: 13"):
        explained(task, network, among, 0, 0, kind="Occlusion", window=13)
    with pytest.raises(WrongInput, match="never hidden: at most 3. Received: 4"):
        explained(task, network, among, 0, 0, kind="Occlusion", window=3, stride=4)
    with pytest.raises(WrongInput, match="`quiet` is for sounds"):
        explained(task, network, among, 0, 0, kind="Occlusion", baseline="quiet")


def test_a_straight_line_joins_what_is_known() -> None:
    x = torch.tensor([[[0.0, 9, 9, 9, 4, 9, 2, 9]]])
    features = Features.windows((1, 8), 1)
    known = torch.tensor([[1, 0, 0, 0, 1, 0, 1, 0], [0] * 8, [0, 0, 1, 1, 0, 0, 0, 0]]).bool()
    found = joined_by_lines(x, features)(known)[:, 0, 0]
    np.testing.assert_allclose(found[0], [0, 1, 2, 3, 4, 3, 2, 2])
    np.testing.assert_allclose(found[1], np.full(8, float(x.mean())))
    np.testing.assert_allclose(found[2], np.full(8, 9.0))


def test_the_network_before_and_after_is_the_same() -> None:
    """What a series is explained through is put back."""
    task, network, _, among = forecasting("window")
    before = task.score({"model": network}, {"past": among.test.columns["past"]}, 0, among.fields)
    put = pose(task, {"model": network}, among, "test", 7, 0)
    about = smooth(put.question)
    about.score(about.x)
    after = task.score(put.question.networks, {"past": among.test.columns["past"]}, 0, among.fields)
    assert torch.equal(before, after)


class AtEach(nn.Module):
    """What each word is worth for each tag, and a little of the word before it."""

    def __init__(self, tags: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(WORDS.vocabulary), tags)

    def forward(self, ids: Tensor) -> Tensor:
        own: Tensor = self.embedding(ids)
        return own + 0.5 * nn.functional.pad(own, (0, 0, 1, 0))[:, :-1]


def test_a_tag_is_explained_at_its_word() -> None:
    """Hidden words become unknown ones, in their places; what stands elsewhere has no share."""
    torch.manual_seed(0)
    network = AtEach(3)
    ids = torch.tensor([[2, 3, 4, 5, 0, 0]])
    part = Examples({"x": ids, "y": torch.tensor([[0, 1, 2, 0, -1, -1]])}, torch.arange(1))
    fields = Fields({"x": WORDS}, {"y": Tags(names=("O", "B-a", "I-a"), length=6)})
    among, task = Data(fields, part, part, part, {}), Tagging()
    assert task.targets(fields)[2 * 3 + 1] == "B-a at word 3"
    found = explained(task, network, among, 0, 2 * 3 + 1, kind="Occlusion")
    weight = network.embedding.weight[:, 1].detach()
    known = [0, 0.5 * float(weight[3] - weight[1]), float(weight[4] - weight[1]), 0]
    np.testing.assert_allclose(found.values, known, atol=1e-6)
    assert "WordDropout" in found.note  # no unknown word in the training part
    with pytest.raises(WrongInput, match="moves all behind it"):
        explained(task, network, among, 0, 7, kind="Occlusion", baseline="remove")


def test_hiss_is_as_loud_as_the_softest_tenth() -> None:
    random = torch.Generator().manual_seed(0)
    loud = torch.randn(1, 8000, generator=random)
    loud[:, 1000:3000] *= 0.01
    kind = Audio(rate=8000, samples=8000)
    found = hiss(loud, kind.rate)
    assert found.std() == pytest.approx(0.01, rel=0.1)
    assert torch.equal(found, hiss(loud, kind.rate))
    loud[:, 1000:3000] = 0
    assert float(hiss(loud, kind.rate).abs().max()) == 0
