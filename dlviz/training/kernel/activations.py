"""Activations: torch's formulas and their slopes, on lanes. `CODES` says which ones the kernel knows."""

from __future__ import annotations

import math

import numpy as np

from dlviz.training.kernel.functions import compiled, erf, exp, expm1, f, log1p, sigmoid, tanh
from dlviz.training.kernel.lanes import fma, pick, size, splat
from dlviz.training.kernel.plan import (
    CELU,
    ELU,
    GELU,
    GELU_TANH,
    HARDSIGMOID,
    HARDSWISH,
    HARDTANH,
    LEAKY_RELU,
    LOG_SIGMOID,
    MISH,
    RELU,
    SELU,
    SIGMOID,
    SILU,
    SOFTPLUS,
    SOFTSIGN,
    TANH,
    TANHSHRINK,
)  # fmt: skip

_SELU, _SELU_ALPHA = f(1.0507009873554804934193349852946), f(1.6732632423543772848170429916717)
_SQRT_HALF, _NORMAL = f(math.sqrt(0.5)), f(1 / math.sqrt(2 * math.pi))
_GELU, _CUBE = f(math.sqrt(2 / math.pi)), f(0.044715)
_INFINITY = f(np.inf)


@compiled
def softplus(x):
    """ln(1 + eˣ)."""
    zero = splat(f(0.0))
    return pick(zero, x, zero, x) + log1p(exp(zero - size(x)))


@compiled
def value(code, a, b, x):
    """The activation `code` with its two settings at x."""
    zero, one = splat(f(0.0)), splat(f(1.0))
    if code == RELU:
        return pick(zero, x, zero, x)
    if code == TANH:
        return tanh(x)
    if code == SIGMOID:
        return sigmoid(x)
    if code == LEAKY_RELU:
        return pick(x, zero, x, x * splat(a))
    if code == ELU:
        return pick(x, zero, x, splat(a) * expm1(x))
    if code == CELU:
        return pick(x, zero, x, splat(a) * expm1(x / splat(a)))
    if code == SELU:
        return splat(_SELU) * pick(x, zero, x, splat(_SELU_ALPHA) * expm1(x))
    if code == GELU:
        return splat(f(0.5)) * x * (one + erf(x * splat(_SQRT_HALF)))
    if code == GELU_TANH:
        return splat(f(0.5)) * x * (one + tanh(splat(_GELU) * fma(x * x * x, splat(_CUBE), x)))
    if code == SILU:
        return x * sigmoid(x)
    if code == SOFTPLUS:
        return pick(x * splat(a), splat(b), x, softplus(x * splat(a)) / splat(a))
    if code == SOFTSIGN:
        return x / (one + size(x))
    if code == HARDTANH:
        y = pick(splat(a), x, splat(a), x)
        return pick(y, splat(b), splat(b), y)
    if code == HARDSIGMOID or code == HARDSWISH:
        y = x + splat(f(3.0))
        y = pick(zero, y, zero, y)
        y = pick(y, splat(f(6.0)), splat(f(6.0)), y) * splat(f(1 / 6))
        return y if code == HARDSIGMOID else x * y
    if code == MISH:
        return x * tanh(softplus(x))
    if code == LOG_SIGMOID:
        return zero - softplus(zero - x)
    if code == TANHSHRINK:
        return x - tanh(x)
    return x


@compiled
def slope(code, a, b, x, y):
    """Its derivative where it took x to y."""
    zero, one = splat(f(0.0)), splat(f(1.0))
    if code == RELU:
        return pick(x, zero, one, zero)
    if code == TANH:
        return one - y * y
    if code == SIGMOID:
        return y * (one - y)
    if code == LEAKY_RELU:
        return pick(x, zero, one, splat(a))
    if code == ELU:
        return pick(x, zero, one, splat(a) * exp(x))
    if code == CELU:
        return pick(x, zero, one, exp(x / splat(a)))
    if code == SELU:
        return splat(_SELU) * pick(x, zero, one, splat(_SELU_ALPHA) * exp(x))
    if code == GELU:
        below = splat(f(0.5)) * (one + erf(x * splat(_SQRT_HALF)))
        return fma(x, splat(_NORMAL) * exp(splat(f(-0.5)) * x * x), below)
    if code == GELU_TANH:
        t = tanh(splat(_GELU) * fma(x * x * x, splat(_CUBE), x))
        inner = splat(_GELU) * fma(x * x, splat(f(3.0) * _CUBE), one)
        return splat(f(0.5)) * (one + t + x * (one - t * t) * inner)
    if code == SILU:
        s = sigmoid(x)
        return s * fma(x, one - s, one)
    if code == SOFTPLUS:
        return pick(x * splat(a), splat(b), one, sigmoid(x * splat(a)))
    if code == SOFTSIGN:
        w = one + size(x)
        return one / (w * w)
    if code == HARDTANH:
        return pick(x, splat(a), pick(splat(b), x, one, zero), zero)
    if code == HARDSIGMOID:
        return pick(x, splat(f(-3.0)), pick(splat(f(3.0)), x, splat(f(1 / 6)), zero), zero)
    if code == HARDSWISH:
        middle = fma(x, splat(f(1 / 3)), splat(f(0.5)))
        return pick(splat(f(-3.0)), x, zero, pick(x, splat(f(3.0)), one, middle))
    if code == MISH:
        t = tanh(softplus(x))
        return fma(x * sigmoid(x), one - t * t, t)
    if code == LOG_SIGMOID:
        return sigmoid(zero - x)
    if code == TANHSHRINK:
        t = tanh(x)
        return t * t
    return one
