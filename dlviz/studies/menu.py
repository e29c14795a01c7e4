"""Menu: the values that each column of a table may take, and how far rows lie from each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array
from dlviz.explainers.features import Features


@dataclass(frozen=True)
class Menu:
    """The columns of a table as a search takes them: `at[i]` positions, `menu[i]` (M, positions) the values that column
    i may take, in order; empty where it is kept. `free`: those that may change."""

    names: tuple[str, ...]
    at: tuple[Tensor, ...]
    menu: tuple[Tensor, ...]
    spread: Tensor  # (positions,)

    @classmethod
    def of(cls, pieces: Features, rows: Tensor, keep: tuple[str, ...]) -> Menu:
        """Of the training rows (N, positions)."""
        at = tuple((pieces.of == number).nonzero().flatten() for number in range(pieces.count))
        kept = [name in keep for name in pieces.names]
        menu = tuple(
            rows[:0, places] if frozen else torch.unique(rows[:, places], dim=0)
            for places, frozen in zip(at, kept, strict=True)
        )
        return cls(pieces.names, at, menu, _spread(rows))

    @property
    def free(self) -> list[int]:
        return [number for number, values in enumerate(self.menu) if len(values)]

    def differences(self, rows: Tensor, x: Tensor) -> Array:
        """(N, columns): how far each column of rows (N, positions) lies from x (positions,). A number: in typical
        deviations from its median; a word: 1 where it is another one."""
        found = np.zeros((len(rows), len(self.at)))
        for number, places in enumerate(self.at):
            apart = (rows[:, places] - x[places]).double().abs()
            if len(places) > 1 and bool(((self.menu[number] == 0) | (self.menu[number] == 1)).all()):
                found[:, number] = (apart.amax(1) > 0.5).numpy()
            else:
                found[:, number] = (apart / self.spread[places]).mean(1).numpy()
        return found

    def with_value(self, row: Tensor, column: int, values: Tensor) -> Tensor:
        """Copies of a row (positions,), each with one of `values` (M, positions of the column)."""
        rows = row.repeat(len(values), 1)
        rows[:, self.at[column]] = values
        return rows


def _spread(rows: Tensor) -> Tensor:
    """The typical deviation of each position: the median distance from the median; where most rows are alike, the
    standard deviation; where all are, 1."""
    wide = rows.double()
    middle = (wide - wide.median(0).values).abs().median(0).values
    plain = wide.std(0, correction=0)
    found = torch.where(middle > 0, middle, plain)
    return torch.where(found > 0, found, torch.ones_like(found))
