"""The two ends that Forecasting puts around a network: what it sees in standard units, what it says in those of the
series."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, fx, nn

from dlviz.tasks.units import add_last

Normalise = Literal["window", "last", "none"]
#: A window in which a series stands still has no spread; then this share of the training part's is taken.
LEAST = 0.05


class WindowScale(nn.Module):
    """The past (N, channels, steps) in standard units: (x - centre) / scale, for each channel.

    A series that is forecast is taken relative to its own window: centre and scale are the window's mean and spread
    (`window`), or its last value and the training part's spread (`last`). All other channels, and with `none` all, are
    taken by the training part's mean and spread. Buffers, not learned by gradients, saved with the weights.
    """

    mean: Tensor
    std: Tensor
    places: Tensor
    relative: Tensor

    def __init__(self, channels: int, places: list[int], normalise: Normalise) -> None:
        super().__init__()
        self.normalise = normalise
        relative = torch.zeros(channels, 1, dtype=torch.bool)
        if normalise != "none":
            relative[places] = True
        self.register_buffer("mean", torch.zeros(channels, 1))
        self.register_buffer("std", torch.ones(channels, 1))
        self.register_buffer("places", torch.tensor(places))
        self.register_buffer("relative", relative)

    def ends(self, past: Tensor) -> tuple[Tensor, Tensor]:
        """(centre, scale) of each channel of each window, (N, channels, 1)."""
        if self.normalise == "window":
            centre, floor = past.mean(2, keepdim=True), LEAST * self.std
            scale = ((past - centre).square().mean(2, keepdim=True) + floor.square()).sqrt()
        else:
            centre, scale = past[:, :, -1:], self.std.expand(len(past), -1, -1)
        return torch.where(self.relative, centre, self.mean), torch.where(self.relative, scale, self.std)

    def forward(self, past: Tensor) -> Tensor:
        centre, scale = self.ends(past)
        return (past - centre) / scale


class SeriesUnits(WindowScale):
    """A network's answers (N, quantiles · series · steps) as numbers in the units of the series, (N, quantiles, series,
    steps): centre + scale · y, with the window's own centre and scale. Quantiles that cross are put in order
    (Chernozhukov et al., Quantile and probability curves without crossing, 2010)."""

    naive: Tensor

    def __init__(self, channels: int, places: list[int], normalise: Normalise, quantiles: int) -> None:
        super().__init__(channels, places, normalise)
        self.quantiles = quantiles
        #: The mean distance of two values one season apart in the training part, by series: what MASE divides by.
        self.register_buffer("naive", torch.ones(len(places)))

    def forward(self, answer: Tensor, past: Tensor) -> Tensor:  # type: ignore[override]  # answers and windows meet here
        centre, scale = (end[:, None, self.places] for end in self.ends(past))  # (N, 1, series, 1)
        numbers = answer.to(past.dtype).view(len(past), self.quantiles, len(self.places), -1)
        return (centre + scale * numbers).sort(dim=1).values


def add_ends(network: fx.GraphModule, channels: int, places: list[int], normalise: Normalise, quantiles: int) -> None:
    """Put `WindowScale` before all that reads the first input and `SeriesUnits` behind the output, in place."""
    entering = next(node for node in network.graph.nodes if node.op == "placeholder")
    add_last(network, SeriesUnits(channels, places, normalise, quantiles), "series_units")
    last = next(node for node in reversed(network.graph.nodes) if node.op == "call_module")
    name = "window_scale"
    while hasattr(network, name):
        name += "_"
    network.add_submodule(name, WindowScale(channels, places, normalise))
    behind = [node for node in network.graph.nodes if node.op == "placeholder"][-1]
    with network.graph.inserting_after(behind):
        scaled = network.graph.call_module(name, (entering,))
    entering.replace_all_uses_with(scaled, delete_user_cb=lambda user: user is not scaled)
    last.args = (*last.args, entering)
    network.recompile()


def units_of(network: nn.Module) -> SeriesUnits:
    """The last end of a network that was prepared."""
    found = next((module for module in network.children() if isinstance(module, SeriesUnits)), None)
    assert found is not None, "prepare() comes before losses()"
    return found


def learn_ends(network: nn.Module, past: Tensor, future: Tensor, rows: Tensor, season: int) -> None:
    """Take the scale of each channel from the training windows `past` (N, channels, steps), and the mean distance of
    two values one season apart from them and what followed, `future` (N, series, horizon)."""
    mean = past.double().mean((0, 2)).float()[:, None]
    std = past.double().std((0, 2), correction=0).float()[:, None]
    std = torch.where(std > 0, std, torch.ones_like(std))
    for module in network.children():
        if isinstance(module, WindowScale):
            module.mean.copy_(mean)
            module.std.copy_(std)
    units = units_of(network)
    units.naive.copy_(seasonal_distance(past[:, units.places.cpu()], future, rows, season))


def seasonal_distance(past: Tensor, future: Tensor, rows: Tensor, season: int) -> Tensor:
    """(series,): the mean of abs(y[t] - y[t - season]) over the training part, by which MASE is divided (Hyndman and
    Koehler 2006). Windows overlap; each brings only the steps that the one before it did not hold."""
    whole = torch.cat([past, future], dim=2).double()
    apart = (whole[:, :, season:] - whole[:, :, :-season]).abs()  # (N, series, steps)
    steps = apart.shape[2]
    fresh = torch.full((len(rows),), steps)
    fresh[1:] = rows.diff().abs().clamp(min=1, max=steps)
    new = torch.arange(steps) >= steps - fresh[:, None]  # (N, steps)
    mean = (apart * new[:, None]).sum((0, 2)) / new.sum()
    return mean.clamp(min=1e-12).float()
