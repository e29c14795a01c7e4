"""Global views of a network that cheats: its habit is seen, its odd way to the answer is found; and none is made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Bars, Image, Matrix, Points, Text
from dlviz.studies.mean_attribution import MeanAttribution
from dlviz.studies.spectral import cluster
from dlviz.studies.spectral_relevance import SpectralRelevance
from dlviz.studies.study import Finding
from tests.studies.cheats import Cheat, cheat


def spray(made: Cheat, target: int | None = None, **settings: Any) -> Finding:
    return SpectralRelevance.model_validate(settings).study(made.inquiry(target), lambda done, of: None)


def habits(made: Cheat, **settings: Any) -> Finding:
    settings = {"examples": 12, **settings}
    return MeanAttribution.model_validate(settings).study(made.inquiry(), lambda done, of: None)


def test_clusters_of_known_groups() -> None:
    """Three bundles of directions, one of them larger: each is a cluster, however long its rows are."""
    random = np.random.default_rng(0)
    axes = np.eye(12)[:3]
    labels = np.repeat([0, 1, 2], [40, 20, 20])
    rows = (axes[labels] + 0.15 * random.normal(size=(80, 12))) * random.uniform(0.1, 9, (80, 1))
    found = cluster(rows, 0, 8, 0)
    assert found.count == 3
    assert (found.eigenvalues[:3] < 0.02).all() and found.eigenvalues[3] > 0.1
    for one in range(3):
        assert len(set(found.groups[labels == one])) == 1
    assert (found.groups[:40] == 0).all()
    middles = np.stack([found.plane[labels == one].mean(0) for one in range(3)])
    for one in range(3):  # each nearest to its own middle
        apart = np.linalg.norm(found.plane[labels == one][:, None] - middles, axis=2)
        assert (apart.argmin(1) == one).all()
    again = cluster(rows, 0, 8, 0)
    assert np.array_equal(again.plane, found.plane) and np.array_equal(again.groups, found.groups)


@pytest.mark.parametrize("net", ["dense", "convolutional"])
@pytest.mark.parametrize("method", ["IntegratedGradients", "Occlusion"])
def test_the_way_of_the_square_is_found(net: str, method: str) -> None:
    made = cheat(net=net)
    found = spray(made, method=method)
    ways, odd = found.numbers["ways"], found.numbers["odd"]
    assert odd is not None
    way = ways[odd]
    carry = made.carriers["train"]
    marked = [bool(carry[row]) for row in way["rows"]]
    others = [bool(carry[row]) for own in ways if own is not way for row in own["rows"]]
    assert np.mean(marked) >= 0.95 and np.mean(others) <= 0.1
    assert set(way["features"]) == {54, 55, 62, 63} and way["place"] == "at the bottom right"
    assert f"{len(marked)} of 100 pictures taken for “8” are explained by the same place, at the bottom" in found.says


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_rare_way_is_found_too(share: float) -> None:
    made = cheat(share=share)
    found = spray(made, method="Occlusion")
    way = found.numbers["ways"][found.numbers["odd"]]
    assert len(way["rows"]) == pytest.approx(100 * share, abs=6)
    assert all(made.carriers["train"][row] for row in way["rows"])


@pytest.mark.parametrize(("net", "method"), [("dense", "IntegratedGradients"), ("convolutional", "Occlusion")])
@pytest.mark.parametrize("target", [0, 1, 4, 8, 9])
def test_no_way_stands_out_where_nothing_is_planted(net: str, method: str, target: int) -> None:
    found = spray(cheat(share=0.0, net=net), target, method=method)
    assert found.numbers["odd"] is None and "good reason" not in found.says


def test_columns_and_words_stand_out_too() -> None:
    table = spray(cheat("BreastCancer", share=0.3))
    way = table.numbers["ways"][table.numbers["odd"]]
    assert way["place"] == "at `leak`" and len(way["rows"]) == pytest.approx(30, abs=6)
    text = spray(cheat("ToyText", share=0.3))
    way = text.numbers["ways"][text.numbers["odd"]]
    assert way["place"] == "at `zebra`" and "by the same word, `zebra`" in text.says
    for of in ("BreastCancer", "ToyText"):
        for target in range(2):
            assert spray(cheat(of, share=0.0), target).numbers["odd"] is None


def test_what_is_drawn() -> None:
    found = spray(cheat())
    cloud, sheet, spectrum = found.shown
    assert isinstance(cloud.kind, Points) and len(cloud.data) == 100 and isinstance(spectrum.kind, Bars)
    assert isinstance(sheet.kind, Image) and len(sheet.data) % len(sheet.more["rows"]) == 0
    assert 0 <= sheet.data.min() and sheet.data.max() <= 1
    rows = len(sheet.data) // len(sheet.more["rows"])
    lit = sheet.data[found.numbers["odd"] * rows, 0]
    assert lit[6:, 6:].min() > 2 * np.median(lit)
    every = habits(cheat()).shown[0]
    assert list(every.more["rows"]) == [str(digit) for digit in range(10)] and len(every.data) == 60
    texts = spray(cheat("ToyText", share=0.3)).shown
    assert any(isinstance(value.kind, Matrix) and "zebra" in value.kind.columns for value in texts)
    assert any(isinstance(value.kind, Text) for value in texts)


def test_the_habit_is_seen() -> None:
    found = habits(cheat())
    assert found.numbers["class"] == "8" and found.numbers["place"] == "at the bottom right"
    assert found.numbers["share"] > 4 * found.numbers["chance"] and found.numbers["elsewhere"] < 0.15
    for of, place in (("BreastCancer", "at `leak`"), ("ToyText", "at `zebra`")):
        assert habits(cheat(of)).numbers["place"] == place


def test_a_habit_is_seen_where_the_whole_class_has_it() -> None:
    """All eights carry it: within the class there is but one way, beside the others it stands out."""
    made = cheat(share=1.0)
    assert spray(made).numbers["odd"] is None
    assert habits(made).numbers["features"] == [54, 55, 62, 63]


def test_no_giveaway_no_corner() -> None:
    found = habits(cheat(share=0.0))
    assert found.numbers["place"] != "at the bottom right"


def test_too_few_examples_are_told() -> None:
    made = cheat()
    never = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    with torch.no_grad():
        never[1].weight.zero_()
        never[1].bias.copy_(-torch.arange(10.0))
    with pytest.raises(WrongInput, match="takes 0 pictures of the train part for “8”. At least 10"):
        spray(replace(made, network=never.requires_grad_(False)))
