"""ShapDependence: what a column's value has to do with its share of the score."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.core.values import Array, Bars, Cloud, Value
from dlviz.core.written import percent
from dlviz.explainers.explainer import Step
from dlviz.studies.answers import score_title
from dlviz.studies.columns import TableColumn, named
from dlviz.studies.shares import Shares
from dlviz.studies.sharing import SharingRows
from dlviz.studies.study import Finding, Inquiry

#: The column's range is cut into pieces of about so many rows; within a piece, what the column itself does hardly
#: shows, so what is left is due to others.
_PIECE = 20
#: Another column must tell so much of what is left to be drawn as colour.
_LEAST = 0.1
#: Where the column alone leaves less than this open of its shares (R²), no other is looked for.
_OPEN = 0.01
_WORDS = 12


class ShapDependence(SharingRows):
    """Draws a column's share of the score over its value, a dot for each row, shaded by the column that changes most
    what this one does.
    """

    paper: ClassVar[str] = (
        "Lundberg et al. 2020, From Local Explanations to Global Understanding with Explainable AI for Trees"
    )
    reading: ClassVar[str] = (
        "A rising cloud: more of this column, a higher score. Dots of one value that lie far apart had other values "
        "elsewhere: their shade shows the column that tells them apart best."
    )
    misleads: ClassVar[str] = (
        "The shade is the best of many candidates, so it may be there by chance; and columns that go together can "
        "stand in for each other."
    )

    column: str = setting(
        "", "Which column. Empty: the one with the largest shares.", names="column",
        usual="the one with the largest shares",
    )  # fmt: skip

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        found = self.shares(inquiry, step)
        at = named(found.columns, self.column) if self.column else found.order[0]
        score, column = score_title(inquiry.question), found.columns[at]
        if column.holds == "words":
            return self._of_words(found, at, score)
        other, told = strongest(found, at)
        coloured = other is not None and told >= _LEAST
        title = f"{column.name}: its share of the {score}"
        note = f"{len(found.values)} rows of the {found.part} part, a dot each."
        more: dict[str, Array] = {}
        color_title = ""
        if coloured:
            assert other is not None
            by = found.columns[other]
            color_title = by.name
            levels = {level: place for place, level in enumerate(sorted(by.levels()))}
            words = by.holds == "words"
            more["color"] = np.array([levels[str(cell)] for cell in by.cells], float) if words else by.order
            more["words"] = np.array(by.told())
            note += f" Their shade is {by.name}, which tells {percent(told)} of what {column.name} alone leaves open."
        says = f"What {column.name} adds goes from {_ends(found.values[:, at])}"
        says += f"; {color_title} changes most what it does." if coloured else "; no other column changes it much."
        data = np.stack([column.order, found.values[:, at]], axis=1)
        kind = Cloud(x_title=column.name, y_title=f"share of the {score}", color_title=color_title)
        numbers: dict[str, object] = {"column": column.name, "colour": color_title, "told": round(told, 4)}
        return Finding(says, [Value(kind, data, title, note, more)], numbers)

    def _of_words(self, found: Shares, at: int, score: str) -> Finding:
        column, shares = found.columns[at], found.values[:, at]
        levels = column.levels()[:_WORDS]
        each = [shares[column.cells == level] for level in levels]
        mean = np.array([one.mean() for one in each])
        order = np.argsort(-mean, kind="stable")
        names = tuple(levels[place] or "(missing)" for place in order)
        title = f"{column.name}: its share of the {score}"
        note = (
            f"The mean share for each word over {len(shares)} rows of the {found.part} part; the thin line reaches "
            "from the least to the most."
        )
        low, high = (np.array([pick(one) for one in each])[order] for pick in (np.min, np.max))
        kind = Bars(names=names, title=f"share of the {score}", signed=True)
        says = f"“{names[0]}” adds most ({mean.max():.3g}), “{names[-1]}” least ({mean.min():.3g})."
        numbers: dict[str, object] = {
            "column": column.name,
            "shares": dict(zip(names, mean[order].tolist(), strict=True)),
        }
        return Finding(says, [Value(kind, mean[order], title, note, {"low": low, "high": high})], numbers)


def strongest(found: Shares, at: int) -> tuple[int | None, float]:
    """The column that tells most of what column `at` leaves open of its own shares, and how much of it (0 to 1).

    The rows are cut into pieces of neighbouring values; in each, a line through the shares is taken away, and what is
    left is told by the other column's ranks or words. What chance would tell is taken off (adjusted R²).
    """
    x, y = found.columns[at].order, found.values[:, at]
    order = np.argsort(x, kind="stable")[: int(np.isfinite(x).sum())]
    pieces = [piece for piece in np.array_split(order, max(1, len(order) // _PIECE)) if len(piece) > 4]
    rests = [y[piece] - _line(x[piece], y[piece]) for piece in pieces]
    whole = sum(float((rest**2).sum()) for rest in rests)
    if not pieces or whole <= _OPEN * float(((y - y.mean()) ** 2).sum()):
        return None, 0.0
    told = []
    for number, column in enumerate(found.columns):
        left = sum(_left(rest, column, piece) for rest, piece in zip(rests, pieces, strict=True))
        told.append(0.0 if number == at else max(0.0, 1 - left / whole))
    best = int(np.argmax(told))
    return (best, told[best]) if told[best] > 0 else (None, 0.0)


def _line(x: Array, y: Array) -> Array:
    away = x - x.mean()
    spread = float((away**2).sum())
    return np.asarray(y.mean() + (away * float((away * y).sum()) / spread if spread > 0 else 0 * away))


def _left(rest: Array, column: TableColumn, piece: Array) -> float:
    """The squares of `rest` that the column leaves, with what its freedom takes by chance added again."""
    if column.holds == "words":
        _, at = np.unique(column.cells[piece], return_inverse=True)
        fitted, freedom = (np.bincount(at, rest) / np.bincount(at))[at], int(at.max()) + 1
    else:
        ranks = column.ranks()[piece]
        fitted, freedom = _line(np.where(np.isfinite(ranks), ranks, 0.5), rest), 2
    if len(rest) <= freedom:
        return float((rest**2).sum())
    return float(((rest - fitted) ** 2).sum()) * (len(rest) - 1) / (len(rest) - freedom)


def _ends(shares: Array) -> str:
    return f"{shares.min():.3g} to {shares.max():.3g}"
