"""What passes at the nodes of a network when a sample of training examples goes forwards and its loss back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from dlviz.probes.scene import Scene, Stage


@dataclass
class Passed:
    """By path: `outputs` of nodes (N, …), `gradients` of the loss with respect to them (same shapes), and
    `weight_gradients`, those with respect to a node's own weights, by the weight's name. `losses` by role."""

    outputs: dict[str, Tensor] = field(default_factory=dict)
    gradients: dict[str, Tensor] = field(default_factory=dict)
    weight_gradients: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)


def passed(stage: Stage, scene: Scene) -> Passed:
    """One pass forwards and back through the copies.

    Batch normalisation takes the figures of the sample, as in training; nothing is dropped out. A role's weights get
    their gradients from its own loss only, before any regularizer."""
    found = Passed()
    several = len(next(iter(stage.sample.values()))) > 1
    for norm in stage.norms:
        norm.train(several)
    try:
        with torch.enable_grad(), scene.listening() as heard:
            for loss in stage.task.losses(stage.networks, stage.sample, stage.fields):
                found.losses.setdefault(loss.role, float(loss.value.detach()))
                if loss.value.requires_grad:
                    loss.value.backward(retain_graph=True)
                    _note(found, stage, loss.role)
                for network in stage.networks.values():
                    network.zero_grad(set_to_none=True)
    finally:
        for norm in stage.norms:
            norm.eval()
    for path, tensor in heard.outputs.items():
        found.outputs[path] = tensor.detach()
        if tensor.grad is not None:
            found.gradients[path] = tensor.grad.detach()
    return found


def _note(found: Passed, stage: Stage, role: str) -> None:
    for place in stage.places:
        if place.path.split(".", 1)[0] == role:
            own = {name: weight.grad for name, weight in place.module.named_parameters() if weight.grad is not None}
            if own:
                found.weight_gradients[place.path] = own
