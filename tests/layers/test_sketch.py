"""Sketches: every layer has one, it shows what the module really computes, and outlines what depends on what."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.layers import examples
from dlviz.layers.footprint import footprint, windows
from dlviz.layers.layer import Layer
from dlviz.layers.sketch import sketch

KINDS = [name for name, part in Layer.kinds().items() if part.group != "input"]


@pytest.mark.parametrize("kind", Layer.kinds())
def test_every_layer_has_a_sketch_with_numbers_in_it(kind: str) -> None:
    made = sketch(kind)
    assert made.said.startswith(f"{kind}: ") and made.said.endswith(".")
    if made.curve is not None:
        assert all(np.isfinite(axis).all() for axis in made.curve)
        return
    assert made.before and made.after is not None
    for panel in (*made.before, made.after):
        assert panel.tiles.ndim == 4 and max(panel.tiles.shape) <= 64
        assert np.isfinite(panel.tiles[0, 0]).all()
        for row, column, top, left, height, width in panel.windows:
            rows, columns, tall, wide = panel.tiles.shape
            assert 0 <= row < rows and 0 <= column < columns
            assert 0 <= top < top + height <= tall and 0 <= left < left + width <= wide


@pytest.mark.parametrize("kind", KINDS)
def test_a_sketch_that_shows_no_chance_marks_what_depends_on_what(kind: str) -> None:
    made = sketch(kind)
    if made.after is not None and not made.chance:
        assert made.after.windows


def test_drawing_leaves_the_dice_alone() -> None:
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    sketch.__wrapped__("Dropout")
    sketch.__wrapped__("LSTM")
    assert torch.equal(torch.rand(3), wanted)


def test_a_curve_is_the_function() -> None:
    made = sketch("ReLU")
    assert made.curve is not None
    x, y = made.curve
    assert np.array_equal(y, np.maximum(x, 0)) and (x[0], x[-1]) == (-4, 4)
    assert sketch("RReLU").chance and not made.chance


def test_pooling_shows_the_largest_of_its_window() -> None:
    made = sketch("MaxPool2d")
    assert made.after is not None
    ((_, _, top, left, height, width),) = made.before[0].windows
    ((_, _, y, x, _, _),) = made.after.windows
    assert (height, width) == (2, 2) and (top, left) == (2 * y, 2 * x)
    seen = made.before[0].tiles[0, 0, top : top + height, left : left + width]
    assert seen.max() == made.after.tiles[0, 0, y, x]


@pytest.mark.parametrize(
    ("kind", "outlined"),
    [
        ("Conv2d", (1, 3, 3)),
        ("Linear", (1, 1, 8)),
        ("BatchNorm1d", (1, 6, 1)),
        ("LayerNorm", (1, 1, 5)),
        ("BatchNorm2d", (2, 4, 4)),
        ("GroupNorm", (2, 4, 4)),
        ("InstanceNorm2d", (1, 4, 4)),
        ("MultiheadAttention", (1, 6, 5)),
    ],
)
def test_a_result_is_made_of_what_is_outlined(kind: str, outlined: tuple[int, int, int]) -> None:
    """(tiles, height, width): a normalisation differs from the others by nothing but this."""
    marked = sketch(kind).before[0].windows
    assert (len(marked), *marked[0][-2:]) == outlined


def test_a_normalised_feature_has_mean_0() -> None:
    over_the_batch, over_the_row = sketch("BatchNorm1d").after, sketch("LayerNorm").after
    assert over_the_batch is not None and over_the_row is not None
    assert np.allclose(over_the_batch.tiles[0, 0].mean(0), 0, atol=1e-5)
    assert np.allclose(over_the_row.tiles[0, 0].mean(1), 0, atol=1e-5)


def test_padding_leaves_the_input_where_it_is_outlined() -> None:
    made = sketch("ReflectionPad2d")
    assert made.after is not None
    ((_, _, top, left, height, width),) = made.after.windows
    assert np.array_equal(made.after.tiles[0, 0, top : top + height, left : left + width], made.before[0].tiles[0, 0])


def test_a_larger_result_marks_where_one_number_goes() -> None:
    masks, result = footprint(nn.Upsample(scale_factor=2), [examples.picture()])
    assert masks[0].sum() == 1 and windows(result[0, :, None].float()) == ((0, 0, 8, 8, 2, 2),)


def test_parts_that_do_not_lie_together_are_outlined_apart() -> None:
    mask = torch.zeros(1, 1, 1, 5)
    mask[..., [0, 4]] = 1
    assert windows(mask) == ((0, 0, 0, 0, 1, 1), (0, 0, 0, 4, 1, 1))


def test_a_layer_whose_example_does_not_suit_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Layer.kinds()["Tanhshrink"]
    monkeypatch.setattr(part, "module", nn.Embedding)
    with pytest.raises(WrongInput, match="Tanhshrink gives no sketch"):
        sketch.__wrapped__("Tanhshrink")


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(WrongInput, match="no layer called `Conv9d`"):
        sketch("Conv9d")
