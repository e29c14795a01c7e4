"""What to draw of a reconstruction: what went in and came out, what is made of chance, and where the codes lie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array, Category, Image, Points, Scalar, Value
from dlviz.datasets.data import Data
from dlviz.tasks.codes import in_the_plane, narrowest
from dlviz.tasks.extent import Extent, extent_of
from dlviz.tasks.starters import is_plane
from dlviz.tasks.task import Networks, as_array

if TYPE_CHECKING:
    from dlviz.tasks.reconstruction import Reconstruction

#: Pictures in a row, pictures made, points drawn, numbers compared at most.
ACROSS, MADE, DRAWN, NUMBERS = 8, 64, 600, 1000
#: Where codes of two numbers are shown: at these shares of the normal distribution, from each side.
SHARES = (0.02, 0.98)


def reconstruction_views(task: Reconstruction, networks: Networks, data: Data, part: str) -> dict[str, Value]:
    """All views of `part`, from networks on the CPU in evaluation mode."""
    found = {"reconstructed": _reconstructed(task, networks, data, part)}
    if task.variant == "variational":
        found |= _made(task, networks, data, part)
    latent = _latent(task, networks, data, part)
    return found | ({"latent": latent} if latent is not None else {})


def _reconstructed(task: Reconstruction, networks: Networks, data: Data, part: str) -> Value:
    """Inputs above what is made of them; the noise is the same each time, so that one sees it being mended better."""
    name, kind = next(iter(data.fields.inputs.items()))
    clean = data.part(part).columns[name][: 2 * ACROSS if isinstance(kind, Image) else DRAWN]
    seen = task.seen(networks, clean, torch.Generator().manual_seed(0))
    rows = {"input": clean, **({"noisy": seen} if seen is not clean else {}), "output": task.made(networks, seen)}
    note = "Above what went in, below what came out."
    if isinstance(kind, Image):
        lines = 2 if len(clean) == 2 * ACROSS else 1
        shown = [each[line * ACROSS :][:ACROSS] for line in range(lines) for each in rows.values()]
        even = min(map(len, shown))  # a part may have too few examples for a full row
        pictures = _pictures(torch.cat([each[:even] for each in shown]), data, networks, task)
        if "noisy" in rows:
            note = "From above: the example, what the network saw of it, and what it made of that."
        return Value(kind, pictures, "Reconstructions", note, {"rows": np.asarray([*rows] * lines)})
    if is_plane(kind):
        return _points(rows, "Reconstructions", "Each example as it is, and as the network makes it again.", data)
    numbers = {row: as_array(each).reshape(-1)[:NUMBERS] for row, each in rows.items()}
    note = "Each point is one number of an example, in standard units. Across: as it is; up: made again. On the dotted "
    return Value(
        Scalar(), numbers["output"], "Reconstructed and true", f"{note}line both are the same.",
        {"target": numbers["input"]},
    )  # fmt: skip


def _made(task: Reconstruction, networks: Networks, data: Data, part: str) -> dict[str, Value]:
    """Examples of codes drawn from N(0, I), the same codes each time, and of codes all over the plane."""
    name, kind = next(iter(data.fields.inputs.items()))
    decoder = networks["decoder"]
    count = MADE if isinstance(kind, Image) else DRAWN
    chance = torch.Generator().manual_seed(0)
    made = decoder(torch.randn(count, task.latent_size, generator=chance))
    if not isinstance(kind, Image):
        real = data.part(part).columns[name][:DRAWN]
        note = "Made points are what the decoder gives for codes drawn from a normal distribution."
        return (
            {"made": _points({"real": real, "made": made}, "Real and made points", note, data)}
            if is_plane(kind)
            else {}
        )
    note = "What the decoder makes of codes drawn from a normal distribution, the same codes all through the run."
    found = {"made": Value(kind, _pictures(made, data, networks, task), "Made pictures", note)}
    if task.latent_size == 2:
        side = math.isqrt(MADE)
        steps = torch.special.ndtri(torch.linspace(*SHARES, side))  # equal shares of the distribution lie between them
        codes = torch.cartesian_prod(steps.flip(0), steps).flip(1)  # (x, y) from the top left
        note = (
            "What the decoder makes of codes all over the plane: across the first number of the code, up the second, "
            "at equal shares of the normal distribution. Neighbours should look alike."
        )
        found["plane"] = Value(kind, _pictures(decoder(codes), data, networks, task), "The plane of codes", note)
    return found


def _latent(task: Reconstruction, networks: Networks, data: Data, part: str) -> Value | None:
    """The codes of examples as points, coloured by class."""
    name, kind = next(iter(data.fields.inputs.items()))
    clean = data.part(part).columns[name][:DRAWN]
    if len(clean) < 2:
        return None
    if task.variant == "variational":
        codes, where = task.encoded(networks, clean)[0], "the mean of its code"
    else:
        seen = task.seen(networks, clean, torch.Generator().manual_seed(0))
        found = narrowest(networks["model"], seen)
        if found is None:
            return None
        layer, codes = found
        where = f"what `{layer}`, the narrowest layer, makes of it"
    if not bool(codes.isfinite().all()):
        return None
    points, share = in_the_plane(codes)
    note = f"Each point is an example: {where}"
    width = codes.shape[1]
    note += f" ({width} number{'s' if width > 1 else ''})"
    note += "." if width <= 2 else f", seen along the two directions in which these vary most ({share:.0%} of it)."
    target, asked = next(iter(data.fields.targets.items()), (None, None))
    groups: tuple[str, ...] = ("examples",)
    group = np.zeros(len(points), dtype=np.int64)
    if target is not None and isinstance(asked, Category):
        groups = asked.names
        group = np.asarray(data.part(part).columns[target][: len(points)].cpu().numpy())
        note += " The network was never told the classes."
    return Value(Points(groups=groups), points, "Latent map", note, {"group": group})


def _points(rows: dict[str, Tensor], title: str, note: str, data: Data) -> Value:
    """Points of the plane by group."""
    both = np.concatenate([_plain(each, data) for each in rows.values()])
    group = np.repeat(np.arange(len(rows)), [len(each) for each in rows.values()])
    return Value(Points(groups=tuple(rows)), both, title, note, {"group": group})


def _plain(points: Tensor, data: Data) -> Array:
    """Points (N, 2) in the data's own units where they have such."""
    encoder = data.encoders.get(next(iter(data.fields.inputs)))
    decoded = encoder.decode(points).data if encoder else as_array(points)
    whole = decoded.shape == tuple(points.shape) and np.issubdtype(decoded.dtype, np.number)
    return decoded if whole else as_array(points)


def _pictures(pictures: Tensor, data: Data, networks: Networks, task: Reconstruction) -> Array:
    """Pictures (N, channels, height, width) from 0 to 1."""
    encoder = data.encoders.get(next(iter(data.fields.inputs)))
    if encoder is not None:
        return encoder.decode(pictures).data
    extent: Extent = extent_of(networks["decoder" if task.variant == "variational" else "model"])
    return as_array(extent.share(pictures).clamp(0, 1))
