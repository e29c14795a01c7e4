"""A network before it has learned anything."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from dlviz.trust.redrawn import redrawn


class Own(nn.Module):
    """A weight that no layer can draw."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(5 + 0.1 * torch.randn(40, 10))
        self.scale = nn.Parameter(torch.tensor(3.0))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    made = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.LSTM(16, 8), nn.Embedding(9, 4), Own())
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(1.0)
    norm = made[1]
    assert isinstance(norm, nn.BatchNorm2d) and isinstance(norm.running_mean, Tensor)
    norm.running_mean.fill_(7.0)
    return made.eval().requires_grad_(False)


def test_all_weights_are_drawn_and_the_network_is_left_alone() -> None:
    made = network()
    before, chance = copy.deepcopy(made.state_dict()), torch.get_rng_state()
    fresh = redrawn({"model": made}, 0)["model"]
    assert torch.equal(chance, torch.get_rng_state())
    assert all(torch.equal(weight, made.state_dict()[name]) for name, weight in before.items())
    after = dict(fresh.named_parameters())
    assert not [name for name, weight in made.named_parameters() if torch.equal(weight, after[name])]
    assert float(fresh.state_dict()["1.running_mean"].abs().max()) == 0
    assert not fresh.training and not any(weight.requires_grad for weight in fresh.parameters())
    assert abs(float(after["5.table"].mean()) - 6) < 0.05 and abs(float(after["5.table"].std()) - 0.1) < 0.02
    assert float(after["0.weight"].abs().max()) <= 1 / 3  # as torch draws it, whatever it had become


def test_the_seed_decides() -> None:
    made = network()
    one, same, other = (redrawn({"model": made}, seed)["model"].state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(weight, same[name]) for name, weight in one.items())
    assert not torch.equal(one["0.weight"], other["0.weight"])
