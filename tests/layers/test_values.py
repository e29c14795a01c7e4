"""Layers with known answers: what torch's argument names mean, and the layers that torch lacks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.layers.add import Add
from dlviz.layers.concat import Concat
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.conv_transpose2d import ConvTranspose2d
from dlviz.layers.dropout import Dropout
from dlviz.layers.group_norm import GroupNorm
from dlviz.layers.layer import Layer
from dlviz.layers.layer_norm import LayerNorm
from dlviz.layers.linear import Linear
from dlviz.layers.max_pool2d import MaxPool2d
from dlviz.layers.multiply import Multiply
from dlviz.layers.reshape import Reshape
from dlviz.layers.softmax import Softmax
from dlviz.layers.upsample import Upsample


def test_the_defaults_are_torchs() -> None:
    module = Conv2d().build((3, 8, 8))
    theirs = nn.Conv2d(3, 16, 3)
    assert repr(module) == repr(theirs)
    assert repr(MaxPool2d().build((3, 8, 8))) == repr(nn.MaxPool2d(2))


def test_a_clicked_convolution_keeps_the_size_and_a_clicked_transposed_one_doubles_it() -> None:
    assert Conv2d.clicked().build((3, 5, 5))(torch.rand(1, 3, 5, 5)).shape == (1, 16, 5, 5)
    assert ConvTranspose2d.clicked().build((3, 5, 5))(torch.rand(1, 3, 5, 5)).shape == (1, 16, 10, 10)


@pytest.mark.parametrize("init", ["kaiming", "xavier", "orthogonal", "zeros"])
def test_weights_start_as_asked(init: str) -> None:
    torch.manual_seed(0)
    module = Linear.parse({"kind": "Linear", "out_features": 400, "init": init}).build((300,))
    assert isinstance(module, nn.Linear)
    weight = module.weight.detach()
    assert torch.equal(module.bias.detach(), torch.zeros(400))
    if init == "kaiming":
        assert weight.std().item() == pytest.approx((2 / 300) ** 0.5, rel=0.02)
    elif init == "xavier":
        assert weight.std().item() == pytest.approx((2 / 700) ** 0.5, rel=0.02)
        assert weight.abs().max().item() <= (6 / 700) ** 0.5
    elif init == "orthogonal":
        torch.testing.assert_close(weight.T @ weight, torch.eye(300), atol=1e-4, rtol=0)
    else:
        assert not weight.any()


def test_the_default_initialisation_is_torchs_own() -> None:
    torch.manual_seed(3)
    ours = Linear(out_features=4).build((5,))
    torch.manual_seed(3)
    theirs = nn.Linear(5, 4)
    assert torch.equal(ours.weight, theirs.weight)  # type: ignore[arg-type]


def test_merges_do_what_they_say() -> None:
    a, b, c = torch.rand(2, 3), torch.rand(2, 3), torch.rand(2, 5)
    torch.testing.assert_close(Add().build((3,), (3,), (3,))(a, b, a), a + b + a)
    torch.testing.assert_close(Multiply().build((3,), (3,))(a, b), a * b)
    assert torch.equal(Concat().build((3,), (5,))(a, c), torch.cat([a, c], 1))
    picture, weights = torch.rand(2, 4, 5, 5), torch.rand(2, 4, 1, 1)
    torch.testing.assert_close(Multiply().build((4, 5, 5), (4, 1, 1))(picture, weights), picture * weights)


def test_reshape_keeps_the_order() -> None:
    x = torch.arange(24.0).reshape(2, 12)
    assert torch.equal(Reshape(shape=(3, -1)).build((12,))(x), x.reshape(2, 3, 4))


def test_layer_norm_over_a_row_and_over_a_picture() -> None:
    assert repr(LayerNorm().build((6,))) == repr(nn.LayerNorm([6]))
    assert repr(LayerNorm().build((4, 6))) == repr(nn.LayerNorm([6]))
    assert repr(LayerNorm().build((3, 4, 6))) == repr(nn.LayerNorm([3, 4, 6]))


def test_dropout_keeps_the_mean() -> None:
    torch.manual_seed(0)
    module = Dropout(p=0.75).build((100_000,))
    result = module(torch.ones(1, 100_000))
    assert (result == 0).float().mean().item() == pytest.approx(0.75, abs=0.01)
    assert result.mean().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("layer", "shapes", "says"),
    [
        (Linear(), ((3, 8, 8),), "takes a row of numbers"),
        (Conv2d(), ((64,),), "takes an image"),
        (Conv2d(kernel_size=9), ((1, 8, 8),), "spans 9×9"),
        (Conv2d(kernel_size=3, dilation=4), ((1, 8, 8),), "spans 9×9"),
        (Conv2d(padding="same", stride=2), ((1, 8, 8),), "needs stride 1"),
        (Conv2d(groups=2), ((3, 8, 8),), "must divide the channels"),
        (Conv2d(padding=9, padding_mode="reflect"), ((1, 8, 8),), "rim"),
        (MaxPool2d(), ((4, 1, 1),), "spans 2×2"),
        (MaxPool2d(padding=2), ((4, 8, 8),), "at most half its window"),
        (ConvTranspose2d(output_padding=1), ((4, 8, 8),), "smaller than the stride"),
        (ConvTranspose2d(padding=9), ((4, 8, 8),), "cuts away"),
        (GroupNorm(num_groups=4), ((6, 2, 2),), "4 for 6 channels"),
        (LayerNorm(normalized_shape=5), ((6,),), "must be the last sizes"),
        (Reshape(shape=(3, 5)), ((16,),), "as many numbers"),
        (Reshape(shape=(-1, -1)), ((16,),), "at most one"),
        (Reshape(shape=(0, -1)), ((16,),), "Sizes must be"),
        (Softmax(dim=2), ((16,),), "dimensions"),
        (Softmax(dim=0), ((16,),), "examples must not mix"),
        (Upsample(mode="bilinear"), ((4, 8),), "must be nearest or linear"),
        (Upsample(scale_factor=None), ((4, 8),), "needs a `scale_factor`"),
        (Upsample(scale_factor=0.01), ((4, 8),), "Nothing would be left"),
        (Upsample(size=(3, 3)), ((4, 8),), "one number"),
        (Add(), ((3,), (4,)), "3, 4"),
        (Multiply(), ((3, 2), (4, 2)), "one shape"),
        (Concat(), ((3, 8, 8), (3, 4, 4)), "equal in all other sizes"),
        (Concat(), ((3,), (3, 4)), "one form"),
        (Concat(dim=0), ((3,), (3,)), "0 is the batch"),
    ],
)
def test_wrong_shapes_are_refused_in_words(layer: Layer, shapes: tuple[tuple[int, ...], ...], says: str) -> None:
    with pytest.raises(WrongInput, match="Received") as refusal:
        layer.build(*shapes)
    assert says in str(refusal.value)
