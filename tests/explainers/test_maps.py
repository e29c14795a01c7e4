"""What methods that weigh a layer's maps make of them, against their formulas; which layers they take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from stand_ins import GREY, NUMBER, SERIES, SOUND, TEXT, data, examples, explained, listening, reading
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Image
from dlviz.explainers.explainer import Explainer
from dlviz.explainers.places import enlarged
from dlviz.layers.concat import Joined
from dlviz.tasks.regression import Regression

SMALL = Image(channels=1, height=4, width=4)
METHODS = ("GradCam", "GradCamPlusPlus", "ScoreCam")


def method(kind: str, **settings: Any) -> Explainer:
    made = Explainer.parse({"kind": kind, **settings})
    assert made is not None
    return made


def by_hand(seed: int = 3) -> tuple[nn.Sequential, Tensor]:
    """A 1×1 convolution that gives x and 1 - x, and a sum of all their places: the network, its weights (2, 4, 4)."""
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(32, 1))
    slopes = torch.randn(2, 4, 4, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([1.0, -1.0]).view(2, 1, 1, 1))
        network[0].bias.copy_(torch.tensor([0.0, 1.0]))
        network[2].weight.copy_(slopes.view(1, 32))
        network[2].bias.zero_()
    return network.eval(), slopes


def test_grad_cam_by_hand() -> None:
    """map = ReLU(mean gradient · map), enlarged; here to itself."""
    network, slopes = by_hand()
    x = examples(SMALL, 5)
    found = explained(method("GradCam"), network, x[2], data(x, SMALL, NUMBER))
    alpha = slopes.mean((1, 2))
    known = (alpha[0] * x[2, 0] + alpha[1] * (1 - x[2, 0])).clamp(min=0)
    assert known.max() > 0
    np.testing.assert_allclose(found.values[0], known.numpy(), atol=1e-6)
    assert found.score == pytest.approx(float((slopes[0] * x[2, 0] + slopes[1] * (1 - x[2, 0])).sum()), abs=1e-5)


def test_grad_cam_plus_plus_by_its_formula() -> None:
    network, slopes = by_hand()
    x = examples(SMALL, 5)
    found = explained(method("GradCamPlusPlus"), network, x[2], data(x, SMALL, NUMBER))
    maps = np.stack([x[2, 0].numpy(), 1 - x[2, 0].numpy()]).astype(float)
    total = np.zeros((4, 4))
    for a, g in zip(maps, slopes.numpy().astype(float), strict=True):
        alpha = g**2 / (2 * g**2 + a.sum() * g**3)
        total += (alpha * np.maximum(g, 0)).sum() * a
    np.testing.assert_allclose(found.values[0], np.maximum(total, 0), rtol=1e-4)


@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_score_cam_by_hand(baseline: str) -> None:
    """Each map from 0 to 1 as a mask, the score behind it, their softmax. Scores of a number count in their spread."""
    network, slopes = by_hand()
    x = examples(SMALL, 5)
    found = explained(method("ScoreCam", baseline=baseline), network, x[2], data(x, SMALL, NUMBER))
    b = x.mean(0, keepdim=True) if baseline == "mean" else torch.zeros(1, 1, 4, 4)
    maps = torch.stack([x[2, 0], 1 - x[2, 0]])
    gained = []
    with torch.no_grad():
        for one in maps:
            mask = (one - one.min()) / (one.max() - one.min())
            gained.append(float(network(b + mask * (x[2:3] - b)) - network(b)))
    weights = np.exp(np.array(gained) / np.std(gained))
    known = np.tensordot(weights / weights.sum(), maps.numpy(), 1)
    np.testing.assert_allclose(found.values[0], np.maximum(known, 0), rtol=1e-4)


def test_enlarged_is_linear_in_between() -> None:
    row = torch.tensor([0.0, 1.0])
    steps = torch.tensor([0.0, 0.25, 0.75, 1.0])
    torch.testing.assert_close(enlarged(row.view(1, 1, 2), (4,))[0, 0], steps)
    torch.testing.assert_close(enlarged(row.view(1, 1, 1, 2), (3, 4))[0, 0], steps.expand(3, 4))
    torch.testing.assert_close(enlarged(row.view(1, 1, 2), (3, 4))[0, 0], steps.expand(3, 4))  # steps under a picture


@pytest.mark.parametrize("kind", METHODS)
def test_a_map_is_shared_by_channels(kind: str) -> None:
    torch.manual_seed(0)
    wide = Image(channels=3, height=8, width=8)
    network = nn.Sequential(nn.Conv2d(3, 4, 2, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(64, 1)).eval()
    x = examples(wide, 4)
    found = explained(method(kind), network, x[0], data(x, wide, NUMBER))
    assert found.values.max() > 0 and "Layer `1`, 4×4 places." in found.note
    np.testing.assert_array_equal(found.values[0], found.values[1])
    drawn = torch.from_numpy(found.values).sum(0)
    corners = drawn[[0, 0, -1, -1], [0, -1, 0, -1]]  # the corners of the small map itself
    with torch.no_grad():
        maps = network[:2](x[:1])[0]
    small = maps[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    if kind == "GradCam":
        weights = network[3].weight.view(4, 16).mean(1)
        torch.testing.assert_close(corners, (weights @ small).clamp(min=0).detach(), atol=1e-6, rtol=1e-5)


def test_maps_along_a_series() -> None:
    """The same along steps: halved by a stride, enlarged again, shared by the channels."""
    network = nn.Sequential(nn.Conv1d(2, 1, 2, stride=2, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(12, 1)).eval()
    with torch.no_grad():
        network[0].weight.fill_(0.25)  # the mean of both channels over two steps
        network[3].weight.fill_(1.0)
        network[3].bias.zero_()
    x = examples(SERIES, 3)
    found = explained(method("GradCam"), network, x[1], data(x, SERIES, NUMBER))
    coarse = x[1].mean(0).view(12, 2).mean(1)
    known = F.interpolate(coarse[None, None], size=24, mode="linear")[0, 0] / 2
    np.testing.assert_allclose(found.values, known.expand(2, -1).numpy(), atol=1e-6)
    assert found.kind.over == "series" and "12 places" in found.note


def test_maps_along_a_text_give_each_token_its_number() -> None:
    torch.manual_seed(0)
    network = reading(1).eval()
    x = examples(TEXT, 20)
    at = next(i for i in range(20) if 3 <= int((x[i] != 0).sum()) < TEXT.length)  # a padded one
    found = explained(method("GradCam"), network, x[at], data(x, TEXT, NUMBER))
    with torch.no_grad():
        maps = network[:4](x[at : at + 1])[0]  # (8, L)
    alpha = network[6].weight[0] / TEXT.length
    known = (alpha @ maps).clamp(min=0)[: int((x[at] != 0).sum())]
    np.testing.assert_allclose(found.values, known.detach().numpy(), atol=1e-6)


def test_maps_of_a_sound_lie_over_its_spectrogram() -> None:
    torch.manual_seed(0)
    network, x = listening(1).eval(), examples(SOUND, 4)
    for kind in METHODS:
        found = explained(method(kind, layer="2"), network, x[0], data(x, SOUND, NUMBER))
        assert found.values.shape == (1, 8, 17) and found.kind.over == "spectrogram"
        assert found.under is not None and found.under.shape == (1, 8, 17)
    with pytest.raises(WrongInput, match="`0` gives no maps"):  # the spectrogram itself is what is explained
        explained(method("GradCam", layer="0"), network, x[0], data(x, SOUND, NUMBER))


class Branches(nn.Module):
    """Two convolutions side by side, joined."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(1, 5, 1)
        self.relu_one, self.relu_two = nn.ReLU(), nn.ReLU()
        self.joined, self.flat, self.output = Joined(), nn.Flatten(), nn.Linear(8 * 64, 1)

    def forward(self, x: Tensor) -> Tensor:
        both = self.joined(self.relu_one(self.one(x)), self.relu_two(self.two(x)))
        result: Tensor = self.output(self.flat(both))
        return result


@pytest.mark.parametrize("kind", METHODS)
def test_branches_side_by_side_are_all_seen(kind: str) -> None:
    """As much as where they are joined."""
    torch.manual_seed(1)
    network, x = Branches().eval(), examples(GREY, 3)
    with torch.no_grad():
        network.output.weight.abs_()
    found = explained(method(kind), network, x[0], data(x, GREY, NUMBER))
    joined = explained(method(kind, layer="joined"), network, x[0], data(x, GREY, NUMBER))
    alone = explained(method(kind, layer="relu_one"), network, x[0], data(x, GREY, NUMBER))
    assert "`relu_one`, `relu_two`, side by side" in found.note
    assert joined.values.max() > 0
    np.testing.assert_allclose(found.values, joined.values, atol=1e-6)
    assert not np.allclose(found.values, alone.values, atol=1e-6)


class Shortcut(nn.Module):
    """A convolution on the way and another beside it, added by a function: the last maps are behind both."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.conv, self.side = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(1, 4, 1)
        self.relu, self.flat, self.output = nn.ReLU(inplace=inplace), nn.Flatten(), nn.Linear(256, 1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.output(self.flat(self.relu(self.conv(x) + self.side(x))))
        return result


def test_a_shortcut_is_no_branch_of_its_own() -> None:
    torch.manual_seed(1)
    x = examples(GREY, 3)
    assert "Layer `relu`, 8×8" in explained(method("GradCam"), Shortcut().eval(), x[0], data(x, GREY, NUMBER)).note


@pytest.mark.parametrize("kind", METHODS)
def test_what_is_overwritten_behind_a_layer_does_not_change_what_is_said_of_it(kind: str) -> None:
    torch.manual_seed(1)
    x = examples(GREY, 3)

    def made(inplace: bool) -> nn.Module:
        torch.manual_seed(2)
        return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace), nn.Flatten(), nn.Linear(256, 1)).eval()

    asked = method(kind, layer="0")
    plain = explained(asked, made(False), x[0], data(x, GREY, NUMBER))
    network = made(True)
    found = explained(asked, network, x[0], data(x, GREY, NUMBER))
    np.testing.assert_array_equal(found.values, plain.values)
    assert isinstance(network, nn.Sequential) and network[1].inplace  # given back as it was


class Twice(nn.Module):
    """One ReLU behind two convolutions, and a function that overwrites."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.relu, self.flat, self.output = nn.ReLU(), nn.Flatten(), nn.Linear(256, 1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.output(self.flat(self.relu(F.relu_(self.two(self.relu(self.one(x)))))))
        return result


def test_a_layer_of_which_nothing_can_be_said_is_refused() -> None:
    torch.manual_seed(1)
    x = examples(GREY, 3)
    among, network = data(x, GREY, NUMBER), Twice().eval()
    for layer in ("relu", "two", "flat"):  # used twice; overwritten; without places
        why = method("GradCam", layer=layer).why_not(Regression(), {"model": network}, among.fields)
        assert why is not None and f"`{layer}` gives no maps" in why
    assert "Layer `one`" in explained(method("GradCam"), network, x[0], among).note
    none = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
    why = method("GradCam").why_not(Regression(), {"model": none}, among.fields)
    assert why is not None and "one with places" in why


@pytest.mark.parametrize(
    ("behind", "kind", "told"),
    [
        ((nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)), "GradCam", None),
        ((nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 3)), "GradCam", None),
        ((nn.Flatten(), nn.Linear(256, 3)), "GradCam", "each place by itself"),
        ((nn.Flatten(), nn.Linear(256, 3)), "GradCamPlusPlus", None),
        ((nn.Conv2d(4, 4, 4, 4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)), "ScoreCam", "2×2 places"),
    ],
)
def test_a_method_says_on_which_networks_it_is_weak(behind: tuple[nn.Module, ...], kind: str, told: str | None) -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), *behind).eval()
    with torch.no_grad():
        network[-1].weight.normal_(generator=torch.Generator().manual_seed(2))
    fields = data(examples(GREY, 3), GREY, NUMBER).fields
    why = method(kind).weak(Regression(), {"model": network}, fields)
    assert (why is None) == (told is None) and (told or "") in (why or "")
