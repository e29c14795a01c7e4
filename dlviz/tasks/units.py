"""Units: a network that computes in standard units and answers in those of its target."""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn


class Units(nn.Module):
    """y = mean + std · x. The numbers are the training targets' own, not learned by gradients, saved with the weights.

    Networks learn best where numbers are about 1; a person wants to read euros or millimetres.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: float = 0.0, std: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.mean, x.to(self.mean.dtype), self.std)  # bfloat16 would round 1003 to 1000


def add_units(network: fx.GraphModule, targets: Tensor | None) -> None:
    """Put `Units` after the network's output, in place, so that its own code and every deep copy has it.

    `targets` (N,) are those to learn mean and spread from; None: a checkpoint is about to bring them.
    """
    mean, std = 0.0, 1.0
    if targets is not None:
        mean = float(targets.double().mean())
        std = float(targets.double().std(correction=0)) or 1.0
    add_last(network, Units(mean, std), "units")


def add_last(network: fx.GraphModule, module: nn.Module, name: str) -> None:
    """Put `module` behind the network's output, in place, called `name` where no node is called so."""
    while hasattr(network, name):  # a layer drawn by the user may be called so
        name += "_"
    network.add_submodule(name, module)
    end = next(node for node in reversed(network.graph.nodes) if node.op == "output")
    with network.graph.inserting_before(end):
        converted = network.graph.call_module(name, (end.args[0],))
    end.args = (converted,)
    network.recompile()


def spread(network: nn.Module) -> Tensor:
    """The standard deviation of the training targets, as the network holds it."""
    *_, units = network.children()
    assert isinstance(units, Units), "prepare() comes before losses()"
    return units.std
