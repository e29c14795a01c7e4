"""Influence: from which training examples the network learned, or unlearned, to answer this one."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.scored import why_not_others
from dlviz.studies.gallery import Place, gallery
from dlviz.studies.gradients_of import Taken, all_products, last_products
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.moments import Moment, moments
from dlviz.studies.saying import Saying
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task


class Influence(Study):
    """The training examples that helped the network most to get this one right, and those that hurt most (TracIn).

    influence(z', z) = Σ over checkpoints of η ∇ℓ(w, z')·∇ℓ(w, z): how far, to first order, steps on the training
    example z' brought down the loss of this example z. Above 0 it helped, below 0 it hurt.
    """

    paper: ClassVar[str] = (
        "Pruthi et al. 2020, Estimating Training Data Influence by Tracing Gradient Descent, arXiv:2002.08484"
    )
    reading: ClassVar[str] = (
        "What helped is usually alike and of the same class. What hurt is alike and of another class: look whether its "
        "answer is right. A wrong label in the training part shows here."
    )
    misleads: ClassVar[str] = (
        "It follows plain steps down the gradient at a few checkpoints; Adam and its like go another way, and what "
        "happened between is not seen. Examples with large losses, such as odd ones, seem to matter for everything."
    )
    cost: ClassVar[str] = "`checkpoints` passes for each training example; with `layers: all` about four times that"
    group: ClassVar[Group] = "examples"

    layers: Literal["last", "all"] = setting(
        "last", "Whose weights count. `last`: the last layer's, quick, and mostly the same; `all`: every weight."
    )
    checkpoints: int = setting(
        5, "How many moments of the training, evenly spaced. More: surer, and slower.", ge=1, le=100
    )
    count: int = setting(6, "How many examples of each sort to show.", ge=1, le=32)
    most: int = setting(
        10_000, "How many training examples are looked at. More: the strongest are missed less, and slower.", ge=10,
        le=10_000_000, advanced=True,
    )  # fmt: skip
    seed: int = setting(0, "By which they are drawn where there are more.", ge=0, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        why = why_not_others(task, networks, fields, (Image, Vector, Tokens, Series, Audio))
        if why is None and type(task).example_losses is Task.example_losses:
            return f"It follows the loss of single examples, which {task.kind()} does not tell."
        return why

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        data, saying = inquiry.question.data, Saying(inquiry.question)
        kept = moments(inquiry, self.checkpoints)
        rows = torch.arange(len(data.train))
        if len(rows) > self.most:
            rows = torch.randperm(len(rows), generator=torch.Generator().manual_seed(self.seed))[: self.most]
            rows = rows.sort().values
        done, of = 0, len(kept) * len(rows)

        def taken(count: int) -> None:
            nonlocal done
            done += count
            step(done, of)

        total = torch.zeros(len(rows), dtype=torch.float64)
        for moment in kept:
            total += moment.lr * self._products(inquiry, moment, rows, taken)
        found, order = total.numpy(), np.argsort(-total.numpy(), kind="stable")
        helped = [int(i) for i in order[: self.count] if found[i] > 0]
        hurt = [int(i) for i in order[::-1][: self.count] if found[i] < 0]
        shown = []
        for chosen, title, note in (
            (helped, "Helped most", "Steps on these brought its loss down most, to first order."),
            (hurt, "Hurt most", "Steps on these brought its loss up most. Look whether their answers are right."),
        ):
            places: list[Place] = [("train", int(rows[i])) for i in chosen]
            heads = [f"{saying.true('train', int(rows[i]))} · {found[i]:+.2g}" for i in chosen]
            if places:
                shown.append(gallery(data, places, heads, title, note))
        numbers = {
            "helped": [{"row": int(rows[i]), "influence": float(found[i])} for i in helped],
            "hurt": [{"row": int(rows[i]), "influence": float(found[i])} for i in hurt],
            "steps": [moment.step for moment in kept],
            "rates": [moment.lr for moment in kept],
        }
        return Finding(self._says(saying, rows, helped, hurt, kept, len(data.train)), shown, numbers)

    def _products(self, inquiry: Inquiry, moment: Moment, rows: Tensor, taken: Taken) -> Tensor:
        question = inquiry.question
        task, data = question.task, question.data
        one = data.part(inquiry.part).batch(slice(inquiry.index, inquiry.index + 1))
        if self.layers == "all":
            return all_products(task, moment.networks, data.fields, one, data.train, rows, taken)
        (network,) = moment.networks.values()
        name = InnerLayers.of(question).last
        last = network.get_submodule(name) if name else None
        if not isinstance(last, nn.Linear):
            raise WrongInput(
                f"The last layer with weights is {type(last).__name__}, no Linear: choose `layers: all`."
                if last is not None else "This network has no weights that an example could have moved."
            )  # fmt: skip
        return last_products(task, moment.networks, data.fields, last, one, data.train, rows, taken)

    def _says(
        self, saying: Saying, rows: Tensor, helped: list[int], hurt: list[int], moments: list[Moment], total: int
    ) -> str:
        def named(place: int) -> str:
            row = int(rows[place])
            return f"training example {row} ({saying.true('train', row)})"

        told = f"To learn from {named(helped[0])} helped most with this one" if helped else "No example helped with it"
        told += f"; {named(hurt[0])} hurt most." if hurt else "; none hurt."
        steps = [moment.step for moment in moments]
        sample = f" {len(rows):,} of {total:,} training examples were looked at." if len(rows) < total else ""
        seen = (
            f"Followed at {len(steps)} checkpoints, steps {steps[0]:,} to {steps[-1]:,}."
            if len(steps) > 1
            else "Only one checkpoint could be used: how it came there is not seen."
        )
        return f"{told} {seen}{sample}"
