"""The kernel: many training steps of a small fully connected network in one call of compiled code (numba).

    why_not(network, task, optimizer, regularizers, shape) -> str | None
        why it cannot train this, in a sentence. `optimizer` is torch's, `shape` that of one example. Costs nothing.
    compiling.status() -> "loaded" | "cached" | "absent" | "impossible"
        `cached`: making an `MlpKernel` takes about a tenth of a second more; `absent`: it would compile for seconds.
        compiling.prepare() makes the code in a process of its own; compiling.warm() is for the host.
    kernel = MlpKernel(network, task, optimizer, regularizers, shape)
    losses, outputs = kernel.run(inputs, targets, batch_size, lrs, outputs=False, epochs=1)
        inputs (n, …) float32 and targets as the task's loss takes them, gathered in order; ceil(n / batch_size) steps,
        one learning rate each (float64). losses (steps,) float32; outputs what `Loss.outputs` would be, (n, classes)
        or (n,), or None. Weights and the optimizer's state are torch's own memory, changed in place.

Networks: Linear layers with plain activations between them (`plan.ACTIVATIONS`), Flatten, Identity, chains in blocks.
Tasks: Classification (class indices or probabilities, class weights), Regression (mse, mae, huber). Optimizers: SGD,
Adam, AdamW, RMSprop, Adagrad with all their settings. Regularizers: L1, L2, GradientClipping; those that change
batches are the caller's. Everything else is declined.

torch is the reference: one step agrees within 1e-6, and the same call gives the same bits.
"""

from __future__ import annotations

from dlviz.training.kernel.mlp import MlpKernel, why_not
from dlviz.training.kernel.plan import Declined

__all__ = ["Declined", "MlpKernel", "why_not"]
