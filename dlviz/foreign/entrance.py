"""Entrance: an example as dlviz has it, turned into what a network from elsewhere takes."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Image, Kind, Series, Tokens
from dlviz.datasets.data import Encoder
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.datasets.table_encoder import DateColumn, NumberColumn, TableEncoder
from dlviz.foreign.onnx_file import Port
from dlviz.foreign.reading import Reading

#: As it is; channels behind; all numbers in a row; a grey picture without its channel; a sound with one.
Order = Literal["as it is", "last", "flat", "plain", "channel"]


class Entrance(nn.Module):
    """y = x · scale + shift, in another order and of another type."""

    scale: Tensor
    shift: Tensor

    def __init__(self, scale: Tensor, shift: Tensor, order: Order, dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)
        self.order, self.dtype = order, dtype

    def forward(self, x: Tensor) -> Tensor:
        if x.is_floating_point() and self.dtype.is_floating_point:
            x = x * self.scale + self.shift
        if self.order == "last":
            x = x.movedim(1, -1)
        elif self.order == "flat":
            x = x.flatten(1)
        elif self.order in ("plain", "channel"):
            x = x.squeeze(1) if self.order == "plain" else x.unsqueeze(1)
        return x.to(self.dtype)


def entrance(reading: Reading, order: Order, port: Port, kind: Kind, encoder: Encoder | None) -> Entrance:
    """The entrance for data of this kind."""
    dtype = {"float64": torch.float64, "int32": torch.int32, "int64": torch.int64}.get(port.type, torch.float32)
    scale, shift = torch.ones(()), torch.zeros(())
    if reading.scaling != "encoder":
        if isinstance(kind, Tokens):
            raise WrongInput("reading.scaling: texts are numbers of tokens, which are not scaled. Leave it out.")
        mean, std = _raw(kind, encoder)
        scale, shift = std, mean
        if reading.scaling == "given":
            away, by = (_each(numbers, kind) for numbers in (reading.mean, reading.std))
            scale, shift = std / by, (mean - away) / by
    return Entrance(scale, shift, order, dtype)


def order(reading: Reading, kind: Kind, port: Port) -> Order:
    """In which order numbers of this kind go in. Raises `WrongInput` where the network takes other sizes."""
    shape = tuple(kind.shape())
    known = port.sizes[1:] if port.sizes is not None else None
    ways: dict[Order, tuple[int, ...]] = {"as it is": shape}
    if isinstance(kind, Image | Series):
        ways["last"] = (*shape[1:], shape[0])
    if len(shape) > 1:
        ways["flat"] = (int(torch.Size(shape).numel()),)
    if isinstance(kind, Image) and shape[0] == 1:
        ways["plain"] = shape[1:]
    if isinstance(kind, Audio):
        ways["channel"] = (1, *shape)
    asked: dict[str, Order] = {"channels_first": "as it is", "channels_last": "last", "flat": "flat"}
    if reading.layout != "auto":
        ways = {way: sizes for way, sizes in ways.items() if way == asked[reading.layout]}
    if known is None and ways:
        return next(iter(ways))
    for way, sizes in ways.items():
        if known is not None and len(known) == len(sizes):
            if all(size in (None, own) for size, own in zip(known, sizes, strict=True)):
                return way
    takes = " × ".join("any" if size is None else str(size) for size in known or ())
    raise WrongInput(
        f"The network must take what the data gives, {' × '.join(map(str, shape)) or 'one number'} an example. It "
        f"takes {takes or 'one number'}. Give the data these sizes (pictures have height and width among their "
        "settings), or choose another layout."
    )


def _raw(kind: Kind, encoder: Encoder | None) -> tuple[Tensor, Tensor]:
    """Mean and spread by which the encoder scaled: raw = mean + std · x. (0, 1) where it did not."""
    if isinstance(encoder, ImageEncoder):
        return torch.tensor(encoder.mean).view(-1, 1, 1), torch.tensor(encoder.std).view(-1, 1, 1)
    if isinstance(encoder, TableEncoder):
        pairs: list[tuple[float, float]] = []
        for column in encoder.columns:
            scaled: list[tuple[float, float]] = []
            if isinstance(column, NumberColumn):
                scaled = [(column.mean, column.std)]
            elif isinstance(column, DateColumn):
                scaled = [(mean, std) for _, mean, std in column.parts]
            pairs += scaled + [(0.0, 1.0)] * (len(column.labels()) - len(scaled))
        return torch.tensor([mean for mean, _ in pairs]), torch.tensor([std for _, std in pairs])
    return torch.zeros(()), torch.ones(())


def _each(numbers: tuple[float, ...], kind: Kind) -> Tensor:
    """One number for all, or one for each channel or column, ready to be broadcast."""
    shape = tuple(kind.shape())
    if len(numbers) == 1:
        return torch.tensor(numbers[0])
    if not shape or len(numbers) != shape[0]:
        raise WrongInput(
            f"reading.mean and reading.std need one number, or one for each of the {shape[0] if shape else 1} channels "
            f"or columns. Received: {len(numbers)}."
        )
    return torch.tensor(numbers).view(-1, *[1] * (len(shape) - 1))
