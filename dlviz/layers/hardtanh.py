"""Hardtanh: cuts off below and above."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Group, Layer, Shape


class Hardtanh(Layer):
    """Keeps each number between a floor and a ceiling: a tanh made of straight lines.

    In place of Tanh where it must be cheap; at the floor and the ceiling nothing is learned, since the gradient is 0
    there.
    """

    group: ClassVar[Group] = "activation"
    formula: ClassVar[str] = "y = min(max(x, min_val), max_val)"
    paper: ClassVar[str] = "Collobert, Large scale machine learning (2004)"
    module: ClassVar[type[nn.Module]] = nn.Hardtanh

    min_val: float = setting(-1.0, "The floor: no number comes out below it.", ge=-1e4, le=1e4)
    max_val: float = setting(1.0, "The ceiling: no number comes out above it.", ge=-1e4, le=1e4)

    def check(self, *shapes: Shape) -> None:
        if self.min_val >= self.max_val:
            raise WrongInput(f"`min_val` must be below `max_val`. Received: {self.min_val:g} and {self.max_val:g}.")

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        if self.min_val > self.max_val:
            yield "Swap them", self.changed(min_val=self.max_val, max_val=self.min_val)
        yield "Set them to -1 and 1", type(self)()
