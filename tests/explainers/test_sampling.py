"""Methods that ask about changed inputs: random masks, segments by colour, and how large their batches are."""

from __future__ import annotations

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
    SOUND,
    TEXT,
    Grouped,
    Linear,
    data,
    examples,
    explained,
    listening,
    table,
)
from torch import Tensor, nn

from dlviz.core.values import Image, Kind, Vector
from dlviz.explainers.batches import LEAST, MADE, batches, even, measured_size, numbers_made
from dlviz.explainers.explainer import Explainer
from dlviz.explainers.random_masks import shifted
from dlviz.explainers.segments import by_colour


def method(kind: str, **settings: Any) -> Explainer:
    made = Explainer.parse({"kind": kind, **settings})
    assert made is not None
    return made


def weights_for(kind: Kind) -> Tensor:
    return torch.randn(kind.shape(), generator=torch.Generator().manual_seed(1))


# ---- RISE -------------------------------------------------------------------------------------------------------


def error(found: np.ndarray[Any, Any], known: np.ndarray[Any, Any]) -> float:
    return float(np.sqrt(np.square(found - known).mean() / np.square(known).mean()))


@pytest.mark.parametrize("kind", [GREY, SERIES], ids=["picture", "series"])
def test_masks_of_single_places_find_a_linear_network(kind: Kind) -> None:
    """w · (x - b) at each place, ever closer with more masks: by about the root of how many."""
    weights, x = weights_for(kind), examples(kind, 30)
    among, network = data(x, kind, NUMBER), Linear(weights)
    known = (weights * (x[3] - x.mean(0))).numpy()
    sides = {"cells": max(kind.shape()[1:]), "baseline": "mean"}
    errors = [
        error(explained(method("Rise", masks=masks, **sides), network, x[3], among).values, known)
        for masks in (500, 8000)
    ]
    assert errors[1] < 0.12
    assert errors[1] < 0.4 * errors[0]


def masks_by_hand(side: int, cell: int) -> Tensor:
    """How a soft mask varies together at two places of a line, for cells of variance 1: the mean over all shifts of
    the products of how much each cell counts there."""
    cells = -(-side // cell) + 1
    one = torch.eye(cells)[:, None]  # one cell seen at a time
    large = F.interpolate(one, size=cells * cell, mode="linear", align_corners=False)[:, 0]
    crops = [large[:, shift : shift + side] for shift in range(cell)]
    return torch.stack([crop.T @ crop for crop in crops]).mean(0)


def test_soft_masks_find_what_they_must_of_a_linear_network() -> None:
    """A linear network's score varies together with the mask at p as the mask at all other places does, weighted."""
    weights, x = weights_for(GREY), examples(GREY, 30)
    network, among = Linear(weights), data(x, GREY, NUMBER)
    found = explained(method("Rise", masks=20_000, cells=3), network, x[3], among)
    along = masks_by_hand(8, 3)
    plain = (weights * (x[3] - x.mean(0)))[0]
    known = (along @ plain @ along.T) / (along.diag()[:, None] * along.diag())
    assert error(found.values[0], known.numpy()) < 0.05
    few = explained(method("Rise", masks=300, cells=3), network, x[3], among)
    assert error(few.values[0], known.numpy()) > 0.1


def test_a_shifted_mask_is_what_torch_s_interpolation_makes_of_its_cells() -> None:
    made = shifted(10, 4, torch.arange(4))
    assert made.shape == (4, 10, 4)
    torch.testing.assert_close(made.sum(2), torch.ones(4, 10))
    large = F.interpolate(torch.eye(4)[None], scale_factor=4.0, mode="linear", align_corners=False)[0]
    for shift in range(4):
        torch.testing.assert_close(made[shift], large[:, shift : shift + 10].T)
    torch.testing.assert_close(shifted(3, 1, torch.zeros(1))[0], torch.eye(4)[:3])  # single places are seen or not


def test_masks_of_columns_and_tokens_are_seen_or_not() -> None:
    rows, worth = table(200), torch.tensor([1.0, 1.0, 5.0, -2.0, 3.0])
    among = data(rows, ROW, NUMBER, {"x": Grouped()})
    found = explained(method("Rise", masks=4000), Linear(worth), rows[0], among)
    plain = worth * (rows[0] - rows.mean(0))
    np.testing.assert_allclose(found.values, [plain[0], plain[1:4].sum(), plain[4]], atol=0.15)

    class Counts(nn.Module):
        """How often the third word is there."""

        def forward(self, ids: Tensor) -> Tensor:
            return (ids == 3).sum(1, keepdim=True).float()

    x = examples(TEXT, 10)
    at = next(i for i in range(10) if (x[i] == 3).any() and (x[i] > 3).any())
    found = explained(method("Rise", masks=4000), Counts(), x[at], data(x, TEXT, NUMBER))
    np.testing.assert_allclose(found.values, (x[at] == 3)[x[at] != 0].float().numpy(), atol=0.1)


def test_a_seldom_seen_part_is_told_as_well() -> None:
    kind = Vector(names=("a", "b", "c"))
    x, worth = torch.randn(50, 3, generator=torch.Generator().manual_seed(0)), torch.tensor([1.0, -2.0, 0.0])
    plain = worth * (x[0] - x.mean(0))
    for keep in (0.1, 0.9):
        found = explained(method("Rise", masks=20_000, keep=keep), Linear(worth), x[0], data(x, kind, NUMBER))
        np.testing.assert_allclose(found.values, plain.numpy(), atol=0.1)


def test_a_sound_is_masked_in_its_samples_or_its_spectrogram() -> None:
    torch.manual_seed(0)
    network, x = listening(1).eval(), examples(SOUND, 6)
    among = data(x, SOUND, NUMBER)
    samples = explained(method("Rise", masks=50), network, x[0], among)
    picture = explained(method("Rise", masks=50, sounds="spectrogram"), network, x[0], among)
    assert samples.values.shape == (512,) and picture.values.shape == (1, 8, 17)
    assert picture.under is not None and picture.kind.over == "spectrogram"


# ---- segments by colour -----------------------------------------------------------------------------------------


def test_no_segment_crosses_a_border_of_colours() -> None:
    picture = torch.zeros(3, 12, 8)
    picture[0, :6, :4], picture[1, :6, 4:], picture[2, 6:] = 1, 1, 1
    region = (picture * torch.tensor([1.0, 2, 3])[:, None, None]).sum(0)
    found = by_colour(picture, 24)
    assert found.shape == (12, 8) and found.dtype == torch.int64
    assert sorted(found.unique().tolist()) == list(range(int(found.max()) + 1)) and found.max() >= 3
    for number in found.unique():
        assert len(region[found == number].unique()) == 1
    torch.testing.assert_close(by_colour(0.2 * picture + 5, 24), found)  # in whatever units


def test_a_small_picture_of_noise_falls_into_more_than_one() -> None:
    for side in (8, 16, 28):
        found = by_colour(torch.rand(1, side, side, generator=torch.Generator().manual_seed(side)), side * side // 4)
        assert side * side // 16 <= int(found.max()) + 1 <= side * side // 2


def test_lime_by_colours_of_a_linear_network() -> None:
    """What each segment is worth, shared by its pixels."""
    weights, x = weights_for(COLOUR), examples(COLOUR, 30)
    found = explained(method("Lime", segments="colours", samples=8000), Linear(weights), x[3], data(x, COLOUR, NUMBER))
    segments = by_colour(x[3], 24)
    assert f"cut into {int(segments.max()) + 1} parts by colour" in found.note
    plain = (weights * (x[3] - x.mean(0))).sum(0)
    drawn = torch.from_numpy(found.values).sum(0)
    for number in segments.unique():
        inside = segments == number
        assert float(drawn[inside].sum()) == pytest.approx(float(plain[inside].sum()), abs=0.15)
        assert len(drawn[inside].unique()) == 1


def test_lime_says_when_colours_give_too_few_parts() -> None:
    weights, x = weights_for(GREY), examples(GREY, 5)
    among = data(x, GREY, NUMBER)
    found = explained(method("Lime", segments="colours", cell=8), Linear(weights), x[3], among)
    assert "By colour it has fewer than 4 parts" in found.note and "cut into a grid" in found.note
    wide = Image(channels=1, height=8, width=8)
    plain = explained(method("Lime", segments="grid"), Linear(weights), x[3], data(x, wide, NUMBER))
    assert "colour" not in plain.note


# ---- batches ----------------------------------------------------------------------------------------------------


def test_a_batch_follows_from_what_the_network_makes() -> None:
    """Counted, so that it is the same on a busy machine: 8·8 go in, the convolution makes 4·8·8, the ReLU as many, and
    1 comes out; another look at the same numbers makes none."""
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 1)).eval()

    def score(x: Tensor) -> Tensor:
        return network(x)[:, 0]

    assert numbers_made(score, torch.rand(1, 8, 8)) == 64 + 2 * 256 + 1
    assert measured_size(score, torch.rand(1, 8, 8)) == min(4096, MADE // 577)
    wide = nn.Sequential(nn.Conv2d(1, 512, 3, padding=1), nn.ReLU(), nn.Conv2d(512, 512, 1), nn.AdaptiveAvgPool2d(1))
    assert measured_size(lambda x: wide(x)[:, 0, 0, 0], torch.rand(1, 32, 32)) == LEAST


@pytest.mark.parametrize(("count", "size"), [(49, 45), (64, 45), (500, 128), (7, 100), (1, 1), (0, 8), (90, 45)])
def test_batches_are_even(count: int, size: int) -> None:
    parts = list(batches(count, even(count, size)))
    lengths = [part.stop - part.start for part in parts]
    assert sum(lengths) == count
    assert all(length <= 1.5 * size for length in lengths)
    assert not lengths or max(lengths) - min(lengths) < len(lengths)
