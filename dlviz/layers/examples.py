"""Small fixed tensors on which the layers' pictures are made; each is a batch of one but where it says so."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SEVEN = ("........", ".999998.", ".....69.", "....395.", "....98..", "...593..", "...98...", "........")
_CROSS = ("........", "...77...", "...77...", ".777777.", ".777777.", "...77...", "...77...", "........")
_RING = ("........", "..5885..", ".58..85.", ".8....8.", ".8....8.", ".58..85.", "..5885..", "........")
_SLOPE = ("....2468", "...2468.", "..2468..", ".2468...", "2468....", "468.....", "68......", "8.......")


def _drawn(rows: tuple[str, ...]) -> Tensor:
    return torch.tensor([[0 if mark == "." else int(mark) for mark in row] for row in rows]).float() / 9


def picture(channels: int = 1) -> Tensor:
    """(1, channels, 8, 8), numbers from 0 to 1: a seven; the further channels show other things."""
    drawn = [_drawn(rows) for rows in (_SEVEN, _CROSS, _RING, _SLOPE)]
    return torch.stack([drawn[channel % 4] for channel in range(channels)])[None]


def second(channels: int = 1) -> Tensor:
    """(1, channels, 8, 8): what a layer with two inputs reads beside `picture`."""
    return picture(channels + 1)[:, 1:]


def core(channels: int = 1) -> Tensor:
    """(1, channels, 6, 6): `picture` without its empty rim, so that a rim can be told from it."""
    return picture(channels)[:, :, 1:-1, 1:-1]


def lights(depth: int | None = None) -> Tensor:
    """(1, 1, 4, 4), or (1, 1, depth, 4, 4): bright pixels in the dark."""
    dark = torch.zeros(1, 1, depth or 1, 4, 4)
    for row, column, bright in ((0, 1, 1.0), (2, 2, 0.7), (3, 0, 0.8)):
        dark[0, 0, -1, row, column] = bright
    return dark if depth else dark[:, :, 0]


def volume(depth: int = 4) -> Tensor:
    """(1, 1, depth, 8, 8): as many slices."""
    return picture(depth)[:, None]


def ordered(rows: int = 4, columns: int = 4) -> Tensor:
    """(1, 1, rows, columns): growing numbers, so that their order can be seen."""
    return (torch.arange(rows * columns) + 1).reshape(1, 1, rows, columns) / (rows * columns)


def span(end: float = 4.0) -> Tensor:
    """(1, many): all numbers from -4 to `end`, 20 to a step of 1."""
    return torch.linspace(-4, end, round((end + 4) * 20) + 1)[None]


def wave(channels: int = 1, steps: int = 16) -> Tensor:
    """(1, channels, steps): slow and quick waves."""
    time = torch.arange(steps) / steps
    made = [torch.sin(2 * math.pi * (time * (1 + channel) + 0.05)) * (1 + time * 0.6) for channel in range(channels)]
    return torch.stack(made)[None]


def row(start: int = 0, many: int = 8) -> Tensor:
    """(1, many): numbers of both signs."""
    numbers = torch.tensor([1.2, -0.7, 0.4, 1.9, -1.5, 0.8, -0.2, 1.5, -1.1, 0.6, 0.9, -0.4, 1.6])
    return numbers.roll(-start)[:many][None]


def steps(start: int = 0) -> Tensor:
    """(1, 6, 5): six steps of five features."""
    made = torch.tensor([[math.sin(1.7 * step + 2.3 * feature + start) for feature in range(5)] for step in range(6)])
    return made[None]


def ids() -> Tensor:
    """(1, 6): four words and two places of padding."""
    return torch.tensor([[7, 3, 8, 5, 0, 0]])


def mask() -> Tensor:
    """(1, 6): True where `ids` holds padding."""
    return ids() == 0


def rows() -> Tensor:
    """(6, 5), a batch of six: features of quite different levels."""
    levels = torch.tensor([2.0, -1.0, 0.5, 1.2, -0.4])
    return steps()[0] * torch.tensor([0.3, 0.5, 1.0, 0.4, 0.8]) + levels


def batch(channels: int = 4) -> Tensor:
    """(2, channels, 4, 4), a batch of two: pictures of different brightness and contrast."""
    shapes = picture(channels)[0, :, ::2, ::2]
    contrast = torch.tensor([0.4, 1.2, 0.8, 1.6])[:channels, None, None]
    bright = torch.tensor([1.2, 0.1, -0.9, 0.5])[:channels, None, None]
    return torch.stack([shapes * contrast + bright, shapes.flip(-1) * contrast * 0.6 + bright + 0.7])
