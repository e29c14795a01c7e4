"""Small data of every kind, networks with known answers, and inquiries about them, for the tests of studies of examples
and concepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.core.values import Category, Kind, Scalar, Tokens, Value, Vector
from dlviz.datasets.data import Data, Encoder, Examples, Fields
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.explainers.explainer import Question
from dlviz.studies.study import Inquiry, Study
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.tasks.task import Task

YES_NO = Category(names=("no", "yes"))
NUMBER = Scalar(unit="m")


class Formula(nn.Module):
    """A network that computes a formula of its inputs: (N, *shape) → (N, outputs)."""

    def __init__(self, formula: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.formula = formula

    def forward(self, x: Tensor) -> Tensor:
        found = self.formula(x)
        return found if found.dim() > 1 else found[:, None]


def two(score: Callable[[Tensor], Tensor]) -> Formula:
    """A network that says yes where `score` (N,) is above 0."""
    return Formula(lambda x: torch.stack([-score(x), score(x)], 1))


def among(
    inputs: Tensor, kind: Kind, targets: Tensor, target: Kind = YES_NO, encoders: dict[str, Encoder] | None = None
) -> Data:
    """The same examples as all three parts."""
    fields = Fields({"x": kind}, {"y": target}, 3 * len(inputs))
    part = Examples({"x": inputs, "y": targets}, torch.arange(len(inputs)))
    return Data(fields, part, part, part, encoders or {})


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def columns(width: int) -> Vector:
    return Vector(names=tuple("abcdefghijklmnopqrstuvwxyz"[:width]))


def asked(network: nn.Module, data: Data, index: int = 0, part: str = "test", target: int | None = None) -> Inquiry:
    """A question about an example: why its answer?"""
    task: Task = Classification() if isinstance(data.fields.targets["y"], Category) else Regression()
    network = network.eval().requires_grad_(False)
    inputs = {"x": data.part(part).columns["x"][index : index + 1]}
    if target is None:
        said: Value = task.predict({"model": network}, inputs, data.fields)["y"]
        target = int(said.data[0].argmax()) if isinstance(said.kind, Category) else 0
    return Inquiry(Question(task, {"model": network}, data, inputs, target), part, index)


def studied(kind: str, inquiry: Inquiry, **settings: Any) -> Any:
    """What a study finds. That it may be made, and that its progress goes up and comes to an end, is checked, too."""
    study = Study.parse({"kind": kind, **settings})
    assert study is not None
    question = inquiry.question
    assert study.why_not(question.task, question.networks, question.data.fields) is None
    heard = [(0.0, 1.0)]
    found = study.study(inquiry, lambda done, of: heard.append((done, of)))
    shares = [done / of for done, of in heard]
    assert shares == sorted(shares) and shares[-1] == 1, heard
    return found


def reading(texts: list[str], length: int = 8) -> tuple[Tensor, Tokens, TextEncoder]:
    """Texts as ids, their kind and their encoder, with a vocabulary of their words."""
    words = sorted({word for text in texts for word in text.split()})
    encoder = TextEncoder(vocabulary=("<pad>", "<unk>", *words), length=length)
    return encoder.encode(texts), encoder.kind_of_text(), encoder


class ByWord(nn.Module):
    """Says yes where the sum of its words' weights is above 0: an embedding of two numbers, of which the first
    counts."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(weights), 2, padding_idx=0)
        with torch.no_grad():
            self.embedding.weight.copy_(torch.stack([weights, torch.linspace(-1, 1, len(weights))], 1))
            self.embedding.weight[0] = 0

    def forward(self, ids: Tensor) -> Tensor:
        score = self.embedding(ids)[..., 0].sum(1)
        return torch.stack([-score, score], 1)
