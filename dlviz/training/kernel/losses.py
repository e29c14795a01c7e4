"""Losses on lanes: what a batch of last values costs, and its slope, as `tasks/classification.py` and
`tasks/regression.py` compute them."""

from __future__ import annotations

from dlviz.training.kernel.functions import compiled, exp, f, log
from dlviz.training.kernel.lanes import LANES, first, load, pick, size, splat, store, total
from dlviz.training.kernel.plan import MAE, MSE


@compiled
def softmax(v, at, d, to, n, stride, top, spare):
    """d = softmax of v over n units; top: the largest of each column; spare: ln Σ e^(v - top)."""
    for c in range(0, stride, LANES):
        most = load(v, at + c)
        for k in range(1, n):
            value = load(v, at + k * stride + c)
            most = pick(value, most, value, most)
        summed = splat(f(0.0))
        for k in range(n):
            value = exp(load(v, at + k * stride + c) - most)
            store(d, to + k * stride + c, value)
            summed = summed + value
        for k in range(n):
            store(d, to + k * stride + c, load(d, to + k * stride + c) / summed)
        store(top, c, most)
        store(spare, c, log(summed))


@compiled
def blank(d, to, n, stride, size):
    """Nothing flows back from the columns that only fill up the last lanes."""
    last = stride - LANES
    for k in range(n):
        store(d, to + k * stride + last, first(size - last, load(d, to + k * stride + last)))


@compiled
def class_loss(v, at, d, to, n, stride, top, spare, classes, start, size, weights, whole):
    """The cross-entropy with class indices, weighted where there are class weights. `whole`: what the batch weighs that
    these examples belong to."""
    softmax(v, at, d, to, n, stride, top, spare)
    weighted = len(weights) > 0
    loss = 0.0
    if weighted:
        for b in range(size):
            true = classes[start + b]
            share = f(weights[true] / whole)
            loss += share * (spare[b] - (v[at + true * stride + b] - top[b]))
            for k in range(n):
                d[to + k * stride + b] *= share
            d[to + true * stride + b] -= share
    else:
        share = f(1.0 / whole)
        every = splat(share)
        for c in range(to, to + n * stride, LANES):
            store(d, c, load(d, c) * every)
        for b in range(size):
            true = classes[start + b]
            loss += spare[b] - (v[at + true * stride + b] - top[b])
            d[to + true * stride + b] -= share
        loss /= whole
    blank(d, to, n, stride, size)
    return loss


@compiled
def soft_loss(v, at, d, to, n, stride, top, spare, targets, start, size, weights, batch):
    """The cross-entropy with a probability for each class; `batch`: how many examples the batch has."""
    softmax(v, at, d, to, n, stride, top, spare)
    share = f(1.0 / batch)
    loss = 0.0
    for b in range(size):
        row = (start + b) * n
        whole = f(0.0)
        for k in range(n):
            asked = targets[row + k] * (weights[k] if len(weights) > 0 else f(1.0))
            whole += asked
            loss += asked * (spare[b] - (v[at + k * stride + b] - top[b]))
        for k in range(n):
            asked = targets[row + k] * (weights[k] if len(weights) > 0 else f(1.0))
            d[to + k * stride + b] = (d[to + k * stride + b] * whole - asked) * share
    blank(d, to, n, stride, size)
    return loss / batch


@compiled
def number_loss(kind, v, at, d, to, stride, top, spare, targets, start, count, mean, std, whole):
    """The loss of one number in standard units; top: what is predicted, in the target's own. `whole`: how
    many examples the batch has."""
    for b in range(count):
        spare[b] = targets[start + b]
    for b in range(count, stride):
        spare[b] = f(0.0)
    zero, one, half = splat(f(0.0)), splat(f(1.0)), splat(f(0.5))
    share = splat(f(1.0 / whole))
    summed = zero
    for c in range(0, stride, LANES):
        predicted = splat(mean) + load(v, at + c) * splat(std)
        store(top, c, predicted)
        error = (predicted - load(spare, c)) / splat(std)
        far = size(error)
        sign = pick(error, zero, one, pick(zero, error, zero - one, zero))
        if kind == MSE:
            cost, grade = error * error, error + error
        elif kind == MAE:
            cost, grade = far, sign
        else:
            cost = pick(one, far, half * error * error, far - half)
            grade = pick(one, far, error, sign)
        summed = summed + first(count - c, cost)
        store(d, to + c, first(count - c, grade * share / splat(std) * splat(std)))
    return total(summed) / whole
