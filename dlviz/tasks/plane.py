"""What a network says at each point of the plane, for inputs of two numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array, Surface, Value
from dlviz.datasets.data import Data, Encoder

#: Points of the surface along each side, and points drawn at most.
SIDE, DRAWN = 60, 600


@torch.no_grad()
def surface(
    data: Data, part: str, output: Callable[[Tensor], Tensor], names: tuple[str, ...], labels: Tensor
) -> Value | None:
    """`output`, a function of points (N, 2) to (N, outputs), over the plane, with the points of `part` on it.

    Axes are in the data's own units. None where these are not two numbers (a table with a category, say).
    """
    name = next(iter(data.fields.inputs))
    points = data.part(part).columns[name]
    corners = extent(data)
    shown, drawn = _plain(corners, data.encoders.get(name)), _plain(points[:DRAWN], data.encoders.get(name))
    if shown is None or drawn is None:
        return None
    over = output(grid(corners, SIDE).to(points.device)).reshape(SIDE, SIDE, -1)
    kind = Surface(x=(float(shown[0, 0]), float(shown[1, 0])), y=(float(shown[0, 1]), float(shown[1, 1])), names=names)
    values = np.asarray(over.float().cpu().numpy())
    more = {"points": drawn, "labels": np.asarray(labels[:DRAWN].cpu().numpy())}
    note = "The colour is what the network answers at each point; the dots are examples in the colour of their target."
    return Value(kind, values, "Decision surface" if names else "Predicted surface", note, more)


def extent(data: Data) -> Tensor:
    """The corners of what is drawn of the plane, lowest and highest, (2, 2): where the training points lie and a
    tenth more on each side."""
    points = data.train.columns[next(iter(data.fields.inputs))]
    low, high = points.amin(0), points.amax(0)
    margin = 0.1 * (high - low).clamp(min=1e-6)
    return torch.stack([low - margin, high + margin])


def grid(corners: Tensor, side: int) -> Tensor:
    """The points of a grid between two corners, (side · side, 2), row by row from low y upwards."""
    x = torch.linspace(float(corners[0, 0]), float(corners[1, 0]), side)
    y = torch.linspace(float(corners[0, 1]), float(corners[1, 1]), side)
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns.flatten(), rows.flatten()], 1)


def in_own_units(corners: Tensor, data: Data) -> Array | None:
    """Points of the plane in the data's own units, (N, 2); None where these are not two numbers."""
    return _plain(corners, data.encoders.get(next(iter(data.fields.inputs))))


def _plain(points: Tensor, encoder: Encoder | None) -> Array | None:
    """Points in the data's own units, (N, 2) floats, or None where they are not two numbers."""
    values = encoder.decode(points).data if encoder else np.asarray(points.cpu().numpy())
    if values.shape != tuple(points.shape) or not np.issubdtype(values.dtype, np.number):
        return None
    return values.astype(np.float64)
