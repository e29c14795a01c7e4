"""Passes: some examples of a batch forwards, their loss, and backwards to the gradients."""

from __future__ import annotations

from dlviz.training.kernel.activations import slope, value
from dlviz.training.kernel.functions import compiled
from dlviz.training.kernel.lanes import LANES, load, store
from dlviz.training.kernel.losses import class_loss, number_loss, soft_loss
from dlviz.training.kernel.plan import CLASSES, LINEAR, SOFT
from dlviz.training.kernel.products import bias_gradients, product, weight_gradients


@compiled
def passes(
    inputs, classes, numbers, class_weights, loss_kind, units, stages, settings, p, g, start, size, whole, values,
    deltas, top, spare, outputs,
):  # fmt: skip
    """Their share of the loss of a batch that weighs `whole`; g: their share of its gradients.

    The examples are inputs[start : start + size]. One unit's results lie side by side, filled up with examples of zeros
    to whole lanes. For `stages` see `steps.py`.
    """
    features = inputs.shape[1]
    many, last = len(stages), len(stages) - 1
    wide = stages[last, 2]
    stride = (size + LANES - 1) // LANES * LANES

    for k in range(features):
        for b in range(size):
            values[k * stride + b] = inputs[start + b, k]
        for b in range(size, stride):
            values[k * stride + b] = 0.0

    for s in range(many):
        x, y = stages[s, 5] * stride, stages[s, 6] * stride
        if stages[s, 0] == LINEAR:
            product(
                p, stages[s, 3], stages[s, 1], 1, stages[s, 4], stages[s, 1], stages[s, 2], values, x, values, y, stride
            )
        else:
            for c in range(0, stages[s, 2] * stride, LANES):
                store(values, y + c, value(stages[s, 0], settings[s, 0], settings[s, 1], load(values, x + c)))

    end = stages[last, 6] * stride
    if loss_kind == CLASSES:
        loss = class_loss(
            values, end, deltas, end, wide, stride, top, spare, classes, start, size, class_weights, whole
        )  # fmt: skip
    elif loss_kind == SOFT:
        loss = soft_loss(values, end, deltas, end, wide, stride, top, spare, numbers, start, size, class_weights, whole)
    else:
        loss = number_loss(
            loss_kind, values, end, deltas, end, stride, top, spare, numbers, start, size, units[0], units[1], whole
        )
    if len(outputs) > 0:
        if loss_kind == CLASSES or loss_kind == SOFT:
            for b in range(size):
                for k in range(wide):
                    outputs[(start + b) * wide + k] = values[end + k * stride + b]
        else:
            for b in range(size):
                outputs[start + b] = top[b]

    for s in range(last, -1, -1):
        x, y = stages[s, 5] * stride, stages[s, 6] * stride
        if stages[s, 0] == LINEAR:
            weight_gradients(deltas, y, stages[s, 2], values, x, stages[s, 1], stride, g, stages[s, 3])
            if stages[s, 4] >= 0:
                bias_gradients(deltas, y, stages[s, 2], stride, g, stages[s, 4])
            if s > 0:
                product(p, stages[s, 3], 1, stages[s, 1], -1, stages[s, 2], stages[s, 1], deltas, y, deltas, x, stride)
        elif s > 0:
            for c in range(0, stages[s, 2] * stride, LANES):
                bend = slope(stages[s, 0], settings[s, 0], settings[s, 1], load(values, x + c), load(values, y + c))
                store(deltas, x + c, load(deltas, y + c) * bend)
    return loss
