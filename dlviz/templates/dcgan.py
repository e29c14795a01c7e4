"""Dcgan: a generator and a discriminator of convolutions alone."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from dlviz.core.values import Image
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.gan import Gan
from dlviz.tasks.starters import Layers, graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import one_picture, picture
from dlviz.templates.template import Template

_DOUBLE: dict[str, Any] = {"kernel_size": 4, "stride": 2, "padding": 1}


class Dcgan(Template):
    """Two convolutional networks for the game of a GAN: the generator doubles a picture step by step out of noise, the
    discriminator halves it again. Its rules made such games stable.

    As in the paper: strides in place of poolings, batch normalisation in both networks but for the generator's output
    and the discriminator's input, ReLU there and leaky ReLU here, no hidden fully connected layers. Unlike it: 32 to
    256 filters in place of 128 to 1024, filters of 4×4 in place of 5×5 (they leave no checkerboard), and no tanh at
    the end because pictures here are not brought to -1 to 1.
    """

    title: ClassVar[str] = "DCGAN"
    paper: ClassVar[str] = (
        "Radford, Metz & Chintala, Unsupervised representation learning with deep convolutional generative adversarial "
        "networks (2016)"
    )
    year: ClassVar[int] = 2016
    task: ClassVar[dict[str, Any] | None] = {"kind": "Gan"}

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        if not isinstance(task, Gan):
            return f"{self.title} is a pair of networks that play against each other: choose the task Gan for it."
        return one_picture(fields, self.title, least=8, multiple=4)

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        kind = picture(fields)
        steps = _doublings(kind)
        widths = [32 * 2**step for step in range(steps)]  # of the discriminator, from large pictures to small ones
        return {"generator": _generator(kind, widths[::-1]), "discriminator": _discriminator(widths)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}, "task": {"kind": "Gan"}}


def _doublings(kind: Image) -> int:
    """How often a picture is doubled: from about 4 pixels on, at least twice."""
    side, both = min(kind.height, kind.width), math.gcd(kind.height, kind.width)
    steps = 2
    while steps < 4 and both % 2 ** (steps + 1) == 0 and side // 2 ** (steps + 1) >= 4:
        steps += 1
    return steps


def _generator(kind: Image, widths: list[int]) -> Graph:
    low = [widths[0], kind.height // 2 ** len(widths), kind.width // 2 ** len(widths)]
    layers: Layers = [
        {"name": "input", "kind": "Input"},
        {"name": "project", "kind": "Linear", "out_features": math.prod(low), "bias": False},
        {"name": "reshape", "kind": "Reshape", "shape": low},
        {"name": "norm1", "kind": "BatchNorm2d"},
        {"name": "relu1", "kind": "ReLU"},
    ]
    for number, width in enumerate(widths[1:], 2):
        layers += [
            {"name": f"up{number}", "kind": "ConvTranspose2d", "out_channels": width, "bias": False, **_DOUBLE},
            {"name": f"norm{number}", "kind": "BatchNorm2d"},
            {"name": f"relu{number}", "kind": "ReLU"},
        ]
    return graph([*layers, {"name": "output", "kind": "ConvTranspose2d", "out_channels": kind.channels, **_DOUBLE}])


def _discriminator(widths: list[int]) -> Graph:
    layers: Layers = [{"name": "input", "kind": "Input"}]
    for number, width in enumerate(widths, 1):
        first = number == 1
        layers.append({"name": f"conv{number}", "kind": "Conv2d", "out_channels": width, "bias": first, **_DOUBLE})
        layers += [] if first else [{"name": f"norm{number}", "kind": "BatchNorm2d"}]
        layers.append({"name": f"leakyrelu{number}", "kind": "LeakyReLU", "negative_slope": 0.2})
    flat = {"name": "flatten", "kind": "Flatten"}
    return graph([*layers, flat, {"name": "output", "kind": "Linear", "out_features": "auto"}])
