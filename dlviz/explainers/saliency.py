"""Saliency: how fast the score would change with each part of the input."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Array, Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step
from dlviz.explainers.scored import why_not
from dlviz.explainers.slopes import slopes
from dlviz.explainers.smooth import smooth, why_not_smooth
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import Subject
from dlviz.tasks.task import Networks, Task, as_array


class Saliency(Explainer):
    """Takes the gradient of the score and shows its size.

    Each pixel gets the largest |∂score/∂x| among its channels, a category or a token the largest among the numbers
    that stand for it.
    """

    paper: ClassVar[str] = "Simonyan, Vedaldi & Zisserman 2013, Deep Inside Convolutional Networks, arXiv:1312.6034"
    reading: ClassVar[str] = (
        "It says where the smallest change would change the score most. That is what the network is touchy about just "
        "here, which need not be what it decides by; it does not say whether for or against."
    )
    misleads: ClassVar[str] = (
        "The score of a sure network is flat, and the gradient there is mostly noise: it changes from pixel to pixel, "
        "and hidden parts that decide may have none."
    )
    cost: ClassVar[str] = "one pass there and back"
    needs: ClassVar[Needs] = "gradients"
    signed: ClassVar[bool] = False

    unit: Unit = setting("token", UNITS, only=("text",))

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_sloped(task, networks, fields)

    def explain(self, question: Question, step: Step) -> Explanation:
        step(0, 1)
        with steady(question.networks):
            about = smooth(question).in_units(self.unit)
            scores, found = slopes(about.score, about.x)
        step(1, 1)
        return Explanation(sizes(found[0], about), about.attribution(), float(scores), self.reading, under=about.under)


def why_not_sloped(task: Task, networks: Networks, fields: Fields) -> str | None:
    """Why no gradient at an input of any kind can be had, in a sentence; None: it can."""
    kinds = (Image, Vector, Tokens, Series, Audio)
    return why_not(task, networks, fields, kinds) or why_not_smooth(networks, fields)


def sizes(found: Tensor, about: Subject) -> Array:
    """Gradients (*shape) as an explanation shows them: of each feature the largest size."""
    size = found.abs()
    if about.named:
        return about.pieces.shown(about.pieces.largest(size))
    if about.over in ("picture", "spectrogram") and len(size) > 1:
        size = size.amax(0, keepdim=True).expand_as(size) / len(size)
    return as_array(size)
