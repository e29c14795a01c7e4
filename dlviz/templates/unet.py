"""UNet: down to the whole, up to the pixel, with shortcuts across."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from dlviz.blocks import builtin
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.reconstruction import Reconstruction
from dlviz.tasks.starters import Layers, graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import one_picture, picture, reconstructs
from dlviz.templates.template import Template


class UNet(Template):
    """A picture in, a picture of the same size out: on the way down the network sees ever more at once, on the way up
    the shortcuts bring back where everything was.

    As in the paper: steps down by pooling and two 3×3 convolutions that double the channels, steps up by a 2×2
    transposed convolution, joined with the step of the same size, and a 1×1 convolution at the end. Unlike it: two or
    three steps from 16 channels on in place of four from 64 on, rims of zeros, so that no size is lost, and batch
    normalisation behind every convolution.
    """

    title: ClassVar[str] = "U-Net"
    paper: ClassVar[str] = (
        "Ronneberger, Fischer & Brox, U-Net: Convolutional networks for biomedical image segmentation (2015)"
    )
    year: ClassVar[int] = 2015
    task: ClassVar[dict[str, Any] | None] = {"kind": "Reconstruction", "variant": "denoising"}

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        why = one_picture(fields, self.title, least=8, multiple=4) or reconstructs(task, self.title)
        if why is None and isinstance(task, Reconstruction) and task.variant == "plain":
            return (
                "Through the shortcuts of a U-Net an example passes unchanged, so there is nothing to learn: choose "
                "the variant denoising."
            )
        return why

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        blocks, kind = builtin(), picture(fields)
        both = math.gcd(kind.height, kind.width)
        steps = 3 if both % 8 == 0 and min(kind.height, kind.width) >= 32 else 2
        widths = [16 * 2**step for step in range(steps + 1)]
        layers: Layers = [
            {"name": "input", "kind": "Input"},
            {"name": "top", **blocks["ConvNormAct"].node(channels=widths[0]), "repeat": 2},
        ]
        for step in range(1, steps + 1):
            layers.append({"name": f"down{step}", **blocks["UNetDown"].node(channels=widths[step])})
        for step in range(steps, 0, -1):
            below = layers[-1]["name"]
            across = f"down{step - 1}" if step > 1 else "top"
            block = blocks["UNetUp"].node(channels=widths[step - 1])
            layers.append({"name": f"up{step}", **block, "inputs": [below, across]})
        return {
            "model": graph([*layers, {"name": "output", "kind": "Conv2d", "out_channels": "auto", "kernel_size": 1}])
        }

    def recipe(self, task: Task, fields: Fields) -> dict[str, Any]:
        recipe = task.recipe(fields)
        epochs = min(recipe["training"]["epochs"], 20)  # each costs more than those of an autoencoder
        return {**recipe, "training": {**recipe["training"], "epochs": epochs}}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "Digits"}, "task": {"kind": "Reconstruction", "variant": "denoising"}}
