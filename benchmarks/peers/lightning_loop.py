"""Lightning: a LightningModule, its Trainer without logger, checkpoints and progress bar."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import lightning
import torch
import torch.nn.functional as F
from harness import Array, Fit, Job, measure
from networks import network, optimizer
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset


class Module(lightning.LightningModule):
    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.model = network(job.network, job.arrays()[0].shape[-1])

    def training_step(self, batch: Any, number: int) -> Tensor:
        x, y = batch
        return F.cross_entropy(self.model(x), y)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return optimizer(self.job.optimizer, self.model, self.job.lr)


def begin(job: Job) -> Fit:
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    module = Module(job)

    def fit(inputs: Array, targets: Array, epochs: int) -> None:
        data = TensorDataset(torch.from_numpy(inputs), torch.from_numpy(targets))
        trainer = lightning.Trainer(
            max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False,
        )  # fmt: skip
        trainer.fit(module, DataLoader(data, batch_size=job.batch_size, shuffle=True))

    return fit


if __name__ == "__main__":
    measure(begin, f"lightning {lightning.__version__}, torch {torch.__version__}")
