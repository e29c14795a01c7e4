"""Evaluate: how well the networks do on a part of the data that they do not learn from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from dlviz.datasets.data import Batch, Examples, Fields
from dlviz.tasks.task import Loss, Networks, Task, at_a_time, device_of, forward_all, in_batches
from dlviz.training.meter import Mean

Figures = dict[str, float | None]
Under = Callable[[Iterable[Loss]], Iterable[Loss]]


@torch.no_grad()
def evaluate(
    task: Task, networks: Networks, examples: Examples, metrics: Mapping[str, Any], fields: Fields,
    under: Under = iter, trimmed: Callable[[Batch], Batch] = lambda batch: batch,
) -> tuple[Figures, Tensor | None]:  # fmt: skip
    """`{"loss": …, "<metric>": …}` over all examples, in evaluation mode, and the outputs.

    One pass serves both where `losses` gives its outputs. Global chance is the caller's to guard. `trimmed`: a batch as
    the networks are to see it.
    """
    modes = {role: network.training for role, network in networks.items()}
    for network in networks.values():
        network.eval()
    try:
        losses, outputs = Mean(), []
        for batch in in_batches(examples, at_a_time(examples, fields), device_of(networks)):
            size = len(next(iter(batch.values())))
            for loss in under(task.losses(networks, trimmed(batch), fields)):
                weight = size if loss.weight is None else loss.weight
                losses.sums[loss.role] = losses.sums.get(loss.role, 0.0) + float(loss.value) * weight
                losses.counts[loss.role] = losses.counts.get(loss.role, 0) + weight
                if loss.outputs is not None:
                    outputs.append(loss.outputs)
    finally:
        for role, network in networks.items():
            network.train(modes[role])
    together = torch.cat(outputs) if outputs else forward_all(task, networks, examples, fields) if metrics else None
    figures = loss_figures(losses.values())
    if metrics and together is not None:
        figures |= measure(task, metrics, together, examples.columns, fields)
    return figures, together


def loss_figures(losses: Mapping[str, float]) -> Figures:
    """`loss`, and with several networks one `loss.<role>` each, of which `loss` is the sum."""
    figures: Figures = {"loss": _finite(sum(losses.values()))}
    if len(losses) > 1:
        figures |= {f"loss.{role}": _finite(value) for role, value in losses.items()}
    return figures


def measure(task: Task, metrics: Mapping[str, Any], outputs: Tensor, columns: Batch, fields: Fields) -> Figures:
    """Each metric over all outputs at once; `columns` holds at least the targets."""
    device, home = outputs.device, next(iter(columns.values())).device
    outputs = outputs.to(home)  # examples that are too many for a GPU stay where they are
    predictions, truth = (found.to(device) for found in task.measured(outputs, columns, fields))
    figures: Figures = {}
    for name, metric in metrics.items():
        metric.update(predictions, truth)
        figures[name] = _finite(float(metric.compute()))
        metric.reset()
    return figures


def _finite(value: float) -> float | None:
    """The value, or None where it is not a number: JSON has no other way to say so."""
    return value if math.isfinite(value) else None
