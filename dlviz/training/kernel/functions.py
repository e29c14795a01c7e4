"""Functions of lanes: exp, log, tanh, sigmoid, erf, each within a few units of float32's last place; NaN stays NaN."""

from __future__ import annotations

import numba
import numpy as np

from dlviz.training.kernel.lanes import exponent, fma, mantissa, pick, power_of_two, size, splat

f = np.float32
compiled = numba.njit(error_model="numpy", nogil=True)

_SHIFT = f(12582912.0)  # 1.5 · 2²³: added to a number, it leaves the nearest whole one in the last bits
_LOG2E, _LN2_HIGH, _LN2_LOW = f(1.44269504088896341), f(0.693359375), f(-2.12194440e-4)


@compiled
def exp(x):
    """eˣ, ≤ 2 units in the last place; beyond 88.7 infinite, below -86.6 0 (Cephes, S. Moshier)."""
    low, high = splat(f(-86.6)), splat(f(88.7))
    y = pick(x, high, high, pick(low, x, low, x))
    shifted = fma(y, splat(_LOG2E), splat(_SHIFT))
    n = shifted - splat(_SHIFT)
    r = fma(n, splat(-_LN2_LOW), fma(n, splat(-_LN2_HIGH), y))
    p = fma(splat(f(1.9875691500e-4)), r, splat(f(1.3981999507e-3)))
    p = fma(p, r, splat(f(8.3334519073e-3)))
    p = fma(p, r, splat(f(4.1665795894e-2)))
    p = fma(p, r, splat(f(1.6666665459e-1)))
    p = fma(p, r, splat(f(5.0000001201e-1)))
    p = fma(p, r * r, r) + splat(f(1.0))
    # 2¹²⁸ is no float32: in two steps
    half = power_of_two(shifted - splat(f(1.0)))
    result = p * half * splat(f(2.0))
    return pick(x, high, splat(f(np.inf)), pick(low, x, splat(f(0.0)), result))


@compiled
def expm1(x):
    """eˣ - 1, also near 0."""
    p = fma(splat(f(1.9875691500e-4)), x, splat(f(1.3981999507e-3)))
    p = fma(p, x, splat(f(8.3334519073e-3)))
    p = fma(p, x, splat(f(4.1665795894e-2)))
    p = fma(p, x, splat(f(1.6666665459e-1)))
    p = fma(p, x, splat(f(5.0000001201e-1)))
    return pick(splat(f(0.34)), size(x), fma(p, x * x, x), exp(x) - splat(f(1.0)))


@compiled
def log(x):
    """ln x for normal x > 0, ≤ 2 units in the last place; ln 0 = -∞ (Cephes, S. Moshier)."""
    e, m = exponent(x), mantissa(x)
    large = splat(f(1.41421356))
    e = pick(m, large, e + splat(f(1.0)), e)
    m = pick(m, large, m * splat(f(0.5)), m) - splat(f(1.0))
    z = m * m
    p = fma(splat(f(7.0376836292e-2)), m, splat(f(-1.1514610310e-1)))
    p = fma(p, m, splat(f(1.1676998740e-1)))
    p = fma(p, m, splat(f(-1.2420140846e-1)))
    p = fma(p, m, splat(f(1.4249322787e-1)))
    p = fma(p, m, splat(f(-1.6668057665e-1)))
    p = fma(p, m, splat(f(2.0000714765e-1)))
    p = fma(p, m, splat(f(-2.4999993993e-1)))
    p = fma(p, m, splat(f(3.3333331174e-1)))
    y = p * m * z
    y = fma(e, splat(_LN2_LOW), y)
    y = fma(z, splat(f(-0.5)), y)
    result = fma(e, splat(_LN2_HIGH), m + y)
    zero = splat(f(0.0))
    # x - x is NaN for NaN and infinity
    return pick(x, zero, result + (x - x), pick(zero, x, splat(f(np.nan)), x - splat(f(np.inf))))


@compiled
def log1p(u):
    """ln(1 + u) for 0 ≤ u ≤ 1, also where 1 + u rounds to 1 (Kahan's correction)."""
    one = splat(f(1.0))
    w = one + u
    kept = w - one
    return pick(kept, splat(f(0.0)), log(w) * u / kept, u)


@compiled
def tanh(x):
    """tanh x, ≤ 5 units in the last place (the rational approximation of Eigen)."""
    bound, one = splat(f(9.0)), splat(f(1.0))
    least = splat(f(0.0)) - bound
    y = pick(x, bound, bound, pick(least, x, least, x))
    z = y * y
    p = fma(splat(f(-2.76076847742355e-16)), z, splat(f(2.00018790482477e-13)))
    p = fma(p, z, splat(f(-8.60467152213735e-11)))
    p = fma(p, z, splat(f(5.12229709037114e-08)))
    p = fma(p, z, splat(f(1.48572235717979e-05)))
    p = fma(p, z, splat(f(6.37261928875436e-04)))
    p = fma(p, z, splat(f(4.89352455891786e-03)))
    q = fma(splat(f(1.19825839466702e-06)), z, splat(f(1.18534705686654e-04)))
    q = fma(q, z, splat(f(2.26843463243900e-03)))
    q = fma(q, z, splat(f(4.89352518554385e-03)))
    y = pick(splat(f(0.0004)), size(x), x, y * p / q)
    y = pick(y, one, one, y)
    return pick(splat(f(-1.0)), y, splat(f(-1.0)), y)


@compiled
def sigmoid(x):
    """1 / (1 + e⁻ˣ), ≤ 4 units in the last place."""
    one = splat(f(1.0))
    return one / (one + exp(splat(f(0.0)) - x))


@compiled
def erf(x):
    """The error function, within 3e-7 (the rational approximation of Eigen)."""
    bound = splat(f(4.0))
    least = splat(f(-4.0))
    y = pick(x, bound, bound, pick(least, x, least, x))
    z = y * y
    p = fma(splat(f(-2.72614225801306e-10)), z, splat(f(2.77068142495902e-08)))
    p = fma(p, z, splat(f(-2.10102402082508e-06)))
    p = fma(p, z, splat(f(-5.69250639462346e-05)))
    p = fma(p, z, splat(f(-7.34990630326855e-04)))
    p = fma(p, z, splat(f(-2.95459980854025e-03)))
    p = fma(p, z, splat(f(-1.60960333262415e-02)))
    q = fma(splat(f(-1.45660718464996e-05)), z, splat(f(-2.13374055278905e-04)))
    q = fma(q, z, splat(f(-1.68282697438203e-03)))
    q = fma(q, z, splat(f(-7.37332916720468e-03)))
    q = fma(q, z, splat(f(-1.42647390514189e-02)))
    return y * p / q
