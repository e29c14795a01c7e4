"""Divergence: in which layer numbers stopped being numbers, and what would mend it.

When a loss is infinite or not a number, the weights are already spoilt. So the training goes back to the last good
snapshot and takes the same steps again, looking at every layer's output, gradient and weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from dlviz.datasets.data import Batch
from dlviz.training.checkpoint import Snapshot

if TYPE_CHECKING:
    from dlviz.training.loop import Loop


class Diverged(ArithmeticError):
    """A loss or a weight is infinite or not a number; `step` is the first one known to show it."""

    def __init__(self, step: int) -> None:
        super().__init__(f"diverged at step {step}")
        self.step = step


@dataclass(frozen=True)
class Breakdown:
    """Where a training broke down: a sentence for a person, the step, and the layer (`model.hidden`; may be empty)."""

    sentence: str
    step: int
    node: str = ""


class _Found(Exception):
    def __init__(self, what: str, node: str = "") -> None:
        super().__init__(what)
        self.node = node


def finite(tensors: Iterable[Tensor]) -> bool:
    """Whether all numbers of all tensors are finite, in one pass and one look."""
    floats = [tensor.detach() for tensor in tensors if tensor.is_floating_point() and tensor.numel()]
    if not floats:
        return True
    return bool(torch.stack([torch.isfinite(tensor).all() for tensor in floats]).all())


def diagnose(loop: Loop, good: Snapshot, step: int) -> Breakdown:
    """The step and the layer where it began, and what would mend it."""
    node = ""
    try:
        loop.restore(good)
        _replay(loop, step)
        where = "the loss"
    except _Found as found:
        where, node = str(found), found.node
    rate = next(iter(loop.optimizers.values())).param_groups[0]["lr"]
    if "data" in where:
        mend = "Look at the data: a value is missing there or far too large."
    else:
        mend = (
            f"Most often the learning rate is too high: it is {rate:.3g}; try {rate / 10:.2g}. "
            "Gradient clipping and normalisation layers help, too."
        )
    at = min(loop.step + 1, step)
    sentence = f"Training broke down at step {at}: {where} became infinite or not a number (NaN). {mend}"
    return Breakdown(sentence, at, node)


def _replay(loop: Loop, until: int) -> None:
    """Take the steps again up to `until`; raises `_Found` at the first number that is none."""
    handles = []
    for role, network in loop.networks.items():
        network.train()
        if not finite(network.parameters()):
            raise _first(network.named_parameters(), "the weight", role, loop.networks) or _Found("a weight")
        for name, module in network.named_modules():
            if name and not any(True for _ in module.children()):
                handles.append(module.register_forward_hook(_output_check(name, role, loop.networks)))
    try:
        for epoch in range(loop.epoch, loop.epochs):
            for batch in loop.batches.of(epoch, loop.position):
                _step(loop, batch)
                loop.step += 1
                loop.position += len(next(iter(batch.values())))
                if loop.step >= until:
                    return
            loop.position = 0
    finally:
        for handle in handles:
            handle.remove()


def _step(loop: Loop, batch: Batch) -> None:
    for name, column in batch.items():
        if not finite([column]):
            raise _Found(f"the data itself (`{name}`)")
    for loss in loop.under_precision(loop.task.losses(loop.networks, batch, loop.fields)):
        network = loop.networks[loss.role]
        if not finite([loss.value]):
            raise _Found("the loss")
        loop.optimizers[loss.role].zero_grad()
        loss.value.backward()
        gradients = ((name, weight.grad) for name, weight in network.named_parameters() if weight.grad is not None)
        if found := _first(gradients, "the gradient", loss.role, loop.networks):
            raise found
        for regularizer in loop.regularizers:
            regularizer.gradients(loop.parameters[loss.role])
        loop.optimizers[loss.role].step()
        if found := _first(network.named_parameters(), "the weight", loss.role, loop.networks):
            raise found
    for scheduler in loop.schedulers.values():
        scheduler.step()


def _first(
    tensors: Iterable[tuple[str, Tensor]], what: str, role: str, networks: Mapping[str, nn.Module]
) -> _Found | None:
    for path, tensor in tensors:
        if not finite([tensor]):
            name, _, part = path.rpartition(".")
            return _Found(f"{what} ({part}) of layer {_layer(name, role, networks)}", f"{role}.{name}")
    return None


def _output_check(name: str, role: str, networks: Mapping[str, nn.Module]) -> Any:
    def check(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, Tensor) and not finite([output]):
            raise _Found(f"the output of layer {_layer(name, role, networks)}", f"{role}.{name}")

    return check


def _layer(name: str, role: str, networks: Mapping[str, nn.Module]) -> str:
    return f"`{name}`" if len(networks) == 1 else f"`{name}` of the {role}"
