"""shap, against which some of our own numbers are held."""

from __future__ import annotations

import warnings
from typing import Any

import pytest


@pytest.fixture(scope="session")
def shap() -> Any:
    """Imported with numba's compiler off: its loops would take seconds to compile, and next to none as they are."""
    import numba
    import numba.typed  # numba's own parts must be imported compiled

    before, numba.config.DISABLE_JIT = numba.config.DISABLE_JIT, True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The set_(bad|over|under) function", PendingDeprecationWarning)
            import shap
    finally:
        numba.config.DISABLE_JIT = before
    return shap
