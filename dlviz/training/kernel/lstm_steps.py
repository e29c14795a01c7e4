"""LSTM steps: all steps of a sequence, forwards and backwards, for some rows of a batch, in one call of compiled code.

Units lie in blocks of `LANES`; of a block first the input gates, then forget gates, candidates, output gates, as torch
orders them. Rows do not meet, so that threads may share a batch, and its bits do not hang on how many do.
"""

from __future__ import annotations

from dlviz.training.kernel.functions import f, sigmoid, tanh
from dlviz.training.kernel.lanes import LANES, load, splat, store
from dlviz.training.kernel.tiles import ROWS, get, put, strip, tile


def forward(v, w, zeros, gates, cells, z, steps, batch, inputs, units, first, end):
    """v (steps + 1, batch, inputs + units): each row x₁ … and the state before that step; states are written.

    w: [block][i and f, g and o][inputs + units][2 · LANES], see `tiles.tile`. gates (steps, batch, 4 · units) and cells
    (steps + 1, batch, units) are written; cells[0] is read.
    """
    wide, pair = inputs + units, 2 * LANES
    for t in range(steps):
        for u in range(units // LANES):
            b = first
            at_w = u * 4 * LANES * wide
            while b < end:
                x = (t * batch + b) * wide
                if b + ROWS <= end:
                    many = ROWS
                    tile(z, 0, 2 * pair, zeros, 0, 0, v, x, wide, w, at_w, wide)
                    tile(z, pair, 2 * pair, zeros, 0, 0, v, x, wide, w, at_w + pair * wide, wide)
                else:
                    many = 1
                    strip(z, 0, 2 * pair, zeros, 0, 0, v, x, wide, w, at_w, wide)
                    strip(z, pair, 2 * pair, zeros, 0, 0, v, x, wide, w, at_w + pair * wide, wide)
                for r in range(many):
                    s = r * 2 * pair
                    row = t * batch + b + r
                    i, forget = sigmoid(load(z, s)), sigmoid(load(z, s + LANES))
                    g, o = tanh(load(z, s + 2 * LANES)), sigmoid(load(z, s + 3 * LANES))
                    at = row * 4 * units + u * 4 * LANES
                    put(gates, at, i)
                    put(gates, at + LANES, forget)
                    put(gates, at + 2 * LANES, g)
                    put(gates, at + 3 * LANES, o)
                    c = forget * load(cells, row * units + u * LANES) + i * g
                    store(cells, (row + batch) * units + u * LANES, c)
                    put(v, (row + batch) * wide + inputs + u * LANES, o * tanh(c))
                b += many


def backward(w, gates, cells, given, last, dcell, dz, z, steps, batch, units, all_steps, first, end):
    """dz (steps, batch, 4 · units), the gradient before the gates, is written.

    w: [2 blocks of units][4 · units][2 · LANES]. given: the gradient of the states after each step (steps, batch,
    units) where `all_steps` is 1; last, dcell (batch, units): that of the last state and of the last cell, which is
    changed.
    """
    wide, pair = 4 * units, 2 * LANES
    one = splat(f(1.0))
    for t in range(steps - 1, -1, -1):
        n = wide if t < steps - 1 else 0
        for j in range(units // pair):
            b = first
            at_w = j * pair * wide
            while b < end:
                row = t * batch + b
                x = min(row + batch, (steps - 1) * batch + b) * wide
                at_start = (row * units + j * pair) * all_steps
                many = ROWS if b + ROWS <= end else 1
                if many == ROWS:
                    tile(z, 0, pair, given, at_start, units * all_steps, dz, x, wide, w, at_w, n)
                else:
                    strip(z, 0, pair, given, at_start, units * all_steps, dz, x, wide, w, at_w, n)
                for q in range(2 * many):
                    r, u = q // 2, 2 * j + q % 2
                    dh = load(z, q * LANES)
                    of = (b + r) * units + u * LANES
                    if t == steps - 1:
                        dh = dh + load(last, of)
                    at = (row + r) * wide + u * 4 * LANES
                    i, forget = get(gates, at), get(gates, at + LANES)
                    g, o = get(gates, at + 2 * LANES), get(gates, at + 3 * LANES)
                    here = (row + r) * units + u * LANES
                    y = tanh(load(cells, here + batch * units))
                    dc = load(dcell, of) + dh * o * (one - y * y)
                    put(dz, at, dc * g * i * (one - i))
                    put(dz, at + LANES, dc * load(cells, here) * forget * (one - forget))
                    put(dz, at + 2 * LANES, dc * i * (one - g * g))
                    put(dz, at + 3 * LANES, dh * y * o * (one - o))
                    store(dcell, of, dc * forget)
                b += many
