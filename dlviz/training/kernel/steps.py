"""Steps: forward, loss, backward, update, over and over, in one call of compiled code."""

from __future__ import annotations

from dlviz.training.kernel.gate import meet
from dlviz.training.kernel.lanes import LANES, load, store
from dlviz.training.kernel.passes import passes
from dlviz.training.kernel.plan import CLASSES
from dlviz.training.kernel.updates import regularize, update


def train(
    inputs, classes, numbers, class_weights, loss_kind, units, stages, settings, p, g, m1, m2, m3, weights, optimizer,
    optimizer_settings, done, lrs, regularizers, strengths, batch_size, each, values, deltas, top, spare, losses,
    outputs, parts, me, gate,
):  # fmt: skip
    """len(lrs) steps on `inputs` (n, features): epochs of `each` examples one after the other, in steps of
    `batch_size` examples, the last one of an epoch with what is left.

    A stage (a row of `stages`) is: what it is, units in, units out, where its weights begin in p, where its biases
    begin (-1: none), where its inputs and its results begin in `values`, in units.

    A batch is cut into `parts`, each with its own gradients (g holds them one after the other) and its own share of
    the loss (losses[step · parts + part]), which are then added up in their order. One thread does all of them
    (`me` < 0), or each part has a thread, the `me`-th, that comes here with the same arguments: the same bits.
    """
    of_epoch = (each + batch_size - 1) // batch_size
    room, short, many = len(values) // parts, len(top) // parts, len(p)
    low, high = 0, many
    if me >= 0:
        low = me * many // parts // LANES * LANES
        high = (me + 1) * many // parts // LANES * LANES if me < parts - 1 else many
        if len(regularizers) > 0:  # the length of all gradients counts: one thread does it
            low, high = 0, (many if me == 0 else 0)
    # slices cost a tiny step a tenth of its time: they are made once where one part is all that this thread does
    mine = max(me, 0)
    own, its_values, its_deltas = g[mine * many : (mine + 1) * many], values[mine * room :], deltas[mine * room :]
    its_top, its_spare = top[mine * short :], spare[mine * short :]
    here, slopes, first, second, third = p[low:high], g[low:high], m1[low:high], m2[low:high], m3[low:high]
    for number in range(len(lrs)):
        begin = number // of_epoch * each
        start = begin + number % of_epoch * batch_size
        size = min(batch_size, begin + each - start)
        width = (size + parts - 1) // parts
        width = (width + LANES - 1) // LANES * LANES if parts > 1 else size
        whole = float(size)
        if loss_kind == CLASSES and len(class_weights) > 0:
            whole = 0.0
            for b in range(size):
                whole += class_weights[classes[start + b]]

        for part in range(parts):
            if me >= 0 and part != me:
                continue
            if me < 0 and parts > 1:
                own, its_values, its_deltas = (
                    g[part * many : (part + 1) * many],
                    values[part * room :],
                    deltas[part * room :],
                )
                its_top, its_spare = top[part * short :], spare[part * short :]
            at = part * width
            count = min(width, size - at)
            if count <= 0:  # a small last batch
                own[:] = 0.0
                losses[number * parts + part] = 0.0
                continue
            losses[number * parts + part] = passes(
                inputs, classes, numbers, class_weights, loss_kind, units, stages, settings, p, own, start + at, count,
                whole, its_values, its_deltas, its_top, its_spare, outputs,
            )  # fmt: skip

        if me >= 0:
            meet(gate, parts * (2 * number + 1))
        for part in range(1, parts):
            for c in range(low, high, LANES):
                store(g, c, load(g, c) + load(g, part * many + c))
        if high > low:
            if len(regularizers) > 0:
                regularize(regularizers, strengths, here, slopes, weights)
            update(optimizer, optimizer_settings, lrs[number], done + number + 1.0, here, slopes, first, second, third)
        if me >= 0:
            meet(gate, parts * (2 * number + 2))
