"""Methods that take gradients, against answers that are known; what a network may be made of."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from stand_ins import (
    COLOUR,
    GREY,
    NUMBER,
    ROW,
    SERIES,
    TEXT,
    Formula,
    Grouped,
    Linear,
    along,
    data,
    examples,
    explained,
    reading,
    table,
)
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Kind, Vector
from dlviz.explainers.explainer import Explainer
from dlviz.network.build import build
from dlviz.tasks.regression import Regression
from dlviz.tasks.starters import graph

WIDE = Vector(names=tuple(f"f{number}" for number in range(20)))
LEVELS = Vector(names=("a", "b", "c"))


def method(kind: str, **settings: Any) -> Explainer:
    made = Explainer.parse({"kind": kind, **settings})
    assert made is not None
    return made


def weights_for(kind: Kind) -> Tensor:
    return torch.randn(kind.shape(), generator=torch.Generator().manual_seed(1))


# ---- the size of the slope --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [{"kind": "Saliency"}, {"kind": "SmoothGrad", "samples": 7}], ids=lambda d: d["kind"])
def test_slopes_of_a_linear_network(kind: dict[str, Any]) -> None:
    """|w|, with any noise; of a picture the largest among the channels, shared by them."""
    asked = Explainer.parse(kind)
    assert asked is not None
    for of in (COLOUR, WIDE, SERIES):
        weights, x = weights_for(of), examples(of, 30)
        found = explained(asked, Linear(weights), x[3], data(x, of, NUMBER))
        known = weights.abs()
        if of is COLOUR:
            known = known.amax(0, keepdim=True).expand(3, -1, -1) / 3
        np.testing.assert_allclose(found.values, known.numpy(), rtol=1e-5)
    weights, rows = torch.tensor([1.0, -7.0, 5.0, 2.0, -3.0]), table(50)
    found = explained(asked, Linear(weights), rows[0], data(rows, ROW, NUMBER, {"x": Grouped()}))
    np.testing.assert_allclose(found.values, [1, 7, 3], rtol=1e-5)  # of a category its largest


def test_the_slope_of_a_token_is_the_largest_in_its_embedding() -> None:
    torch.manual_seed(0)
    network, x = reading(1).eval(), examples(TEXT, 10)
    found = explained(method("Saliency"), network, x[2], data(x, TEXT, NUMBER))
    embedded = network[0](x[2:3]).detach().requires_grad_()
    (slope,) = torch.autograd.grad(network[1:](embedded).sum(), embedded)
    known = slope[0].abs().amax(1)[: int((x[2] != 0).sum())]
    np.testing.assert_allclose(found.values, known.numpy(), rtol=1e-5)


def test_noise_smooths() -> None:
    """The slope of sin(40 x₁) + x₂ swings with x₁; over inputs around this one that evens out."""
    x = torch.rand(100, 2, generator=torch.Generator().manual_seed(0))
    among = data(x, Vector(names=("a", "b")), NUMBER)
    network = Formula(lambda rows: torch.sin(40 * rows[:, 0]) / 4 + rows[:, 1])
    here = torch.tensor([0.0, 0.5])
    raw = explained(method("Saliency"), network, here, among).values
    smooth = explained(method("SmoothGrad", samples=4000, noise=0.3), network, here, among).values
    np.testing.assert_allclose(raw, [10, 1], rtol=1e-5)
    # the mean of cos over a normal distribution is e^(-s²/2), and s = 40 · .3 · range
    assert smooth[0] < 0.4 and smooth[1] == pytest.approx(1, rel=1e-5)


# ---- guided backpropagation -------------------------------------------------------------------------------------


def test_guided_backpropagation_by_hand() -> None:
    """What is negative on its way back is taken out at each ReLU, as is what was negative on its way there."""
    network = nn.Sequential(nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, 2.0], [3.0, -1.0], [-1.0, -1.0]]))
        network[2].weight.copy_(torch.tensor([[2.0, -5.0, 4.0]]))
    x = torch.ones(4, 2)
    among = data(x, Vector(names=("a", "b")), NUMBER)
    # hidden: 3, 2, -2; the second is left out for -5, the third for being off
    np.testing.assert_allclose(explained(method("GuidedBackprop"), network, x[0], among).values, [2, 4])
    np.testing.assert_allclose(explained(method("Saliency"), network, x[0], among).values, [13, 9])


class Bends(nn.Module):
    """Two layers with a ReLU behind each: of its own, one for both, a function, or a function that overwrites."""

    def __init__(self, how: str) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.one, self.two, self.three = nn.Linear(3, 16), nn.Linear(16, 16), nn.Linear(16, 1)
        self.a, self.b = nn.ReLU(how == "overwrites"), nn.ReLU(how == "overwrites")
        self.how = how

    def forward(self, x: Tensor) -> Tensor:
        first, second = {
            "own": (self.a, self.b), "overwrites": (self.a, self.b), "twice": (self.a, self.a),
            "function": (F.relu, torch.relu), "in place": (F.relu_, lambda y: y.relu_()),
        }[self.how]  # fmt: skip
        result: Tensor = self.three(second(self.two(first(self.one(x)))))
        return result


def hills(how: str) -> tuple[nn.Module, Any, Tensor]:
    x = torch.randn(60, 3, generator=torch.Generator().manual_seed(5))
    return Bends(how).eval(), data(x, LEVELS, NUMBER), x


@pytest.mark.parametrize("how", ["overwrites", "twice", "function", "in place"])
@pytest.mark.parametrize("kind", ["GuidedBackprop", "Saliency", "SmoothGrad", "GradientShap", "IntegratedGradients"])
def test_it_does_not_matter_how_a_network_calls_relu(kind: str, how: str) -> None:
    network, among, x = hills("own")
    other, _, _ = hills(how)
    known, found = (explained(method(kind), one, x[0], among) for one in (network, other))
    np.testing.assert_allclose(found.values, known.values, rtol=1e-5, atol=1e-7)
    assert np.abs(known.values).sum() > 0


def test_without_relu_there_is_nothing_to_guide() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    _, among, _ = hills("own")
    why = method("GuidedBackprop").why_not(Regression(), {"model": network}, among.fields)
    assert why is not None and "this network has none" in why
    for how in ("own", "twice", "function", "in place"):
        assert method("GuidedBackprop").why_not(Regression(), {"model": hills(how)[0]}, among.fields) is None


# ---- shares by gradients ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [COLOUR, WIDE, SERIES], ids=["picture", "vector", "series"])
@pytest.mark.parametrize(
    "document", [{"kind": "GradientShap", "samples": 40}, {"kind": "DeepShap"}], ids=lambda d: d["kind"]
)
def test_shares_of_a_linear_network(document: dict[str, Any], kind: Kind) -> None:
    """w · (x - E[x]) over the background, here the whole training part, however few points there are on each way."""
    weights, x = weights_for(kind), examples(kind, 30)
    asked = method(**document, background=30)
    found = explained(asked, Linear(weights), x[3], data(x, kind, NUMBER))
    np.testing.assert_allclose(found.values, (weights * (x[3] - x.mean(0))).numpy(), atol=2e-6)
    assert found.gap == pytest.approx(0, abs=2e-5)
    assert found.score == pytest.approx(float((weights * x[3]).sum() + 1), rel=1e-5)


def test_of_a_category_shares_are_summed() -> None:
    rows, worth = table(40), torch.tensor([0.0, 1.0, 5.0, -2.0, 3.0])
    among = data(rows, ROW, NUMBER, {"x": Grouped()})
    mean, here = rows.mean(0) * worth, rows[0] * worth
    known = [0, float((here - mean)[1:4].sum()), float((here - mean)[4])]
    for kind in ("GradientShap", "DeepShap"):
        found = explained(method(kind, background=40), Linear(worth), rows[0], among)
        np.testing.assert_allclose(found.values, known, atol=2e-6)


def test_chance_of_gradient_shap_is_held_small() -> None:
    """Its points are spread evenly: 200 of them come closer to what very many give than 200 by chance do."""
    network, among, x = hills("own")
    known = explained(method("GradientShap", samples=30_000, background=60), network, x[0], among)
    assert known.gap == pytest.approx(0, abs=5e-3 * float(np.abs(known.values).max()))
    random = torch.Generator().manual_seed(0)
    even, loose = [], []
    for seed in range(8):
        even.append(explained(method("GradientShap", background=60, seed=seed), network, x[0], among).values)
        begun = x[torch.randint(0, 60, (200,), generator=random)]
        way = begun + torch.rand(200, 1, generator=random) * (x[0] - begun)
        way.requires_grad_()
        (slope,) = torch.autograd.grad(network(way).sum(), way)
        loose.append(((x[0] - begun) * slope).mean(0).detach().numpy())
    errors = [np.sqrt(np.square(np.stack(found) - known.values).mean()) for found in (even, loose)]
    print(f"evenly {errors[0]:.5f}, by chance {errors[1]:.5f}, of {np.abs(known.values).max():.5f}")
    assert errors[0] < 0.7 * errors[1]


def test_a_text_is_held_against_nothing() -> None:
    torch.manual_seed(0)
    network, x = reading(1).eval(), examples(TEXT, 10)
    among = data(x, TEXT, NUMBER)
    with torch.no_grad():
        present = (x[2:3] != 0)[..., None]
        embedded = network[0](x[2:3])
        empty = network[1:](torch.where(present, 0.0, embedded)).item()
    for kind in ("GradientShap", "DeepShap"):
        found = explained(method(kind), network, x[2], among)
        assert len(found.values) == int(present.sum())
        assert found.values.sum() == pytest.approx(found.score - empty, abs=2e-3)


# ---- DeepSHAP ---------------------------------------------------------------------------------------------------


def rectified(pool: nn.Module, bend: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), bend(), pool, nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), bend(),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 1),
    ).eval()  # fmt: skip


@pytest.mark.parametrize("pool", [nn.MaxPool2d(2), nn.AvgPool2d(2), nn.AvgPool2d(3, 1)], ids=["max", "mean", "slides"])
@pytest.mark.parametrize("bend", [nn.ReLU, nn.GELU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.Softplus])
def test_shares_add_up_where_it_is_offered(pool: nn.Module, bend: type[nn.Module]) -> None:
    network, x = rectified(pool, bend), examples(GREY, 30)
    among = data(x, GREY, NUMBER)
    assert method("DeepShap").why_not(Regression(), {"model": network}, among.fields) is None
    before = copy.deepcopy(network.state_dict())
    found = explained(method("DeepShap", background=10), network, x[0], among)
    with torch.no_grad():
        apart = float(network(x[:1]))  # the background is drawn; the gap says what is missing
    assert found.score == pytest.approx(apart, rel=1e-5, abs=1e-6)
    assert found.gap is not None and abs(found.gap) < 1e-3 * np.abs(found.values).sum()
    assert before.keys() == network.state_dict().keys()


@pytest.mark.parametrize("bend", [nn.ReLU, nn.GELU])
def test_deep_shap_is_shap_s(bend: type[nn.Module], shap: Any) -> None:
    network, x = rectified(nn.MaxPool2d(2), bend), examples(GREY, 8)
    found = explained(method("DeepShap", background=8), network, x[0], data(x, GREY, NUMBER))
    known = shap.DeepExplainer(copy.deepcopy(network), x).shap_values(x[:1], check_additivity=False)
    np.testing.assert_allclose(found.values, known[0, ..., 0], atol=1e-6)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (rectified(nn.MaxPool2d(3, 1)), "windows of `2` overlap"),
        (rectified(nn.MaxPool2d(2, dilation=2)), "windows of `2` overlap"),
        (rectified(nn.AdaptiveMaxPool2d(4)), "through `2` (AdaptiveMaxPool2d)"),
        (rectified(nn.MaxPool2d(2), nn.SiLU), "through `1` (SiLU)"),
        (rectified(nn.MaxPool2d(2), nn.Mish), "through `1` (Mish)"),
        (rectified(nn.LayerNorm(8)), "through `2` (LayerNorm)"),
        (nn.Sequential(nn.Flatten(1, 2), nn.LSTM(8, 4, batch_first=True)), "(LSTM)"),
    ],
    ids=["overlapping", "dilated", "adaptive", "silu", "mish", "norm", "lstm"],
)
def test_deep_shap_is_not_offered_where_shares_do_not_add_up(network: nn.Sequential, said: str) -> None:
    if isinstance(network[-1], nn.LSTM):
        lstm = network
        network = nn.Sequential(*lstm, First(), nn.Linear(4, 1))
    x = examples(GREY, 8)
    why = method("DeepShap").why_not(Regression(), {"model": network}, data(x, GREY, NUMBER).fields)
    assert why is not None and said in why and why.endswith(".")


def test_deep_shap_sees_a_recurrent_layer_within_another() -> None:
    """That of texts walks each to its own end, and takes and gives its steps packed."""
    layers: list[dict[str, Any]] = [
        {"name": "input", "kind": "Input"},
        {"name": "mask", "kind": "PaddingMask"},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": 8, "inputs": ["input"]},
        {"name": "lstm", "kind": "LSTM", "hidden_size": 4, "bidirectional": True, "inputs": ["embedding", "mask"]},
        {"name": "output", "kind": "Linear", "out_features": 1},
    ]
    network = build(graph(layers), {"x": TEXT.shape()}, None).eval()
    among = data(examples(TEXT, 8), TEXT, NUMBER)
    why = method("DeepShap").why_not(Regression(), {"model": network}, among.fields)
    assert why is not None and "(LSTM)" in why


class First(nn.Module):
    """What an LSTM says last."""

    def forward(self, given: tuple[Tensor, Any]) -> Tensor:
        return given[0][:, -1]


class Louder(nn.Module):
    """Overwrites what the layer before it gave."""

    def forward(self, given: Tensor) -> Tensor:
        return given.mul_(2)


def test_deep_shap_of_a_relu_that_is_used_twice_is_refused_and_of_functions_by_what_is_missing() -> None:
    twice, among, x = hills("twice")
    why = method("DeepShap").why_not(Regression(), {"model": twice}, among.fields)
    assert why is not None and "`a` is used 2 times" in why
    layers = nn.Linear(3, 8), nn.GELU(), Louder(), nn.Linear(8, 1)
    refused = {"function": "do not add up through", "in place": "do not add up through", "": "it overwrites numbers"}
    for how, said in refused.items():
        network = hills(how)[0] if how else nn.Sequential(*layers)
        assert method("DeepShap").why_not(Regression(), {"model": network}, among.fields) is None
        with pytest.raises(WrongInput, match=said):
            explained(method("DeepShap"), network, x[0], among)
    for how in ("own", "overwrites"):
        assert abs(explained(method("DeepShap"), hills(how)[0], x[0], among).gap or 0) < 1e-5


# ---- train mode -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    ["Saliency", "SmoothGrad", "GradientShap", "DeepShap", "GuidedBackprop", "GradCam", "GradCamPlusPlus", "ScoreCam"],
)
def test_a_network_in_training_is_explained_as_it_predicts(kind: str) -> None:
    """Whoever hands it over: batch norm's own figures, no dropout; and it comes back in training."""
    torch.manual_seed(0)
    network, x = along(1), examples(SERIES, 12)
    network(x)
    among = data(x, SERIES, NUMBER)
    known = explained(method(kind), network.eval(), x[0], among)
    found = explained(method(kind), network.train(), x[0], among)
    np.testing.assert_array_equal(found.values, known.values)
    assert all(module.training for module in network.modules())


# ---- the libraries ----------------------------------------------------------------------------------------------


def test_integrated_gradients_are_captum_s() -> None:
    from captum.attr import IntegratedGradients

    network, x = rectified(nn.MaxPool2d(2), nn.Tanh), examples(GREY, 8)
    found = explained(method("IntegratedGradients", n_steps=20), network, x[0], data(x, GREY, NUMBER))
    known = IntegratedGradients(network).attribute(x[:1], x.mean(0, keepdim=True), n_steps=20)
    np.testing.assert_allclose(found.values, known[0].detach().numpy(), atol=1e-6)


@pytest.mark.parametrize(("window", "stride"), [(2, 1), (3, 2), (5, 5), (8, 1), (1, 1)])
def test_occlusion_is_captum_s(window: int, stride: int) -> None:
    from captum.attr import Occlusion

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(240, 1)).eval()
    x = examples(COLOUR, 8)
    asked = method("Occlusion", window=window, stride=stride)
    found = explained(asked, network, x[0], data(x, COLOUR, NUMBER))
    with torch.no_grad():
        known = Occlusion(network).attribute(x[:1], (3, window, window), (3, stride, stride), x.mean(0, keepdim=True))
    np.testing.assert_allclose(found.values, known[0].numpy() / 3, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Setting backward hooks")
def test_guided_backpropagation_and_grad_cam_are_captum_s() -> None:
    from captum.attr import GuidedBackprop, LayerAttribution, LayerGradCam

    network, x = rectified(nn.MaxPool2d(2)), examples(GREY, 4)
    among = data(x, GREY, NUMBER)
    found = explained(method("GuidedBackprop"), network, x[0], among)
    known = GuidedBackprop(copy.deepcopy(network)).attribute(x[:1].clone().requires_grad_())
    np.testing.assert_allclose(found.values, known[0].abs().detach().numpy(), atol=1e-6)
    assert found.values.max() > 0
    with torch.no_grad():
        network[8].weight.abs_()
    found = explained(method("GradCam"), network, x[0], among)
    copied = copy.deepcopy(network)
    maps = LayerGradCam(copied, copied[5]).attribute(x[:1].clone().requires_grad_(), relu_attributions=True)
    known = LayerAttribution.interpolate(maps, (8, 8), "bilinear")
    np.testing.assert_allclose(found.values, known[0].detach().numpy(), atol=1e-6)
    assert found.values.max() > 0
