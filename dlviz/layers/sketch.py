"""Sketches: what a layer does, as a small picture made by really running its module on a fixed example."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.convolution import Convolution
from dlviz.layers.example import example
from dlviz.layers.examples import span
from dlviz.layers.footprint import Windows, footprint, windows
from dlviz.layers.layer import Group, Layer, shown, spread
from dlviz.layers.rim import Padding
from dlviz.layers.transposed import TransposedConvolution

#: How one tensor is drawn: numbers as bars, as colours, as token ids, as a mask, or one number as itself.
Look = Literal["bars", "colours", "ids", "mask", "number"]
_VOCABULARY = 10
_SEED = 4
_drawing = threading.Lock()


@dataclass(frozen=True, eq=False)
class Panel:
    """One tensor of a sketch: `tiles` (rows of tiles, columns of tiles, height, width), NaN where there is none.
    `windows` are the outlined parts, `shape` that of one of the `examples`."""

    look: Look
    tiles: NDArray[np.float64]
    shape: Shape
    windows: Windows = ()
    examples: int = 1


@dataclass(frozen=True, eq=False)
class Sketch:
    """What a layer does to a fixed example: `curve` (x, y) where it works on each number alone, else what it reads
    `before` and gives `after`. `chance`: it is one draw of many. `said` tells it in a sentence."""

    kind: str
    group: Group
    said: str
    curve: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    before: tuple[Panel, ...] = ()
    after: Panel | None = None
    chance: bool = False


@cache
def sketch(kind: str) -> Sketch:
    """The sketch of the layer called `kind`. Raises `WrongInput` where there is no such layer, or where its example
    does not suit it."""
    part = Layer.kinds().get(kind)
    if part is None:
        raise WrongInput(f"There is no layer called `{kind}`. {nearest(kind, Layer.kinds())}".strip())
    try:
        return _made(part)
    except WrongInput:
        raise
    except Exception as error:  # a layer of another package
        raise WrongInput(f"{kind} gives no sketch: {error}") from error


def _made(part: type[Layer]) -> Sketch:
    own = part.sketch_example()
    layer, inputs = own or example(part)
    # torch's dice are one for the whole process
    with _drawing, torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(_SEED)
        module = layer.build(*(_shape(x) for x in inputs))
        module.train(layer.group in ("normalisation", "dropout", "activation"))
        if layer.group == "activation" and _each_alone(module):
            return _curve(layer, module, inputs[0][0] if own else span()[0])
        return _before_after(layer, module, inputs)


def _each_alone(module: nn.Module) -> bool:
    """Whether a number's result depends on that number alone."""
    x = torch.linspace(-3, 3, 8)[None]
    training, _ = module.training, module.eval()
    try:
        alone = torch.cat([module(x[:, place : place + 1]) for place in range(8)], 1)
        return torch.allclose(alone, module(x), atol=1e-4)
    except RuntimeError:  # it needs several numbers
        return False
    finally:
        module.train(training)


def _curve(layer: Layer, module: nn.Module, x: Tensor) -> Sketch:
    y, again = module(x[None])[0], module(x[None])[0]
    chance = not torch.equal(y, again)
    draw = ", one draw by chance" if chance else ""
    said = f"{layer.kind()}: what comes out for each number from {x.min():g} to {x.max():g}{draw}."
    return Sketch(layer.kind(), layer.group, said, (x.double().numpy(), y.double().numpy()), chance=chance)


def _before_after(layer: Layer, module: nn.Module, inputs: tuple[Tensor, ...]) -> Sketch:
    chance = layer.group == "dropout"
    marks = [torch.zeros(x.shape, dtype=torch.bool) for x in inputs]
    marked: Tensor | None = None
    if not chance and layer.group not in ("input",):
        marks, marked = footprint(module, inputs)
    _tell(layer, module)
    result = module(*inputs)
    if isinstance(layer, Padding):
        marks, marked = [torch.zeros_like(mark) for mark in marks], _inside(layer, inputs[0], result)
    flat = all(_is_flat(x) for x in (*inputs, result))
    before = tuple(_panel(x, mark, flat) for x, mark in zip(inputs, marks, strict=True))
    after = _panel(result, marked, flat)
    words = " and ".join(shown(panel.shape) for panel in before)
    verb = "become" if len(before) > 1 else "becomes"
    many = f", each of a batch of {after.examples}" if after.examples > 1 else ""
    draw = ", one draw by chance" if chance else ""
    said = f"{layer.kind()}: {words} {verb} {shown(after.shape)}{many}{draw}."
    return Sketch(layer.kind(), layer.group, said, before=before, after=after, chance=chance)


def _tell(layer: Layer, module: nn.Module) -> None:
    """Give a convolution weights that do something a person can see: find upright edges, or paint a soft spot."""
    weight = getattr(module, "weight", None)
    if not isinstance(weight, Tensor) or not isinstance(layer, Convolution | TransposedConvolution):
        return
    filter = torch.ones(())
    for place, side in enumerate(weight.shape[2:]):
        across = torch.linspace(-1, 1, side) if side > 1 else torch.ones(1)
        edge = isinstance(layer, Convolution) and place == weight.dim() - 3
        hat = 1 - across.abs() * side / (side + 1)
        filter = filter[..., None] * (
            across if edge else hat / hat.sum() * (1 if isinstance(layer, Convolution) else 2)
        )
    weight.copy_(filter.expand_as(weight))
    if isinstance(bias := getattr(module, "bias", None), Tensor):
        bias.zero_()


def _inside(layer: Padding, x: Tensor, result: Tensor) -> Tensor:
    """Where the input lies within a padded result."""
    mask = torch.zeros(result.shape, dtype=torch.bool)
    number = x.dim() - 2
    starts = spread(layer.changed().padding, 2 * number)[::2][::-1]  # type: ignore[attr-defined]
    inside = mask
    for place, (start, size) in enumerate(zip(starts, x.shape[2:], strict=True)):
        inside = inside.narrow(2 + place, start, size)
    inside.fill_(True)
    return mask


def _shape(x: Tensor) -> Shape:
    """The shape of one example of a batch, with what it holds."""
    sizes = tuple(x.shape[1:])
    if x.dtype == torch.int64:
        return Ids(sizes, _VOCABULARY)
    return Flags(sizes) if x.dtype == torch.bool else sizes


def _is_flat(x: Tensor) -> bool:
    """Whether it is one line of numbers."""
    return x.shape[0] == 1 and math.prod(x.shape[1:-1]) == 1 and x.is_floating_point()


def _panel(x: Tensor, mark: Tensor | None, flat: bool) -> Panel:
    shape = _shape(x)
    look: Look = "ids" if isinstance(shape, Ids) else "mask" if isinstance(shape, Flags) else "colours"
    if look == "colours" and flat:
        look = "number" if not shape else "bars"
    upright = look in ("ids", "mask")
    outlined = windows(_tiles(mark.float(), upright) > 0) if mark is not None else ()
    return Panel(look, _tiles(x, upright).double().numpy(), shape, outlined, x.shape[0])


def _tiles(x: Tensor, upright: bool) -> Tensor:
    """A tensor laid out as (rows of tiles, columns of tiles, height, width)."""
    sizes = x.shape[1:]
    if upright:
        return x.reshape(1, 1, -1, 1)
    if x.dim() <= 2:
        return x.reshape(1, 1, x.shape[0], -1)
    if x.dim() == 3:
        return x[:, None]
    if x.shape[0] > 1:
        return x.reshape(x.shape[0], -1, *sizes[-2:])
    tiles = x.reshape(-1, *sizes[-2:])
    rows, columns = _grid(len(tiles))
    blank = torch.full((rows * columns - len(tiles), *sizes[-2:]), math.nan)
    return torch.cat([tiles, blank]).reshape(rows, columns, *sizes[-2:])


def _grid(number: int) -> Sequence[int]:
    """Rows and columns for so many tiles."""
    rows = next(rows for rows in range(1, number + 1) if rows * rows >= number)
    return rows, -(-number // rows)
