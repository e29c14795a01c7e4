"""Products of matrices on lanes: a batch lies side by side, `stride` numbers (a multiple of `LANES`) a unit."""

from __future__ import annotations

from dlviz.training.kernel.functions import compiled, f
from dlviz.training.kernel.lanes import LANES, fma, load, splat, spread, store, total


@compiled
def product(p, at, row, along, start, n, rows, v, x, w, y, stride):
    """w[y + r·stride + c] = start_r + Σₖ p[at + r·row + k·along] · v[x + k·stride + c], for r < rows, k < n, all c.

    `start` is where the start_r lie in p; negative: they are 0.
    """
    for c in range(0, stride, LANES):
        r = 0
        while r + 8 <= rows:
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = splat(f(0.0))
            if start >= 0:
                s0, s1 = spread(p, start + r), spread(p, start + r + 1)
                s2, s3 = spread(p, start + r + 2), spread(p, start + r + 3)
                s4, s5 = spread(p, start + r + 4), spread(p, start + r + 5)
                s6, s7 = spread(p, start + r + 6), spread(p, start + r + 7)
            a, b = at + r * row, x + c
            for _ in range(n):
                value = load(v, b)
                s0 = fma(spread(p, a), value, s0)
                s1 = fma(spread(p, a + row), value, s1)
                s2 = fma(spread(p, a + 2 * row), value, s2)
                s3 = fma(spread(p, a + 3 * row), value, s3)
                s4 = fma(spread(p, a + 4 * row), value, s4)
                s5 = fma(spread(p, a + 5 * row), value, s5)
                s6 = fma(spread(p, a + 6 * row), value, s6)
                s7 = fma(spread(p, a + 7 * row), value, s7)
                a += along
                b += stride
            to = y + r * stride + c
            store(w, to, s0)
            store(w, to + stride, s1)
            store(w, to + 2 * stride, s2)
            store(w, to + 3 * stride, s3)
            store(w, to + 4 * stride, s4)
            store(w, to + 5 * stride, s5)
            store(w, to + 6 * stride, s6)
            store(w, to + 7 * stride, s7)
            r += 8
        while r < rows:
            s0 = splat(f(0.0))
            if start >= 0:
                s0 = spread(p, start + r)
            a, b = at + r * row, x + c
            for _ in range(n):
                s0 = fma(spread(p, a), load(v, b), s0)
                a += along
                b += stride
            store(w, y + r * stride + c, s0)
            r += 1


@compiled
def weight_gradients(d, delta, rows, v, x, n, stride, g, at):
    """g[at + r·n + k] = Σ over the batch of d[delta + r·stride + c] · v[x + k·stride + c]."""
    r = 0
    while r + 4 <= rows:
        k = 0
        while k + 2 <= n:
            s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = splat(f(0.0))
            e, b = delta + r * stride, x + k * stride
            for c in range(0, stride, LANES):
                one, two = load(v, b + c), load(v, b + stride + c)
                o = load(d, e + c)
                s0, s1 = fma(o, one, s0), fma(o, two, s1)
                o = load(d, e + stride + c)
                s2, s3 = fma(o, one, s2), fma(o, two, s3)
                o = load(d, e + 2 * stride + c)
                s4, s5 = fma(o, one, s4), fma(o, two, s5)
                o = load(d, e + 3 * stride + c)
                s6, s7 = fma(o, one, s6), fma(o, two, s7)
            to = at + r * n + k
            g[to], g[to + 1] = total(s0), total(s1)
            g[to + n], g[to + n + 1] = total(s2), total(s3)
            g[to + 2 * n], g[to + 2 * n + 1] = total(s4), total(s5)
            g[to + 3 * n], g[to + 3 * n + 1] = total(s6), total(s7)
            k += 2
        while k < n:
            for q in range(r, r + 4):
                g[at + q * n + k] = _one(d, delta + q * stride, v, x + k * stride, stride)
            k += 1
        r += 4
    while r < rows:
        for k in range(n):
            g[at + r * n + k] = _one(d, delta + r * stride, v, x + k * stride, stride)
        r += 1


@compiled
def _one(d, e, v, b, stride):
    s = splat(f(0.0))
    for c in range(0, stride, LANES):
        s = fma(load(d, e + c), load(v, b + c), s)
    return total(s)


@compiled
def bias_gradients(d, delta, rows, stride, g, at):
    """g[at + r] = Σ over the batch of d[delta + r·stride + c]."""
    for r in range(rows):
        s = splat(f(0.0))
        for c in range(0, stride, LANES):
            s = s + load(d, delta + r * stride + c)
        g[at + r] = total(s)
