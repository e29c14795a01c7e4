"""What a layer part is: settings and the torch module they make."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor, nn

from dlviz.core.part import Part, setting

Shape = tuple[int, ...]
#: Groups of the palette; each has one colour everywhere (`ui/palette.py`).
Group = Literal[
    "input", "linear", "convolution", "pooling", "normalisation", "activation", "dropout", "shape", "merge", "output",
    "recurrent", "attention", "embedding",
]  # fmt: skip


class Layer(Part, family="layers"):
    """One node of a network. Its output shape is never written by hand: it is inferred on `meta`."""

    group: ClassVar[Group]
    #: How many inputs it takes: (least, most); None: no upper bound.
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    #: The number of dimensions each input must have, without the batch; empty: any. Used for errors and remedies.
    dimensions: ClassVar[tuple[int, ...]] = ()

    def build(self, *shapes: Shape) -> nn.Module:
        """A new module for inputs of these shapes (without the batch dimension).

        Raises `WrongInput` where the shapes break a rule of this layer that torch would tell unclearly.
        """
        raise NotImplementedError

    def sized(self, size: int) -> Layer:
        """This layer with every `auto` size set to what the task asks for; itself where nothing is `auto`."""
        return self


Init = Literal["default", "kaiming", "xavier", "orthogonal", "zeros"]


class WeightedLayer(Layer, abstract=True):
    """A layer with a weight that can be initialised in a chosen way."""

    init: Init = setting(
        "default",
        "How the weights start. `default` is torch's own choice; `kaiming` suits ReLU (He et al. 2015), `xavier` "
        "tanh and sigmoid (Glorot & Bengio 2010), `orthogonal` keeps lengths (Saxe et al. 2014); `zeros` shows "
        "what goes wrong when all neurons start alike.",
        advanced=True,
    )

    def initialised(self, module: nn.Module) -> nn.Module:
        """`module` with its `weight` set as `init` says and, unless that is `default`, its `bias` set to 0."""
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if self.init == "default" or not isinstance(weight, Tensor) or weight.is_meta:
            return module
        if self.init == "kaiming":
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
        elif self.init == "xavier":
            nn.init.xavier_uniform_(weight)
        elif self.init == "orthogonal":
            nn.init.orthogonal_(weight)
        else:
            nn.init.zeros_(weight)
        if isinstance(bias, Tensor):
            nn.init.zeros_(bias)
        return module
