"""How the doctor writes numbers in its sentences."""

from __future__ import annotations


def percent(share: float) -> str:
    """0.437 → "44 %", 0.0031 → "0.3 %"; what is next to nothing is "0 %"."""
    amount = 100 * float(share)
    if abs(amount) < 0.05:
        return "0 %"
    return f"{amount:.0f} %" if abs(amount) >= 10 else f"{round(amount, 1):g} %"


def number(value: float) -> str:
    """To three digits; what differs from 0 by the last bits of a float alone is 0."""
    return "0" if abs(value) < 1e-6 else f"{value:.3g}"
