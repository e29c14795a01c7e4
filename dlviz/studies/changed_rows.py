"""Changed rows of a table: which few columns must change for another answer, each to a value that training rows have.

Rows are searched from both ends: single changes are joined one by one (a beam), and training rows that get the wished
answer are led back to the row asked about, column by column. What fulfils the wish is then brought as near as it goes.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.studies.menu import Menu
from dlviz.studies.wish import Wish

#: Values of a column that are tried at first, and when it is brought nearer.
_FIRST, _FINE = 16, 256
#: How many rows are led on together, fewer once more columns must change than were to; how many training rows are led
#: back.
_BEAM, _NARROW, _BACK = 12, 4, 24


def changed_rows(wish: Wish, columns: Menu, training: Tensor, most: int, ways: int) -> list[Tensor]:
    """Up to `ways` rows (positions,) that get the wished answer with at most `most` columns changed, the nearest first;
    no way changes all that another one does. Where more must change, the one row that changes fewest; empty where none
    was found at all."""
    x = wish.x[0]
    back = _back(wish, columns, training)
    counts = [int(np.count_nonzero(columns.differences(row[None], x))) for row in back]
    found = [row for row, count in zip(back, counts, strict=True) if count <= most]
    found += _onwards(wish, columns, most, bool(found), min(counts, default=len(columns.free) + 1))
    if not found and back:
        found = [back[int(np.argmin(counts))]]
    if found and all(np.count_nonzero(columns.differences(row[None], x)) > most for row in found):
        ways = 1
    found = [_nearer(wish, columns, row) for row in _unlike(columns, found, x, 3 * ways)]
    return [row for row in _unlike(columns, found, x, ways) if wish.fulfilled(row[None])]


def _onwards(wish: Wish, columns: Menu, most: int, known: bool, before: int) -> list[Tensor]:
    """Rows that fulfil the wish by changes made one after the other, `most` of them. Where no way is found, and none is
    `known`, on to the first with fewer changes than `before`."""
    x = wish.x[0]
    found: list[Tensor] = []
    beam = [(x, frozenset[int]())]
    for number in range(max(most, before - 1)):
        if number >= most and (found or known):
            break
        rows: list[Tensor] = []
        sets: list[frozenset[int]] = []
        for row, changed in beam:
            for column in columns.free:
                if column in changed:
                    continue
                values = _sampled(columns.menu[column], _FIRST)
                values = values[(values != x[columns.at[column]]).any(1)]
                rows.append(columns.with_value(row, column, values))
                sets += [changed | {column}] * len(values)
        if wish.spent or not sets:
            break
        tried = torch.cat(rows)
        margins = wish.ask(tried)
        found += [tried[int(i)] for i in np.flatnonzero(margins > 0)]
        best: dict[frozenset[int], int] = {}
        for i in np.argsort(-margins):
            if margins[i] <= 0:
                best.setdefault(sets[i], int(i))
        width = _BEAM if number + 1 < most else _NARROW
        beam = [(tried[i], changed) for changed, i in list(best.items())[:width]]
    return found


def _back(wish: Wish, columns: Menu, training: Tensor) -> list[Tensor]:
    """Rows between the training rows that get the wished answer, the nearest ones, and the row asked about: as many of
    their columns are led back to it as the answer bears."""
    x = wish.x[0]
    rows = training.clone()
    for column, places in enumerate(columns.at):
        if not len(columns.menu[column]):
            rows[:, places] = x[places]
    order = np.argsort(columns.differences(rows, x).sum(1), kind="stable")
    rows = rows[torch.from_numpy(order)]
    margins = wish.ask(rows)
    found: list[Tensor] = []
    for i in np.flatnonzero(margins > 0)[:_BACK]:
        row = rows[int(i)]
        while not wish.spent:
            apart = columns.differences(row[None], x)[0]
            changed = np.flatnonzero(apart)
            tried = torch.cat([columns.with_value(row, int(c), x[columns.at[int(c)]][None]) for c in changed])
            kept = np.flatnonzero(wish.ask(tried) > 0)
            if not len(kept):
                break
            row = tried[int(kept[np.argmax(apart[changed[kept]])])]
        found.append(row)
    return found


def _nearer(wish: Wish, columns: Menu, row: Tensor) -> Tensor:
    """The row with its changed columns taken back, or to the nearest value with which the wish is still fulfilled, one
    after the other, until nothing moves."""
    x = wish.x[0]
    moved = True
    while moved and not wish.spent:
        moved = False
        apart = columns.differences(row[None], x)[0]
        for column in np.argsort(-apart)[: np.count_nonzero(apart)]:
            number, places = int(column), columns.at[int(column)]
            values = torch.cat([x[places][None], columns.menu[number]])
            tried = columns.with_value(row, number, values)
            far = columns.differences(tried, x)[:, number]
            order = np.argsort(far, kind="stable")
            order = order[far[order] < _far(columns, row, x, number)]
            tried = _sampled(tried[torch.from_numpy(order)], _FINE)
            good = np.flatnonzero(wish.ask(tried) > 0)
            if len(good):
                row, moved = tried[int(good[0])], True
    return row


def _far(columns: Menu, row: Tensor, x: Tensor, column: int) -> float:
    """How far one column of a row lies from x."""
    return float(columns.differences(row[None], x)[0, column])


def _unlike(columns: Menu, rows: list[Tensor], x: Tensor, count: int) -> list[Tensor]:
    """The cheapest rows of each set of changed columns; a set that holds all of a chosen one is left out. A changed
    column costs as much as one typical deviation."""
    if not rows:
        return []
    apart = columns.differences(torch.stack(rows), x)
    cost = apart.sum(1) + (apart > 0).sum(1)
    chosen: list[tuple[frozenset[int], int]] = []
    for i in np.argsort(cost, kind="stable"):
        changed = frozenset(np.flatnonzero(apart[i]).tolist())
        if not any(other <= changed for other, _ in chosen):
            chosen.append((changed, int(i)))
    return [rows[i] for _, i in chosen[:count]]


def _sampled(values: Tensor, most: int) -> Tensor:
    """At most `most` of them, evenly spread over their order, the ends among them."""
    if len(values) <= most:
        return values
    return values[torch.linspace(0, len(values) - 1, most).round().long()]
