"""Diabetes: 442 people with diabetes, ten measurements each."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.bundled import BundledTable


class Diabetes(BundledTable):
    """442 people with diabetes, ten measurements each. Learn to estimate how far the disease went on after a year.

    Source: B. Efron et al., Least angle regression (2004); bundled with scikit-learn.
    """

    target_name: ClassVar[str] = "progression"

    def bunch(self) -> Any:
        from sklearn.datasets import load_diabetes

        return load_diabetes(scaled=False)
