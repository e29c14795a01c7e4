"""VectorEncoder: plain named numbers, taken as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Value, Vector
from dlviz.datasets.data import Encoder


class VectorEncoder(Encoder):
    """Named numbers that need no scaling, such as the coordinates of a point."""

    names: tuple[str, ...] = setting(("x", "y"), "What the numbers are called.")

    def encode(self, raw: Any) -> Tensor:
        return torch.from_numpy(np.asarray(raw, dtype=np.float32).reshape(-1, len(self.names)))

    def decode(self, tensor: Tensor) -> Value:
        return Value(Vector(names=self.names), np.asarray(tensor.detach().cpu().numpy()), ", ".join(self.names))

    def read(self, path: str) -> Any:
        """Rows of a CSV with these columns, as an array (N, names)."""
        from dlviz.datasets.numbers import parsed
        from dlviz.datasets.sheet import read_sheet

        sheet = read_sheet(path).with_columns(self.names)
        table = np.stack([parsed(sheet.texts(name), sheet.decimal) for name in self.names], axis=1)
        if not np.isfinite(table).all():
            row, column = np.argwhere(~np.isfinite(table))[0]
            raise WrongInput(
                f"Every cell of {path} must be a number. Received in row {row + 1}, `{self.names[column]}`: "
                f"`{sheet.frame[self.names[column]].iloc[row]}`."
            )
        return table
