"""The loop of torch's tutorials: a DataLoader over a TensorDataset."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from harness import Array, Fit, Job, measure
from networks import network, optimizer
from torch.utils.data import DataLoader, TensorDataset


def begin(job: Job) -> Fit:
    model = network(job.network, job.arrays()[0].shape[-1])
    steps = optimizer(job.optimizer, model, job.lr)

    def fit(inputs: Array, targets: Array, epochs: int) -> None:
        data = TensorDataset(torch.from_numpy(inputs), torch.from_numpy(targets))
        loader = DataLoader(data, batch_size=job.batch_size, shuffle=True)
        model.train()
        for _ in range(epochs):
            for x, y in loader:
                loss = F.cross_entropy(model(x), y)
                steps.zero_grad()
                loss.backward()
                steps.step()

    return fit


if __name__ == "__main__":
    measure(begin, f"torch {torch.__version__}")
