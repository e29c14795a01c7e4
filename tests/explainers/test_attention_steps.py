"""Which part of an input a step of the attention stands for: tokens, moments, patches, columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from stand_ins import data
from torch import Tensor, nn

from dlviz.asking.answer import ask
from dlviz.core.values import Audio, Category, Image, Kind, Series, Tokens, Vector
from dlviz.explainers.attention_steps import EXTRA, Steps, steps_of
from dlviz.explainers.explainer import Explainer
from dlviz.layers.multihead_attention import Attention
from dlviz.tasks.classification import Classification


def unseen(x: Tensor) -> Tensor:
    raise AssertionError("there is one way alone, so nothing need be tried")


def found(kind: Kind, x: Tensor, count: int, seen: Callable[[Tensor], Tensor] = unseen) -> Steps:
    steps = steps_of(kind, x[None], count, seen)
    assert steps is not None and len(steps.names) == count == len(steps.there) and steps.of.shape == x.shape
    return steps


def test_tokens_and_their_padding() -> None:
    kind = Tokens(vocabulary=("<pad>", "<unk>", "a", " "), length=4)
    steps = found(kind, torch.tensor([2, 3, 4, 0]), 4)
    assert steps.names == ("a", "␣", "___", "") and steps.ordered  # the first number that no token has is a gap
    assert steps.there.tolist() == [True, True, True, False] and steps.of.tolist() == [0, 1, 2, -1]
    extra = found(kind, torch.tensor([2, 3, 2, 0]), 5)
    assert extra.names[0] == EXTRA and extra.of.tolist() == [1, 2, 3, -1]
    assert extra.there.tolist() == [True, True, True, True, False]
    assert steps_of(kind, torch.tensor([[2, 3, 2, 0]]), 7, unseen) is None


def test_moments_of_a_series_and_of_a_sound() -> None:
    kind, x = Series(names=("x",), steps=12), torch.zeros(1, 12)
    assert found(kind, x, 12).names == tuple(str(step) for step in range(1, 13))
    steps = found(kind, x, 4, lambda given: given.view(1, 4, 3))  # else one step of no place and three windows
    assert steps.names == ("1–3", "4–6", "7–9", "10–12") and steps.of[0].tolist() == sorted([0, 1, 2, 3] * 3)
    torch.testing.assert_close(
        steps.spread(torch.tensor([3.0, 0, 6, 0])), torch.tensor([[1.0] * 3 + [0] * 3 + [2] * 3 + [0] * 3])
    )
    sound = found(Audio(rate=100, samples=50), torch.zeros(50), 7)
    assert sound.names[0] == "0.00 s" and sound.names[1] == "0.08 s" and int(sound.of.max()) == 6


def test_a_step_of_no_place_before_the_windows_is_found_out() -> None:
    def seen(x: Tensor) -> Tensor:
        return torch.cat([torch.zeros(1, 1, 4), x.view(1, 3, 4)], 1)

    steps = found(Series(names=("x",), steps=12), torch.zeros(1, 12), 4, seen)
    assert steps.names == (EXTRA, "1–4", "5–8", "9–12") and steps.of[0].tolist() == sorted([1, 2, 3] * 4)


def test_columns_and_series_as_steps() -> None:
    assert found(Vector(names=("a", "b", "c")), torch.zeros(3), 3).names == ("a", "b", "c")
    assert not found(Vector(names=("a", "b", "c")), torch.zeros(3), 3).ordered
    kind = Series(names=("wind", "rain", "sun"), steps=10)
    steps = found(kind, torch.zeros(3, 10), 3, lambda given: given)
    assert steps.names == ("wind", "rain", "sun") and steps.of[:, 0].tolist() == [0, 1, 2]


def test_patches_of_a_picture() -> None:
    kind, x = Image(channels=1, height=8, width=12), torch.zeros(1, 8, 12)
    steps = found(kind, x, 6)
    assert steps.names == ("r1 c1", "r1 c2", "r1 c3", "r2 c1", "r2 c2", "r2 c3")
    assert steps.of[0, ::4, ::4].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found(kind, x, 7).names[0] == EXTRA
    assert found(kind, x, 8).names[7] == "row 8" and found(kind, x, 12).names[11] == "col 12"


def rows_of(x: Tensor) -> Tensor:
    return x.flatten(1, 2)  # (1, 16, 16): a step for each row


def columns_of(x: Tensor) -> Tensor:
    return x.flatten(1, 2).transpose(1, 2)


def patches_of(x: Tensor) -> Tensor:
    return nn.functional.unfold(x, 4, stride=4).transpose(1, 2)


@pytest.mark.parametrize(
    ("seen", "second"),
    [(rows_of, "row 2"), (columns_of, "col 2"), (patches_of, "r1 c2")],
    ids=["rows", "columns", "4×4"],
)
def test_where_several_ways_fit_the_picture_is_touched_to_see_which_step_stirs(
    seen: Callable[[Tensor], Tensor], second: str
) -> None:
    """Sixteen steps of a 16×16 picture: rows, columns, or patches of 4×4."""
    kind = Image(channels=1, height=16, width=16)
    x = torch.rand(1, 16, 16, generator=torch.Generator().manual_seed(0))
    assert found(kind, x, 16, seen).names[1] == second


class LooksAtTheBrightest(nn.Module):
    """Patches of 4×4 as steps, each all of its pixels; every one looks where it is brightest."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Unfold(4, stride=4)
        self.attention = Attention(16, 1)
        self.output = nn.Linear(16, 2)
        for layer, bias in ((self.attention.q_proj, 1.0), (self.attention.k_proj, 0.0)):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, bias)
        nn.init.constant_(self.attention.k_proj.weight, 2.0)

    def forward(self, x: Tensor) -> Tensor:
        done: Tensor = self.output(self.attention(self.patches(x).transpose(1, 2)).mean(1))
        return done


@pytest.mark.parametrize("name", ["AttentionWeights", "AttentionRollout"])
def test_looks_at_patches_lie_where_they_are_in_the_picture(name: str) -> None:
    torch.manual_seed(0)
    kind = Image(channels=1, height=16, width=16)
    pictures = torch.zeros(6, 1, 16, 16)
    corners = [(0, 0), (0, 12), (12, 0), (4, 8), (8, 4), (12, 12)]
    for picture, (row, column) in zip(pictures, corners, strict=True):
        picture[0, row : row + 4, column : column + 4] = 1.0
    among = data(pictures, kind, Category(names=("a", "b")))
    settings = {"residual": 0.0} if name == "AttentionRollout" else {}
    method = Explainer.parse({"kind": name, **settings})
    assert method is not None
    for index, (row, column) in enumerate(corners):
        values = ask(
            Classification(), {"model": LooksAtTheBrightest()}, among, "test", index, 0, method
        ).explanation.values
        assert values.shape == (1, 16, 16) and values.sum() == pytest.approx(1, abs=1e-5)
        assert values[0, row : row + 4, column : column + 4].sum() > 0.99
        np.testing.assert_allclose(values[0, row : row + 4, column : column + 4].std(), 0, atol=1e-6)
