"""Input: where an example enters the network."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape


class Input(Layer):
    """Where an example enters the network; it passes it on unchanged.

    Every network begins with one. A network that reads several things, such as two pictures, has one for each.
    """

    group: ClassVar[Group] = "input"
    formula: ClassVar[str] = "y = x"
    paper: ClassVar[str] = ""
    inputs: ClassVar[tuple[int, int | None]] = (0, 0)
    module: ClassVar[type[nn.Module]] = nn.Identity

    field: str = setting(
        "", "Which input of the data enters here. Empty: the first that no other Input takes.", advanced=True
    )

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {}
