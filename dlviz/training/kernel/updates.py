"""Updates on lanes: regularizers and optimizers in one pass over all weights, by torch's formulas."""

from __future__ import annotations

import math

from dlviz.training.kernel.functions import compiled, f
from dlviz.training.kernel.lanes import LANES, fma, load, pick, splat, sqrt, store, total
from dlviz.training.kernel.plan import ADAGRAD, ADAM, ADAMW, CLIP_NORM, CLIP_VALUE, L1, RMSPROP, SGD


@compiled
def regularize(kinds, strengths, p, g, weights):
    """Change the gradients as the regularizers do, in their order; `weights`: where in p the biases begin."""
    zero, one = splat(f(0.0)), splat(f(1.0))
    for number in range(len(kinds)):
        kind, strength = kinds[number], strengths[number]
        force = splat(f(strength))
        if kind == CLIP_NORM:
            length = 0.0
            for c in range(0, len(g), LANES):
                length += total(load(g, c) * load(g, c))
            shorter = splat(f(strength / (math.sqrt(length) + 1e-6)))
            shorter = pick(shorter, one, one, shorter)
            for c in range(0, len(g), LANES):
                store(g, c, load(g, c) * shorter)
        elif kind == CLIP_VALUE:
            for c in range(0, len(g), LANES):
                value = load(g, c)
                value = pick(value, force, force, value)
                store(g, c, pick(zero - force, value, zero - force, value))
        elif kind == L1:
            for c in range(0, weights, LANES):
                value = load(p, c)
                sign = pick(value, zero, force, pick(zero, value, zero - force, zero))
                store(g, c, load(g, c) + sign)
        else:
            for c in range(0, weights, LANES):
                store(g, c, fma(load(p, c), force, load(g, c)))


@compiled
def update(kind, s, lr, step, p, g, m1, m2, m3):
    """One step, the `step`-th (1, 2, …), of an optimizer with settings s; m1, m2, m3: its memory, changed in place."""
    if kind == SGD:
        _sgd(s[0], s[1], s[2], s[3], lr, step, p, g, m1)
    elif kind == ADAM or kind == ADAMW:
        _adam(kind, s[0], s[1], s[2], s[3], s[4], lr, step, p, g, m1, m2, m3)
    elif kind == RMSPROP:
        _rmsprop(s[0], s[1], s[2], s[3], s[4], lr, p, g, m1, m2, m3)
    elif kind == ADAGRAD:
        _adagrad(s[0], s[1], s[2], lr, step, p, g, m1)


@compiled
def _sgd(decay, momentum, dampening, nesterov, lr, step, p, g, speed):
    down, weaker, kept, new = splat(f(-lr)), splat(f(decay)), splat(f(momentum)), splat(f(1.0 - dampening))
    for c in range(0, len(p), LANES):
        w, grad = load(p, c), load(g, c)
        if decay != 0.0:
            grad = fma(w, weaker, grad)
        if momentum != 0.0:
            now = grad
            if step > 1:
                now = fma(load(speed, c), kept, grad * new)
            store(speed, c, now)
            grad = fma(now, kept, grad) if nesterov != 0.0 else now
        store(p, c, fma(grad, down, w))


@compiled
def _adam(kind, decay, beta1, beta2, eps, amsgrad, lr, step, p, g, mean, square, largest):
    down = splat(f(-lr / (1.0 - beta1**step)))
    root = splat(f(math.sqrt(1.0 - beta2**step)))
    small, new1, kept2, new2 = splat(f(eps)), splat(f(1.0 - beta1)), splat(f(beta2)), splat(f(1.0 - beta2))
    weaker, shrink = splat(f(decay)), splat(f(1.0 - lr * decay))
    for c in range(0, len(p), LANES):
        w, grad = load(p, c), load(g, c)
        if decay != 0.0:
            if kind == ADAMW:
                w = w * shrink
            else:
                grad = fma(w, weaker, grad)
        m = load(mean, c)
        m = fma(grad - m, new1, m)
        v = fma(load(square, c), kept2, new2 * grad * grad)
        store(mean, c, m)
        store(square, c, v)
        if amsgrad != 0.0:
            most = load(largest, c)
            v = pick(most, v, most, v)
            store(largest, c, v)
        store(p, c, fma(down, m / (sqrt(v) / root + small), w))


@compiled
def _rmsprop(decay, alpha, eps, momentum, centered, lr, p, g, square, mean, speed):
    down, weaker, kept, new = splat(f(-lr)), splat(f(decay)), splat(f(alpha)), splat(f(1.0 - alpha))
    small, slower = splat(f(eps)), splat(f(momentum))
    for c in range(0, len(p), LANES):
        w, grad = load(p, c), load(g, c)
        if decay != 0.0:
            grad = fma(w, weaker, grad)
        v = fma(load(square, c), kept, new * grad * grad)
        store(square, c, v)
        if centered != 0.0:
            m = load(mean, c)
            m = fma(grad - m, new, m)
            store(mean, c, m)
            v = v - m * m
        grad = grad / (sqrt(v) + small)
        if momentum != 0.0:
            grad = fma(load(speed, c), slower, grad)
            store(speed, c, grad)
        store(p, c, fma(down, grad, w))


@compiled
def _adagrad(decay, lr_decay, eps, lr, step, p, g, summed):
    down = splat(f(-lr / (1.0 + (step - 1.0) * lr_decay)))
    weaker, small = splat(f(decay)), splat(f(eps))
    for c in range(0, len(p), LANES):
        w, grad = load(p, c), load(g, c)
        if decay != 0.0:
            grad = fma(w, weaker, grad)
        v = fma(grad, grad, load(summed, c))
        store(summed, c, v)
        store(p, c, fma(down, grad / (sqrt(v) + small), w))
