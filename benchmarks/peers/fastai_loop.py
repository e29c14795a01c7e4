"""fastai: a Learner over DataLoaders of tensors; no progress bar is loaded."""

from __future__ import annotations

from functools import partial

import fastai
import torch
from fastai.basics import DataLoaders, Learner, OptimWrapper
from harness import Array, Fit, Job, measure
from networks import network
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def begin(job: Job) -> Fit:
    model = network(job.network, job.arrays()[0].shape[-1])

    def fit(inputs: Array, targets: Array, epochs: int) -> None:
        data = TensorDataset(torch.from_numpy(inputs), torch.from_numpy(targets))
        loader = DataLoader(data, batch_size=job.batch_size, shuffle=True)
        few = DataLoader(TensorDataset(*data[: job.batch_size]), batch_size=job.batch_size)
        kind = partial(OptimWrapper, opt=getattr(torch.optim, job.optimizer))
        learner = Learner(DataLoaders(loader, few), model, loss_func=nn.CrossEntropyLoss(), opt_func=kind, lr=job.lr)
        with learner.no_logging():
            learner.fit(epochs)

    return fit


if __name__ == "__main__":
    measure(begin, f"fastai {fastai.__version__}, torch {torch.__version__}")
