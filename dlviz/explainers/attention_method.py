"""Attention method: what all explainers share that put the looks of one pass together."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dlviz.datasets.data import Fields
from dlviz.explainers.attention_reading import Reading, explanation, reading, why_not_attending
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step
from dlviz.tasks.task import Networks, Task


class AttentionMethod(Explainer, abstract=True):
    """Gives each step of the input a share of at least 0, by the looks of one pass."""

    cost: ClassVar[str] = "one pass there and back"
    needs: ClassVar[Needs] = "gradients"
    signed: ClassVar[bool] = False

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_attending(task, networks, fields)

    def explain(self, question: Question, step: Step) -> Explanation:
        step(0, 1)
        read = reading(question)
        weights, more = self.weights(read)
        step(1, 1)
        return explanation(question, read, weights, f"{self.reading}{more}")

    def weights(self, read: Reading) -> tuple[Tensor, str]:
        """(S,) a number of at least 0 for each step of the input, in any scale, and what is to be said beside how it is
        read. Raises `WrongInput` where it has none."""
        raise NotImplementedError
