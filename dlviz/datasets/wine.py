"""Wine: 178 wines from three grape varieties, thirteen chemical measurements each."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.bundled import BundledTable


class Wine(BundledTable):
    """178 wines from three grape varieties, thirteen chemical measurements each. Learn to tell the variety.

    Source: M. Forina et al., PARVUS (1988), UCI "Wine"; bundled with scikit-learn.
    """

    target_name: ClassVar[str] = "cultivar"

    def bunch(self) -> Any:
        from sklearn.datasets import load_wine

        return load_wine()
