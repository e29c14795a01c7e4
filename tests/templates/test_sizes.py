"""Sizes of templates against the figures of their papers, and that they adapt to what they look at."""

from __future__ import annotations

import pytest

from dlviz.blocks import builtin
from dlviz.core.values import Category, Image
from dlviz.datasets.data import Fields
from dlviz.network.report import Report
from dlviz.network.shapes import infer
from dlviz.tasks.classification import Classification
from dlviz.tasks.gan import Gan
from dlviz.tasks.reconstruction import Reconstruction
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.autoencoder import Autoencoder
from dlviz.templates.convolutional_autoencoder import ConvolutionalAutoencoder
from dlviz.templates.dcgan import Dcgan
from dlviz.templates.lenet5 import LeNet5
from dlviz.templates.mobilenet import MobileNet, separable
from dlviz.templates.resnet20 import ResNet20
from dlviz.templates.template import Template
from dlviz.templates.unet import UNet
from dlviz.templates.vae import Vae
from dlviz.templates.vgg import Vgg

TEN = Category(names=tuple("0123456789"))


def fields(channels: int, height: int, width: int) -> Fields:
    return Fields({"image": Image(channels=channels, height=height, width=width)}, {"label": TEN})


def report(template: Template, task: Task, known: Fields, role: str = "model") -> Report:
    assert template.why_not(task, known) is None
    wanted = task.roles(known)[role]
    return infer(template.networks(task, known)[role], wanted.inputs, wanted.output)


@pytest.mark.parametrize("side", [28, 32])
def test_lenet_has_the_known_61706_weights(side: int) -> None:
    """LeCun et al.'s own counts: 156 in C1, 48,120 in C5, 10,164 in F6; C3 sees all six maps here (2,416), poolings
    learn nothing and the output is linear (850)."""
    found = report(LeNet5(), Classification(), fields(1, side, side))
    own = {name: node.parameters for name, node in found.nodes.items() if node.parameters}
    assert own == {"conv1": 156, "conv3": 2416, "fc5": 48120, "fc6": 10164, "output": 850}
    assert found.nodes["conv1"].shape == (6, 28, 28) and found.nodes["pool4"].shape == (16, 5, 5)


def test_resnet_has_0_27_million_weights_and_twenty_layers() -> None:
    """He et al., table 6: 0.27 M with shortcuts of zeros (269,722); two 1×1 shortcuts with norms add 2,752."""
    found = report(ResNet20(), Classification(), fields(3, 32, 32))
    assert found.parameters == 269_722 + 2_752 and round(found.parameters / 1e6, 2) == 0.27
    assert found.nodes["stage3"].shape == (64, 8, 8)
    # 40.6 million multiplications with their additions in the 3×3 convolutions, as everybody counts them
    assert 2 * 40.6e6 < found.flops < 2 * 41.6e6


def test_a_separable_convolution_costs_about_an_eighth() -> None:
    """Howard et al., equation 5: 1/N + 1/D² of a whole convolution."""
    whole = {"name": "conv", "kind": "Conv2d", "out_channels": 128, "kernel_size": 3, "padding": 1, "bias": False}
    start = {"name": "input", "kind": "Input"}
    apart = infer(graph([start, {"name": "block", **separable(128, 128)}]), {"x": (128, 14, 14)}, None)
    plain = infer(graph([start, whole]), {"x": (128, 14, 14)}, None)
    norms = 2 * 2 * 128
    assert apart.parameters - norms == round(plain.parameters * (1 / 128 + 1 / 9))
    assert report(MobileNet(), Classification(), fields(3, 32, 32)).nodes["separable5"].shape == (128, 8, 8)


def test_an_inception_block_with_the_papers_widths_gives_256_channels() -> None:
    """Szegedy et al., table 1, inception (3a): 192×28×28 in, 256×28×28 out."""
    widths = {"ones": 64, "threes_before": 96, "threes": 128, "fives_before": 16, "fives": 32, "pooled": 32}
    block = {"name": "block", **builtin()["Inception"].node(**widths)}
    found = infer(graph([{"name": "input", "kind": "Input"}, block]), {"x": (192, 28, 28)}, None)
    assert found.nodes["block"].shape == (256, 28, 28)


@pytest.mark.parametrize(("side", "stages"), [(4, 1), (8, 2), (28, 3), (32, 4), (200, 4)])
def test_vgg_has_as_many_stages_as_the_picture_has_room_for(side: int, stages: int) -> None:
    graphs = Vgg().networks(Classification(), fields(1, side, side))
    assert sum(node.layer.kind() == "MaxPool2d" for node in graphs["model"]) == stages


@pytest.mark.parametrize(("side", "low"), [(8, (32 * 2, 2, 2)), (28, (64, 7, 7)), (32, (128, 4, 4)), (64, (256, 4, 4))])
def test_dcgan_starts_from_about_four_pixels(side: int, low: tuple[int, ...]) -> None:
    known = fields(3, side, side)
    assert report(Dcgan(), Gan(), known, "generator").nodes["reshape"].shape == low
    assert report(Dcgan(), Gan(), known, "discriminator").nodes["flatten"].inputs == (low,)


def test_the_bottom_of_a_unet() -> None:
    for side, low in ((8, (64, 2, 2)), (28, (64, 7, 7)), (32, (128, 4, 4))):
        found = report(UNet(), Reconstruction(variant="denoising"), fields(3, side, side))
        bottom = [node for name, node in found.nodes.items() if name.startswith("down")][-1]
        assert bottom.shape == low


def test_each_refusal_names_its_reason() -> None:
    cases: list[tuple[Template, Task, Fields, str]] = [
        (LeNet5(), Classification(), fields(1, 8, 8), "at least 16 × 16"),
        (ResNet20(), Classification(), fields(1, 4, 9), "at least 8 × 8"),
        (ConvolutionalAutoencoder(), Reconstruction(), fields(1, 10, 12), "divide by 4"),
        (Dcgan(), Classification(), fields(1, 8, 8), "task Gan"),
        (Dcgan(), Gan(), fields(1, 9, 8), "divide by 4"),
        (UNet(), Reconstruction(), fields(1, 8, 8), "denoising"),
        (Vae(), Reconstruction(), fields(1, 8, 8), "variational"),
        (Autoencoder(), Reconstruction(variant="variational"), fields(1, 8, 8), "plain or denoising"),
        (Vgg(), Reconstruction(), fields(1, 8, 8), "class or a number"),
    ]
    for template, task, known, word in cases:
        assert word in (template.why_not(task, known) or ""), template
