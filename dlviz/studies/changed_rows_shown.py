"""Changed rows shown: each changed column of a table, as it is and as it would have to be."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array, Table, Value
from dlviz.explainers.features import Features
from dlviz.studies.change_told import as_if, none_found, with_ways
from dlviz.studies.study import Finding
from dlviz.studies.wish import Wish
from dlviz.tasks.task import as_array

#: So many changed columns are listed in a sentence.
_LISTED = 4
_SAME = "·"


def told_rows(wish: Wish, rows: list[Tensor], pieces: Features, most: int) -> Finding:
    """Of a table: each changed column, as it is and in each way; `most` columns were to change."""
    if not rows:
        return none_found(wish, "every single column and many columns together, in values of the training part")
    cells = _written(wish, torch.stack([wish.x[0], *rows]), pieces)
    moved = (torch.stack(rows) != wish.x[0]).numpy()
    of = pieces.of.numpy()
    changed = np.array([[bool(way[of == column].any()) for column in range(pieces.count)] for way in moved])
    says = [wish.saying.words(answer) for answer in wish.saying(torch.stack(rows))]
    shown = [int(column) for column in np.argsort(-changed.sum(0), kind="stable") if changed[:, column].any()]
    lines = [
        [pieces.names[column], cells[0, column]]
        + [f"→ {cells[way + 1, column]}" if changed[way, column] else _SAME for way in range(len(rows))]
        for column in shown
    ]
    lines.append(["it says", wish.saying.words(wish.now), *says])
    heads = ("column", "as it is", *(f"way {number + 1}" for number in range(len(rows))))
    parts = [
        f"`{pieces.names[column]}` were {cells[1, column]} in place of {cells[0, column]}"
        for column in np.flatnonzero(changed[0])
    ]
    if len(parts) > _LISTED:
        parts[_LISTED - 1 :] = [f"{len(parts) - _LISTED + 1} more columns were other"]
    needed = int(changed[0].sum())
    few = "a single column" if most == 1 else f"{most} columns or fewer"
    before = f"No change of {few} was found; of {needed}, this one. " if needed > most else ""
    return with_ways(
        wish,
        before + as_if(wish, " and ".join(parts), says[0]),
        [Value(Table(columns=heads), np.array(lines), "What would have to change",
               f"→ marks a changed cell, {_SAME} one that stays. Each value occurs in the training part; columns that "
               "are not listed stay as they are.")],
        [[{"column": pieces.names[c], "from": str(cells[0, c]), "to": str(cells[way + 1, c])}
          for c in np.flatnonzero(changed[way])] for way in range(len(rows))],
        says,
    )  # fmt: skip


def _written(wish: Wish, rows: Tensor, pieces: Features) -> Array:
    """Rows (N, positions) as a person reads them, (N, columns) of text."""
    encoder = wish.question.data.encoders.get(wish.saying.input)
    data = encoder.decode(rows).data if encoder else as_array(rows)
    if data.dtype.kind in "fiu":
        return np.array([[f"{cell:.4g}" for cell in row] for row in data])
    return np.asarray(data, dtype=str)
