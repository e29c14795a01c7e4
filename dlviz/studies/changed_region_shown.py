"""Changed region shown: a picture, series or sound before and after, and the part that was changed."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array, Audio, Curves, Image, Kind, Series, Value
from dlviz.studies.change_told import as_if, none_found, with_ways
from dlviz.studies.changed_region import Region, flat
from dlviz.studies.study import Finding
from dlviz.studies.wish import Wish
from dlviz.tasks.task import as_array


def told_regions(wish: Wish, found: list[tuple[Region, Tensor]], kind: Kind) -> Finding:
    """Of a picture, series or sound: before, after, and the part that was changed."""
    if not found:
        return none_found(
            wish, "every rectangle of a coarse grid" if isinstance(kind, Image) else "every stretch of it"
        )
    says = [wish.saying.words(wish.saying(changed)[0]) for _, changed in found]
    region, _ = found[0]
    sides = flat(wish.x[0]).shape[1:]
    share = region.area / (sides[0] * sides[1])
    noun = "the picture" if isinstance(kind, Image) else "the series" if isinstance(kind, Series) else "the sound"
    told = f"{_where(region, kind)} ({100 * share:.0f} % of {noun}) were {_filling(region, kind)}"
    changes = [
        {"rows": [one.top, one.bottom], "columns": [one.left, one.right], "filled": one.filled,
         "share": one.area / (sides[0] * sides[1])}
        for one, _ in found
    ]  # fmt: skip
    return with_ways(wish, as_if(wish, told, says[0]), [_before_after(wish, found, says, kind)], changes, says)


def _before_after(wish: Wish, found: list[tuple[Region, Tensor]], says: list[str], kind: Kind) -> Value:
    now = wish.saying.words(wish.now)
    every = torch.cat([wish.x, *(changed for _, changed in found)])
    if isinstance(kind, Series):
        names = tuple([f"as it is: {now}", *(f"changed: {say}" for say in says)])
        return Value(
            Curves(names=names, x_title="step", y_title=kind.names[0]), as_array(every[:, 0]),
            "As it is, and changed", f"Of the first change, {_other(found[0][0], kind)}.",
            {"x": np.arange(every.shape[-1], dtype=float)},
        )  # fmt: skip
    encoder = wish.question.data.encoders.get(wish.saying.input)
    pictures = encoder.decode(every).data if encoder else as_array(every)
    captions = [now, *says]
    if isinstance(kind, Image):
        shown, captions = [pictures[0]], [f"as it is: {now}"]
        for (region, _), picture, say in zip(found, pictures[1:], says, strict=True):
            shown += [picture, _only(picture, region)]
            captions += [say, _filling(region, kind).removeprefix("as in training ")]
        return Value(
            kind, np.stack(shown), "As it is, and changed",
            "Each changed picture, and after it the changed part alone: all else is dimmed.",
            {"captions": np.array(captions)},
        )  # fmt: skip
    note = f"First the sound as it is. Of the next, {_other(found[0][0], kind)}."
    return Value(kind, pictures, "As it is, and changed", note, {"captions": np.array(captions)})


def _only(picture: Array, region: Region) -> Array:
    """The picture with a fifth of its contrast, about grey, but for the region."""
    dimmed = 0.5 + (picture - 0.5) / 5
    inside = (slice(None), slice(region.top, region.bottom), slice(region.left, region.right))
    dimmed[inside] = picture[inside]
    return np.asarray(dimmed)


def _where(region: Region, kind: Kind) -> str:
    across = (region.left, region.right)
    if isinstance(kind, Image):
        return f"{_from_to('row', region.top, region.bottom)}, {_from_to('column', *across)}"
    if isinstance(kind, Audio):
        return f"seconds {region.left / kind.rate:.2f} to {region.right / kind.rate:.2f}"
    return _from_to("step", *across)


def _other(region: Region, kind: Kind) -> str:
    """ "steps 3 to 5 are other"; of one: "step 3 is other"."""
    many = isinstance(kind, Audio) or region.right - region.left > 1
    return f"{_where(region, kind)} {'are' if many else 'is'} other"


def _from_to(noun: str, first: int, end: int) -> str:
    """Of the rows 2, 3, 4, counted from 0: "rows 3 to 5"; of one: "row 3"."""
    return f"{noun} {end}" if end == first + 1 else f"{noun}s {first + 1} to {end}"


def _filling(region: Region, kind: Kind) -> str:
    if region.filled.startswith("example "):
        return f"as in training {region.filled}"
    if region.filled == "blur":
        return "blurred"
    return "as the training mean" if isinstance(kind, Image | Series) else "silent"
