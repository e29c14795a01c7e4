"""Forces: shares of rows as what pushes each score up or down, those of the weaker columns joined."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array, Forces, Value
from dlviz.core.written import count
from dlviz.studies.shares import Shares


def forces(found: Shares, most: int, score: str, title: str, note: str, order: Array | None = None) -> Value:
    """All rows of `found`, in their own order or the given one. The `most` strongest columns stand alone; the others
    are joined into two, what raises a row's score and what lowers it, so that nothing cancels out unseen."""
    shares = found.beyond_rounding
    alone, rest = found.order[:most], found.order[most:]
    if len(rest) == 1:  # joined, it would take as much room
        alone, rest = found.order, []
    names = [found.columns[at].name for at in alone]
    pushes = [shares[:, at] for at in alone]
    cells = [np.array(found.columns[at].told()) for at in alone]
    for joined in (shares[:, rest].clip(min=0), shares[:, rest].clip(max=0)):
        if joined.any():
            # in many rows, most of them push one way here and the other there
            many = int(joined.any(0).sum()) if len(joined) == 1 else len(rest)
            names.append(count(many, "other column"))
            pushes.append(joined.sum(1))
            cells.append(np.full(len(joined), names[-1]))
    rows = np.arange(len(shares)) if order is None else order
    data = np.stack(pushes, axis=1)
    more = {
        "cells": np.stack(cells, axis=1)[rows],
        "rows": np.array([f"{found.part} {found.index[row]}" for row in rows]),
    }
    # each row's own base differs by rounding alone
    kind = Forces(names=tuple(names), base=float((found.scores - data.sum(1)).mean()), title=score)
    return Value(kind, data[rows], title, note, more)
