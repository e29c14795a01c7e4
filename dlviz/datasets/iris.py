"""Iris: 150 iris flowers of three species, four lengths each."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.bundled import BundledTable


class Iris(BundledTable):
    """150 iris flowers of three species, four lengths each. Learn to tell the species.

    Source: R. A. Fisher, The use of multiple measurements in taxonomic problems (1936); bundled with scikit-learn.
    """

    target_name: ClassVar[str] = "species"

    def bunch(self) -> Any:
        from sklearn.datasets import load_iris

        return load_iris()
