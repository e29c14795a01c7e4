"""Tables that come with scikit-learn: what Iris, Wine, BreastCancer and Diabetes share."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from dlviz.core.values import Scalar
from dlviz.datasets.columns import Column
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.split import Parts, split
from dlviz.datasets.table_encoder import TableEncoder
from dlviz.datasets.tabular import Origin, Target, learn_encoder, table_data, table_fields, words_target


class BundledTable(Dataset, abstract=True):
    """A table of numbers that scikit-learn brings along."""

    target_name: ClassVar[str]
    unit: ClassVar[str] = ""

    def bunch(self) -> Any:
        """What scikit-learn's loader gives."""
        raise NotImplementedError

    def describe(self, seed: int = 0) -> Fields:
        encoder, target, *_ = self._prepared(seed)
        return table_fields(encoder, target)

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        encoder, target, frame, columns, parts = self._prepared(seed)
        return table_data(frame, columns, encoder, target, parts)

    def _prepared(self, seed: int) -> tuple[TableEncoder, Target, pd.DataFrame, list[Column], Parts]:
        bunch = self.bunch()
        frame = pd.DataFrame(np.asarray(bunch.data, dtype=np.float64), columns=[str(n) for n in bunch.feature_names])
        if "target_names" in bunch:
            names = np.array([str(name) for name in bunch.target_names], dtype=object)
            target = words_target(self.target_name, names[bunch.target])
        else:
            target = Target(self.target_name, Scalar(unit=self.unit), np.asarray(bunch.target, dtype=np.float64))
        columns = []
        for name in frame.columns:
            values = frame[name].to_numpy()
            whole, distinct = bool((values == np.round(values)).all()), len(np.unique(values))
            shown = tuple(f"{value:.6g}" for value in values[:5])
            columns.append(Column(name, "number", "numbers", len(values), 0, distinct, shown, whole))
        parts = split(len(frame), target.labels, seed=seed)
        encoder = learn_encoder(
            frame, columns, parts.train, target=self.target_name, origin=Origin(), most_categories=30
        )
        return encoder, target, frame, columns, parts
