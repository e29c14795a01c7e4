"""Redrawn: the same networks before they have learned anything."""

from __future__ import annotations

import copy

import torch
from torch import nn

from dlviz.tasks.task import Networks


def redrawn(networks: Networks, seed: int) -> dict[str, nn.Module]:
    """Copies of the networks with all weights drawn anew by `seed`, as torch draws them when a layer is made; what
    batch norm has seen is forgotten. A weight that its layer cannot draw comes from a normal distribution of the same
    mean and spread. Modes, and whether gradients are taken, stay as they are; torch's own chance is left alone."""
    copies = {role: copy.deepcopy(network) for role, network in networks.items()}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for network in copies.values():
            _redraw(network)
    return copies


def _redraw(network: nn.Module) -> None:
    drawn: set[int] = set()
    for module in network.modules():
        reset = getattr(module, "reset_parameters", None)
        if callable(reset):
            reset()
            drawn.update(id(weight) for weight in module.parameters(recurse=False))
    for weight in network.parameters():
        if id(weight) not in drawn:
            spread = float(weight.std()) if weight.numel() > 1 else 0.0
            weight.normal_(float(weight.mean()), spread or float(weight.abs().mean()) or 1.0)
