"""What the dropouts of whole channels have in common."""

from __future__ import annotations

from typing import ClassVar, Self

from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer


class ChannelDropout(Layer, abstract=True):
    """Switches whole random channels off while training."""

    group: ClassVar[Group] = "dropout"

    p: float = setting(
        0.5, "The share of channels that is switched off. More: less overfitting, slower learning.", ge=0, lt=1
    )

    @classmethod
    def clicked(cls) -> Self:
        """Gentler than torch's 0.5, which is a lot for whole channels."""
        return cls(p=0.2)
