"""NearestExamples: which training examples the network sees as most like this one."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens, Value, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.scored import scorer, why_not_others
from dlviz.studies.gallery import Place, gallery
from dlviz.studies.inner_layers import InnerLayers, entering, layer_outputs
from dlviz.studies.saying import Saying
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task

#: Rows that differ by less than this share of their length are the same.
_ROUNDED = 1e-6


class NearestExamples(Study):
    """The training examples that lie nearest to this one, not pixel by pixel but as the network sees them: by what goes
    into its last layer.

    d(x, x') is the Euclidean distance of the two rows of numbers, or 1 - cos of the angle between them.
    """

    paper: ClassVar[str] = (
        "Caruana et al. 1999, Case-Based Explanation of Non-Case-Based Learning Methods; Papernot & McDaniel 2018, "
        "Deep k-Nearest Neighbors, arXiv:1803.04765"
    )
    reading: ClassVar[str] = (
        "What the network takes for alike stands side by side here. Where the neighbours are of one class, the answer "
        "rests on many examples like it; where they are of several, or far away, be careful."
    )
    misleads: ClassVar[str] = (
        "Near is not the same as cause: the network need not have learned this answer from these examples. And some "
        "are always nearest, however far away they are: look at the distances."
    )
    cost: ClassVar[str] = "one pass for each training example"
    group: ClassVar[Group] = "examples"

    count: int = setting(11, "How many neighbours to show.", ge=1, le=63)
    distance: Literal["cosine", "euclid"] = setting(
        "cosine", "`cosine`: the angle alone, however strong the answers are; `euclid`: the plain distance."
    )
    layer: str = setting(
        "auto", "The layer whose result is compared. `auto`: what goes into the last layer with weights.", min_length=1,
        names="layer", usual="what goes into the last layer",
    )  # fmt: skip
    most: int = setting(
        20_000, "How many training examples are compared at most. More: surer, and slower.", ge=10, le=10_000_000,
        advanced=True,
    )  # fmt: skip
    seed: int = setting(0, "By which they are drawn where there are more.", ge=0, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_others(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question, saying = inquiry.question, Saying(inquiry.question)
        data, total = question.data, len(question.data.train)
        chosen = torch.arange(total)
        if total > self.most:
            chosen = torch.randperm(total, generator=torch.Generator().manual_seed(self.seed))[: self.most]
            if inquiry.part == "train" and not (chosen == inquiry.index).any():
                chosen[-1] = inquiry.index
            chosen = chosen.sort().values
        here = features(question, self.layer, question.inputs[saying.input], lambda done, of: None)
        there = features(question, self.layer, data.train.columns[saying.input][chosen], step)
        apart = distances(here[0], there, self.distance)
        own = chosen == inquiry.index if inquiry.part == "train" else torch.zeros(len(chosen), dtype=torch.bool)
        order = torch.where(own, -1.0, apart).argsort(stable=True)[: self.count]  # itself before its duplicates
        rows, far = [int(row) for row in chosen[order]], [float(one) for one in apart[order]]
        classes = [saying.true("train", row) for row in rows]
        captions = [
            f"{true} · {'itself' if alike else format(one, '.2g')}"
            for true, one, alike in zip(classes, far, own[order].tolist(), strict=True)
        ]
        places: list[Place] = [(inquiry.part, inquiry.index), *(("train", row) for row in rows)]
        answer = saying.words(saying(question.inputs[saying.input])[0])
        numbers = {"rows": rows, "distances": far, "classes": classes, "compared": len(chosen), "now": answer}
        return Finding(
            _says(saying, classes, rows, answer, len(chosen), total, data.train.columns[saying.target]),
            [_shown(inquiry, places, ["this one", *captions], self.distance)],
            numbers,
        )


def features(question: Question, layer: str, inputs: Tensor, step: Step) -> Tensor:
    """What the network makes of inputs (N, *shape), as rows (N, D): the result of a layer, `auto`: what goes into its
    last layer with weights. Raises `WrongInput`."""
    layers, score = InnerLayers.of(question), scorer(question)
    if layer == "auto":
        if layers.last is None:
            raise WrongInput("This network has no layer with weights: there is nothing that it has learned to see by.")
        return entering(layers.network.get_submodule(layers.last), score, inputs, step).flatten(1)
    return layer_outputs(layers.layer(layer), score, inputs, step).flatten(1)


def distances(here: Tensor, there: Tensor, how: str) -> Tensor:
    """(N,) from one row (D,) to others (N, D), as float64; 0 where they are the same but for how numbers were rounded,
    which hangs on the batch that they went through the network in."""
    here, there = here.double(), there.double()
    plain = (there - here).norm(dim=1)
    same = plain <= _ROUNDED * here.norm()
    if how == "cosine":
        plain = 1 - there @ here / (there.norm(dim=1) * here.norm()).clamp(min=1e-30)
    return torch.where(same, 0.0, plain.clamp(min=0))


def _says(
    saying: Saying, classes: list[str], rows: list[int], answer: str, compared: int, total: int, targets: Tensor
) -> str:
    sample = f" {compared:,} of {total:,} training examples were compared." if compared < total else ""
    if saying.classes:
        names, counts = np.unique(classes, return_counts=True)
        best = int(counts.argmax())
        said = answer.rsplit(" (", 1)[0]
        agree = "the same" if names[best] == said else f"while it says {said}"
        return f"{counts[best]} of the {len(rows)} nearest training examples are {names[best]}, {agree}.{sample}"
    if targets.dim() == 1:
        mean = saying.number(float(targets[rows].double().mean()))
        return f"The {len(rows)} nearest training examples have {mean} on the mean; it says {answer}.{sample}"
    return f"The {len(rows)} training examples that the network sees as most like it.{sample}"


def _shown(inquiry: Inquiry, places: list[Place], captions: list[str], distance: str) -> Value:
    far = "1 - cosine" if distance == "cosine" else "distance"
    note = f"First the example, then its neighbours, the nearest first: their true answer, and how far away ({far})."
    return gallery(inquiry.question.data, places, captions, "Nearest training examples", note)
