"""Identity: passes its input on unchanged."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.layer import Group, Layer, Takes


class Identity(Layer):
    """Passes its input on unchanged.

    A place holder, or the shortcut of a branch.
    """

    group: ClassVar[Group] = "shape"
    formula: ClassVar[str] = "y = x"
    paper: ClassVar[str] = "He et al., Identity mappings in deep residual networks (2016)"
    takes: ClassVar[tuple[Takes, ...]] = ("any",)
    module: ClassVar[type[nn.Module]] = nn.Identity
