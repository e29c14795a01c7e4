"""How weights are laid out for explanations: faster, and nothing else."""

from __future__ import annotations

import copy

import torch
from stand_ins import COLOUR, convolutional, examples
from torch import Tensor, nn

from dlviz.explainers.layout import lay_out


def laid_out(network: nn.Module) -> bool:
    return any(
        weight.dim() == 4 and not weight.is_contiguous() and weight.is_contiguous(memory_format=torch.channels_last)
        for weight in network.parameters()
    )


def test_weights_stay_what_they_are() -> None:
    torch.manual_seed(0)
    network, x = convolutional(3, 12, 3, 8).eval(), examples(COLOUR, 4)
    before, known = copy.deepcopy(network.state_dict()), network(x).detach()
    lay_out({"model": network}, lambda: network(x))
    assert laid_out(network)
    torch.testing.assert_close(network(x), known, atol=1e-6, rtol=1e-5)
    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())


class InOrder(nn.Module):
    """Takes what a convolution gives for numbers in order, as `view` does."""

    def __init__(self, wrong: bool) -> None:
        super().__init__()
        self.conv, self.output, self.wrong = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(384, 1), wrong

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(x)
        flat = maps.as_strided((len(x), 384), (384, 1)) if self.wrong else maps.view(len(x), -1)
        result: Tensor = self.output(flat)
        return result


def test_a_network_that_needs_its_numbers_in_order_is_left_alone() -> None:
    """Whether it says so, or silently answers something else."""
    for wrong in (False, True):
        torch.manual_seed(0)
        network, x = InOrder(wrong).eval(), examples(COLOUR, 4)
        known = network(x).detach()
        lay_out({"model": network}, lambda network=network, x=x: network(x))
        assert not laid_out(network)
        assert torch.equal(network(x), known)
