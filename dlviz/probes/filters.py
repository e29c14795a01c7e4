"""Filters: what a convolution looks for, as pictures."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from dlviz.core.frames import Frame, quantized, reach
from dlviz.core.values import Array
from dlviz.probes.probe import Probe
from dlviz.probes.scene import Place, Scene
from dlviz.tasks.task import as_array

#: How many filters are drawn of the first layer and of others, and how many channels of one (of the first: colours).
FILTERS, OTHERS, CHANNELS = 64, 16, 8
#: Numbers of all layers together.
MOST = 64_000


class Filters(Probe):
    """The filters of convolutions over pictures.

    Arrays: `<path>` (filters, channels, height, width), u1, over a range symmetric about 0; in `meta.nodes[path]`:
    `low`, `high`, `of` (how many filters and channels there are), `first` (whether it reads the picture itself).
    """

    def why_not(self, scene: Scene) -> str | None:
        if not self._layers(scene):
            return "Filters are the weights of a Conv2d of more than one pixel, and this network has none."
        return None

    @torch.no_grad()
    def look(self, scene: Scene) -> Frame | None:
        arrays: dict[str, Array] = {}
        nodes: dict[str, Any] = {}
        left = MOST
        for number, place in enumerate(scene.stage.keep("filters", lambda: self._layers(scene))):
            weight = place.module.weight
            out, into = weight.shape[:2]
            shown = weight[:FILTERS, :4] if number == 0 else weight[:OTHERS, :CHANNELS]
            if shown.numel() > left:
                continue
            left -= shown.numel()
            numbers = as_array(shown)
            high = reach(numbers)
            arrays[place.path] = quantized(numbers, -high, high)
            nodes[place.path] = {"low": -high, "high": high, "of": [out, into], "first": number == 0}
        return scene.frame(self.name(), {"nodes": nodes}, arrays)

    def _layers(self, scene: Scene) -> list[Place]:
        return [
            place
            for place in scene.stage.places
            if isinstance(place.module, nn.Conv2d) and max(place.module.kernel_size) > 1
        ]
