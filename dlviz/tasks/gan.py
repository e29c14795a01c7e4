"""Gan: two networks play against each other, and one learns to make examples that nobody has seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Category, Image, Points, Value, Vector
from dlviz.datasets.data import Batch, Data, Fields
from dlviz.network.graph import Graph
from dlviz.tasks.gan_starters import gan_starters
from dlviz.tasks.likeness import Coverage, Modes, Precision
from dlviz.tasks.plane import surface
from dlviz.tasks.recipes import gan_recipe
from dlviz.tasks.starters import is_plane
from dlviz.tasks.task import Loss, Networks, Role, Task, as_array

#: How many examples a view shows: pictures, points.
PICTURES, POINTS = 64, 500


class Gan(Task):
    """Two networks play against each other: a generator makes examples out of noise, a discriminator tells real ones
    from made ones. Each gets better by the other.

    Goodfellow et al. 2014. The discriminator's output D is a logit: positive means "real".
    """

    automatic: ClassVar[bool] = False
    primary: ClassVar[str] = "coverage"
    higher_is_better: ClassVar[bool] = True
    adversarial: ClassVar[bool] = True

    loss: Literal["non-saturating", "hinge", "least squares"] = setting(
        "non-saturating",
        "How the game is scored. `non-saturating`: cross-entropy, with the generator asking for D = real (Goodfellow "
        "et al. 2014); `hinge`: only what is near the border counts (Lim & Ye 2017); `least squares`: distance to "
        "the right answer (Mao et al. 2017).",
    )
    noise_size: int = setting(
        16, "How many random numbers each example is made of. More: more variety is possible.", ge=1, le=4096
    )
    gradient_penalty: float = setting(
        0.0, "Keeps the discriminator from being steep about real examples: γ/2·|∇D|² (Mescheder et al. 2018). More: "
        "a calmer game, with slower progress.", ge=0, le=1000,
    )  # fmt: skip

    def why_not(self, fields: Fields) -> str | None:
        kinds = list(fields.inputs.values())
        if len(kinds) != 1 or not isinstance(kinds[0], (Image, Vector)):
            named = ", ".join(f"`{name}` ({kind.kind()})" for name, kind in fields.inputs.items())
            return f"A GAN needs one input that is a picture or a row of numbers; this data has {named or 'none'}."
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        name, kind = next(iter(fields.inputs.items()))
        return {
            "generator": Role({"noise": (self.noise_size,)}, kind.shape(), "an example made of noise"),
            "discriminator": Role({name: kind.shape()}, (1,), "above 0: real; below: made"),
        }

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return gan_starters(next(iter(fields.inputs.values())))

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return gan_recipe(fields)

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        judge = networks["discriminator"]
        real = _examples(batch, fields)
        made = self.forward(networks, batch, fields)
        yield Loss("discriminator", self._exposing(judge(real), judge(made.detach())) + self._penalty(judge, real))
        # only now, so that the generator plays against the discriminator that has just learned
        outputs = None if judge.training else made  # measured against the whole of a part, never in training
        yield Loss("generator", self._fooling(judge(made)), outputs)

    def _exposing(self, real: Tensor, made: Tensor) -> Tensor:
        if self.loss == "hinge":
            return F.relu(1 - real).mean() + F.relu(1 + made).mean()
        if self.loss == "least squares":
            return ((real - 1).square().mean() + made.square().mean()) / 2
        return F.softplus(-real).mean() + F.softplus(made).mean()  # cross-entropy with labels 1 and 0

    def _fooling(self, made: Tensor) -> Tensor:
        if self.loss == "hinge":
            return -made.mean()
        if self.loss == "least squares":
            return (made - 1).square().mean() / 2
        return F.softplus(-made).mean()

    def _penalty(self, judge: torch.nn.Module, real: Tensor) -> Tensor | float:
        if not self.gradient_penalty or not torch.is_grad_enabled():
            return 0.0
        real = real.detach().requires_grad_()
        (slope,) = torch.autograd.grad(judge(real).sum(), real, create_graph=True)
        return self.gradient_penalty / 2 * slope.square().flatten(1).sum(1).mean()

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """As many made examples as the batch has real ones, from torch's global chance."""
        real = _examples(batch, fields)
        made: Tensor = networks["generator"](torch.randn(len(real), self.noise_size, device=real.device))
        return made

    def metrics(self, fields: Fields) -> dict[str, Any]:
        modes = {"modes": Modes()} if _class(fields) else {}
        return {"coverage": Coverage(), "precision": Precision(), **modes}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """Made examples (N, d), and real ones with their class as last number (N, d+1)."""
        real, name = _examples(batch, fields).flatten(1), _class(fields)
        label = batch[name].to(real) if name else real.new_zeros(len(real))
        return outputs.flatten(1), torch.cat([real, label[:, None]], 1)

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """What the discriminator holds of examples."""
        real = as_array(networks["discriminator"](_examples(inputs, fields)).sigmoid())
        return {"real": Value(Category(names=("made", "real")), np.concatenate([1 - real, real], 1), "real or made")}

    @torch.no_grad()
    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        name, kind = next(iter(data.fields.inputs.items()))
        count = PICTURES if isinstance(kind, Image) else POINTS
        column = data.part(part).columns[name]
        # the same noise each time, so that one sees the same examples become better
        noise = torch.randn(count, self.noise_size, generator=torch.Generator().manual_seed(0)).to(column.device)
        encoder = data.encoders.get(name)
        made, real = (
            encoder.decode(examples) if encoder else Value(kind, as_array(examples))
            for examples in (networks["generator"](noise), column[:count])
        )
        if isinstance(kind, Image):
            note = "Each picture is made of its own noise, the same noise all through the run."
            return {"made": dataclasses.replace(made, title="Made pictures", note=note)}
        if not is_plane(kind) or not np.issubdtype(made.data.dtype, np.number):
            return {}
        group = np.repeat([0, 1], [len(real.data), len(made.data)])
        both = np.concatenate([real.data, made.data])
        views = {"points": Value(Points(groups=("real", "made")), both, "Real and made points", more={"group": group})}
        judge = networks["discriminator"]
        drawn = surface(data, part, lambda points: judge(points).sigmoid(), (), torch.ones(len(column)))
        if drawn:
            note = "Near 1 the discriminator holds points for real, near 0 for made; the dots are real."
            views["surface"] = dataclasses.replace(drawn, title="What the discriminator believes", note=note)
        return views


def _examples(batch: Batch, fields: Fields) -> Tensor:
    return batch[next(iter(fields.inputs))]


def _class(fields: Fields) -> str | None:
    """The name of a target that is a class, of which each is a mode to be covered."""
    return next((name for name, kind in fields.targets.items() if isinstance(kind, Category)), None)
