"""What a network's outputs mean: turned into logits in the data's order of classes, or into the target's number."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Kind
from dlviz.foreign.reading import Reading
from dlviz.tasks.units import Units

#: One number a class before or behind a softmax; of two classes one number before or behind a sigmoid; a number.
Meaning = Literal["logits", "probabilities", "one logit", "one probability", "number"]
#: How far probabilities may sum to something else than 1.
_NEAR = 1e-3


class Logits(nn.Module):
    """Outputs (N, classes), or (N, 1) of two classes → logits (N, classes) whose softmax is what the network says."""

    order: Tensor

    def __init__(self, meaning: Meaning, order: list[int]) -> None:
        super().__init__()
        self.meaning = meaning
        self.register_buffer("order", torch.tensor(order))

    def forward(self, y: Tensor) -> Tensor:
        if self.meaning == "probabilities":
            y = y.clamp(min=torch.finfo(y.dtype).tiny).log()
        elif self.meaning == "one logit":
            y = torch.cat([-y / 2, y / 2], 1)
        elif self.meaning == "one probability":
            half = torch.logit(y, eps=1e-7) / 2
            y = torch.cat([-half, half], 1)
        return y.index_select(1, self.order)


class Number(Units):
    """Passes the number on: it is in the target's units. `std` is the targets' spread, in which errors are told."""

    def forward(self, x: Tensor) -> Tensor:
        return x


def meaning(reading: Reading, kind: Kind, outputs: Tensor) -> Meaning:
    """What outputs (N, …) for some examples are. Raises `WrongInput` where they cannot be what the target needs."""
    if not torch.isfinite(outputs).all():
        raise WrongInput(
            "A network must answer with finite numbers. It answers some examples with NaN or infinity. Are its inputs "
            "scaled as when it was trained? Say so by `scaling`; else train it anew."
        )
    if not isinstance(kind, Category):
        if outputs.shape[1] != 1:
            raise WrongInput(f"The network must answer with one number. It answers with {outputs.shape[1]}.")
        return "number"
    classes = len(kind.names)
    if outputs.shape[1] == 1 and classes == 2:
        within = bool(((outputs >= 0) & (outputs <= 1)).all())
        certain = reading.answers == "probabilities" or (reading.answers == "auto" and within)
        return "one probability" if certain else "one logit"
    if outputs.shape[1] != classes:
        raise WrongInput(
            f"The network must answer with one number for each of the data's {classes} classes. It answers with "
            f"{outputs.shape[1]}. Choose the data it was trained on, or another of its outputs."
        )
    if reading.answers != "auto":
        return reading.answers
    shares = bool((outputs >= 0).all()) and bool(((outputs.double().sum(1) - 1).abs() < _NEAR).all())
    return "probabilities" if shares else "logits"


def places(reading: Reading, kind: Category) -> list[int]:
    """Which output belongs to each class of the data."""
    if not reading.classes:
        return list(range(len(kind.names)))
    if sorted(reading.classes) != sorted(kind.names):
        raise WrongInput(
            f"reading.classes must name each class of the data once: {', '.join(kind.names[:20])}. Received: "
            f"{', '.join(reading.classes[:20])}."
        )
    return [reading.classes.index(name) for name in kind.names]


def flat(outputs: Tensor, count: int) -> Tensor:
    """Outputs as (N, numbers). Raises `WrongInput` where there is not a row for each of `count` examples."""
    if outputs.dim() == 1 and len(outputs) == count:
        return outputs[:, None]
    if outputs.dim() > 2 and len(outputs) == count and outputs[0].numel() == max(outputs.shape[1:]):
        return outputs.flatten(1)
    if outputs.dim() != 2 or len(outputs) != count:
        raise WrongInput(
            f"The network must answer with a row of numbers for each example. To {count} examples it answers with "
            f"{' × '.join(map(str, outputs.shape)) or 'one number'}. Choose another of its outputs, or export it anew."
        )
    return outputs
