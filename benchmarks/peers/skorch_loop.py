"""skorch: NeuralNetClassifier without validation split and printing."""

from __future__ import annotations

import skorch
import torch
from harness import Array, Fit, Job, measure
from networks import network
from torch import nn


def begin(job: Job) -> Fit:
    model = network(job.network, job.arrays()[0].shape[-1])
    net = skorch.NeuralNetClassifier(
        model, criterion=nn.CrossEntropyLoss, optimizer=getattr(torch.optim, job.optimizer), lr=job.lr,
        batch_size=job.batch_size, iterator_train__shuffle=True, train_split=None, verbose=0, warm_start=True,
    )  # fmt: skip

    def fit(inputs: Array, targets: Array, epochs: int) -> None:
        net.set_params(max_epochs=epochs)
        net.fit(inputs, targets)

    return fit


if __name__ == "__main__":
    measure(begin, f"skorch {skorch.__version__}, torch {torch.__version__}")
