"""Pooling: the largest of each 2 × 2 pixels and ReLU in one pass over memory, alone or behind a first convolution,
whose full pictures then never stand in memory.

Pictures lie channels last, flat: (examples, height, width, channels), channels a multiple of `LANES`. For each result a
byte says from which of the four pixels it came, 0 … 3, or that ReLU made it 0: 4.
"""

from __future__ import annotations

from dlviz.training.kernel.functions import compiled, f
from dlviz.training.kernel.lanes import LANES, fma, load, pick, splat, spread, store
from dlviz.training.kernel.storage import beyond, get, get_bytes, only, put, put_bytes


@compiled
def _keep(v0, v1, v2, v3, y, places, at):
    """The largest of four, and where it was; ties go to the first, and what is no number stays so."""
    best, place = v0, splat(f(0.0))
    place, best = beyond(v1, best, splat(f(1.0)), place), beyond(v1, best, v1, best)
    place, best = beyond(v2, best, splat(f(2.0)), place), beyond(v2, best, v2, best)
    place, best = beyond(v3, best, splat(f(3.0)), place), beyond(v3, best, v3, best)
    zero = splat(f(0.0))
    put(y, at, beyond(best, zero, best, zero))
    put_bytes(places, at, beyond(best, zero, place, splat(f(4.0))))


def pool(x, height, width, channels, y, places):
    """y = ReLU(the largest of each 2 × 2 pixels of x); `height` and `width` are those of x, even."""
    row = width * channels
    to = 0
    for start in range(0, len(x), 2 * row):
        for at in range(start, start + row, 2 * channels):
            for c in range(at, at + channels, LANES):
                _keep(get(x, c), get(x, c + channels), get(x, c + row), get(x, c + row + channels), y, places, to)
                to += LANES


def pool_back(g, places, height, width, channels, d):
    """d = the gradients at the x of `pool`, of those at its y."""
    row = width * channels
    to = 0
    for start in range(0, len(d), 2 * row):
        for at in range(start, start + row, 2 * channels):
            for c in range(at, at + channels, LANES):
                value, place = get(g, to), get_bytes(places, to)
                put(d, c, only(place, splat(f(0.0)), value))
                put(d, c + channels, only(place, splat(f(1.0)), value))
                put(d, c + row, only(place, splat(f(2.0)), value))
                put(d, c + row + channels, only(place, splat(f(3.0)), value))
                to += LANES


def convolve(x, height, width, inputs, high, wide, w, b, channels, y, places):
    """y = ReLU(the largest of each 2 × 2 pixels of x * w + b).

    x: (examples, height, width, inputs), float32, with its borders of zeros; w: (high, wide, inputs, channels).
    """
    row, each = width * inputs, height * width * inputs
    to = 0
    for example in range(0, len(x), each):
        for i in range(0, height - high, 2):
            for j in range(0, width - wide, 2):
                corner = example + i * row + j * inputs
                for c in range(0, channels, LANES):
                    v0 = v1 = v2 = v3 = load(b, c)
                    tap = c
                    for di in range(high):
                        at = corner + di * row
                        for _ in range(wide * inputs):
                            weight = load(w, tap)
                            v0 = fma(spread(x, at), weight, v0)
                            v1 = fma(spread(x, at + inputs), weight, v1)
                            v2 = fma(spread(x, at + row), weight, v2)
                            v3 = fma(spread(x, at + row + inputs), weight, v3)
                            tap += channels
                            at += 1
                    _keep(v0, v1, v2, v3, y, places, to)
                    to += LANES


def convolve_back(g, places, x, height, width, inputs, high, wide, channels, dw, db, spare):
    """Add the gradients of the weights (high, wide, inputs, channels) and biases of `convolve` to dw and db.

    `spare`: room for two rows of x's pixels, 16 bytes for each lane of one result: width · 2 · LANES numbers.
    """
    row, each = width * inputs, height * width * inputs
    half = (width - wide + 1) // 2
    rows = (height - high + 1) // 2
    for c in range(0, channels, LANES):
        bias = splat(f(0.0))
        to = c
        for example in range(0, len(x), each):
            for i in range(rows):
                for j in range(half):
                    value, place = get(g, to), get_bytes(places, to)
                    put(spare, 4 * j * LANES, only(place, splat(f(0.0)), value))
                    put(spare, (4 * j + 1) * LANES, only(place, splat(f(1.0)), value))
                    put(spare, (4 * j + 2) * LANES, only(place, splat(f(2.0)), value))
                    put(spare, (4 * j + 3) * LANES, only(place, splat(f(3.0)), value))
                    bias = bias + pick(splat(f(3.5)), place, value, splat(f(0.0)))
                    to += channels
                tap = c
                for di in range(high):
                    begin = example + (2 * i + di) * row
                    for dj in range(wide * inputs):
                        s0 = s1 = s2 = s3 = splat(f(0.0))
                        at, k = begin + dj, 0
                        for _ in range(half):
                            s0 = fma(spread(x, at), load(spare, k), s0)
                            s1 = fma(spread(x, at + inputs), load(spare, k + LANES), s1)
                            s2 = fma(spread(x, at + row), load(spare, k + 2 * LANES), s2)
                            s3 = fma(spread(x, at + row + inputs), load(spare, k + 3 * LANES), s3)
                            at += 2 * inputs
                            k += 4 * LANES
                        store(dw, tap, load(dw, tap) + ((s0 + s1) + (s2 + s3)))
                        tap += channels
        store(db, c, load(db, c) + bias)
