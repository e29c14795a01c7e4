"""The bare loop: torch alone, resident tensors indexed by a permutation, torch's defaults."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from harness import Array, Fit, Job, measure
from networks import network, optimizer


def begin(job: Job) -> Fit:
    features = job.arrays()[0].shape[-1]
    model = network(job.network, features)
    steps = optimizer(job.optimizer, model, job.lr)

    def fit(inputs: Array, targets: Array, epochs: int) -> None:
        x, y = torch.from_numpy(inputs), torch.from_numpy(targets)
        model.train()
        for _ in range(epochs):
            order = torch.randperm(len(x))
            for start in range(0, len(x), job.batch_size):
                index = order[start : start + job.batch_size]
                loss = F.cross_entropy(model(x[index]), y[index])
                steps.zero_grad()
                loss.backward()
                steps.step()

    return fit


if __name__ == "__main__":
    measure(begin, f"torch {torch.__version__}")
