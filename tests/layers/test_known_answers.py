"""Layers that torch lacks, and rules that its modules do not tell: known answers, and refusals with what mends them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.layers.average import Average
from dlviz.layers.bilinear import Bilinear
from dlviz.layers.channel_shuffle import ChannelShuffle
from dlviz.layers.circular_pad1d import CircularPad1d
from dlviz.layers.conv3d import Conv3d
from dlviz.layers.conv_transpose1d import ConvTranspose1d
from dlviz.layers.conv_transpose3d import ConvTranspose3d
from dlviz.layers.cosine_similarity import CosineSimilarity
from dlviz.layers.glu import GLU
from dlviz.layers.hardtanh import Hardtanh
from dlviz.layers.instance_norm2d import InstanceNorm2d
from dlviz.layers.layer import Layer, Shape
from dlviz.layers.layer_norm import LayerNorm
from dlviz.layers.lp_pool2d import LPPool2d
from dlviz.layers.mat_mul import MatMul
from dlviz.layers.max_pool3d import MaxPool3d
from dlviz.layers.maximum import Maximum
from dlviz.layers.pairwise_distance import PairwiseDistance
from dlviz.layers.permute import Permute
from dlviz.layers.pixel_shuffle import PixelShuffle
from dlviz.layers.pixel_unshuffle import PixelUnshuffle
from dlviz.layers.prelu import PReLU
from dlviz.layers.reflection_pad2d import ReflectionPad2d
from dlviz.layers.rms_norm import RMSNorm
from dlviz.layers.rrelu import RReLU
from dlviz.layers.subtract import Subtract
from dlviz.layers.upsample import Upsample


def test_merges_work_number_by_number() -> None:
    a, b, c = torch.tensor([[1.0, -2.0]]), torch.tensor([[3.0, 5.0]]), torch.tensor([[-4.0, 0.0]])
    shape = (2,)
    assert Subtract().build(shape, shape)(a, b).tolist() == [[-2, -7]]
    assert Average().build(shape, shape, shape)(a, b, c).tolist() == [[0, 1]]
    assert Maximum().build(shape, shape, shape)(a, b, c).tolist() == [[3, 5]]


def test_permute_reverses_or_follows_its_order() -> None:
    x = torch.arange(24.0).reshape(1, 2, 3, 4)
    assert torch.equal(Permute().build((2, 3, 4))(x), x.permute(0, 3, 2, 1))
    assert torch.equal(Permute(dims=(2, 3, 1)).build((2, 3, 4))(x), x.permute(0, 2, 3, 1))


def test_a_product_of_matrices_and_with_the_second_turned() -> None:
    a, b = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), torch.tensor([[[5.0, 6.0], [7.0, 8.0]]])
    assert MatMul().build((2, 2), (2, 2))(a, b).tolist() == [[[19, 22], [43, 50]]]
    assert MatMul(transpose=True).build((2, 2), (2, 2))(a, b).tolist() == [[[17, 23], [39, 53]]]


def test_two_embeddings_are_compared() -> None:
    a, b = torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, -3.0]])
    assert CosineSimilarity().build((2,), (2,))(a, a).item() == pytest.approx(1)
    assert CosineSimilarity().build((2,), (2,))(a, b).item() == pytest.approx(0, abs=1e-6)
    assert PairwiseDistance().build((2,), (2,))(a, b).item() == pytest.approx(math.sqrt(50), rel=1e-5)


def test_a_window_of_nothing_has_a_length_and_a_gradient() -> None:
    dark = torch.zeros(1, 1, 2, 2, requires_grad=True)
    LPPool2d().build((1, 2, 2))(dark).sum().backward()
    assert dark.grad is not None and not dark.grad.any()
    assert LPPool2d().build((1, 2, 2))(torch.tensor([[[[3.0, 0.0], [0.0, -4.0]]]])).item() == pytest.approx(5)


def test_a_bilinear_layer_reads_the_sizes_of_both_inputs() -> None:
    assert repr(Bilinear(out_features=3).build((4,), (5,))) == repr(nn.Bilinear(4, 5, 3))


@pytest.mark.parametrize(
    ("layer", "shape", "theirs"),
    [
        (Conv3d(), (3, 5, 6, 7), nn.Conv3d(3, 16, 3)),
        (ConvTranspose1d(), (3, 5), nn.ConvTranspose1d(3, 16, 3)),
        (ConvTranspose3d(), (3, 5, 6, 7), nn.ConvTranspose3d(3, 16, 3)),
        (MaxPool3d(), (3, 5, 6, 7), nn.MaxPool3d(2)),
        (RMSNorm(), (6,), nn.RMSNorm([6])),
        (LayerNorm(), (2, 3, 4, 5), nn.LayerNorm([2, 3, 4, 5])),
        (InstanceNorm2d(), (3, 4, 5), nn.InstanceNorm2d(3)),
        (PReLU(), (3,), nn.PReLU()),
        (RReLU(), (3,), nn.RReLU()),
    ],
)
def test_the_defaults_are_torchs(layer: Layer, shape: Shape, theirs: nn.Module) -> None:
    assert repr(layer.build(shape)) == repr(theirs)


@pytest.mark.parametrize(
    ("layer", "shapes", "says", "mends"),
    [
        (Conv3d(kernel_size=7), ((1, 6, 8, 8),), "spans 7×7×7", "Set kernel_size to 6×7×7"),
        (Conv3d(), ((1, 8, 8),), "a volume (channels × depth × height × width)", ""),
        (ConvTranspose1d(output_padding=1), ((4, 8),), "smaller than the stride", "Set output_padding to 0"),
        (ConvTranspose3d(padding=9), ((4, 2, 2, 2),), "cuts away", "Set padding to 0"),
        (ReflectionPad2d(padding=4), ((1, 8, 4),), "smaller than", "Set padding to 3"),
        (ReflectionPad2d(padding=(0, 0, 0, 8)), ((1, 8, 40),), "a rim of 8", "Set padding to 7"),
        (CircularPad1d(padding=5), ((1, 4),), "no larger than", "Set padding to 4"),
        (LPPool2d(norm_type=3), ((1, 8, 8),), "1 or even", "Set norm_type to 2"),
        (LPPool2d(kernel_size=9), ((1, 8, 8),), "spans 9×9", "Set kernel_size to 8"),
        (InstanceNorm2d(), ((4, 1, 1),), "more than one number a channel", ""),
        (PReLU(num_parameters=3), ((4, 2, 2),), "1 or the number of channels", "Set num_parameters to 4"),
        (RReLU(lower=0.5, upper=0.25), ((4,),), "must not be above", "Set lower to 0.25"),
        (Hardtanh(min_val=2.0, max_val=-2.0), ((4,),), "below `max_val`", "Swap them"),
        (GLU(), ((4, 3, 3),), "must be even", "Set dim to 1"),
        (GLU(dim=3), ((4, 4),), "examples must not mix", "Set dim to 1"),
        (PixelShuffle(), ((6, 4, 4),), "2² = 4 for 6 channels", "Set upscale_factor to 1"),
        (PixelUnshuffle(downscale_factor=4), ((1, 6, 4),), "must divide height and width", "Set downscale_factor to 2"),
        (ChannelShuffle(groups=4), ((6, 4, 4),), "4 for 6 channels", "Set groups to 3"),
        (Permute(dims=(1, 2)), ((1, 2, 3),), "each of the example's dimensions once", "Reverse the order"),
        (Upsample(mode="bilinear"), ((1, 4, 4, 4),), "nearest or trilinear for a volume", "Set mode to trilinear"),
        (Upsample(size=(4, 4)), ((1, 4, 4, 4),), "A volume has three sides", "Set size to 4"),
        (Bilinear(), ((3, 4), (2, 4)), "equally many steps", ""),
        (MatMul(), ((3, 4), (5, 4)), "The rows of the first matrix", "Turn the second matrix"),
        (MatMul(transpose=True), ((3, 4), (4, 5)), "The rows of the first", "Do not turn the second matrix"),
        (Subtract(), ((3,), (4,)), "inputs of one shape", ""),
        (CosineSimilarity(), ((3,), (4,)), "two inputs of one shape", ""),
        (PairwiseDistance(), ((3,), (4,)), "two inputs of one shape", ""),
    ],
)
def test_a_refusal_says_what_came_and_offers_what_mends_it(
    layer: Layer, shapes: tuple[Shape, ...], says: str, mends: str
) -> None:
    with pytest.raises(WrongInput, match="Received") as refusal:
        layer.build(*shapes)
    assert says in str(refusal.value)
    if mends:
        fitted = dict(layer.fitting(*shapes))
        assert mends in fitted, list(fitted)
        fitted[mends].build(*shapes)
