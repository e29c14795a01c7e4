"""BreastCancer: 569 breast tumours, thirty measurements of their cells each."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.datasets.bundled import BundledTable


class BreastCancer(BundledTable):
    """569 breast tumours, thirty measurements of their cells each. Learn to tell malignant from benign.

    Source: W. N. Street, W. H. Wolberg and O. L. Mangasarian (1993), UCI "Breast Cancer Wisconsin (Diagnostic)";
    bundled with scikit-learn.
    """

    target_name: ClassVar[str] = "diagnosis"

    def bunch(self) -> Any:
        from sklearn.datasets import load_breast_cancer

        return load_breast_cancer()
