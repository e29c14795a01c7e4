"""SmoothGrad: the gradient, averaged over inputs with a little noise on them."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import batches, even, measured_size
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step, offer
from dlviz.explainers.saliency import sizes, why_not_sloped
from dlviz.explainers.slopes import slopes
from dlviz.explainers.smooth import smooth
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.steady import steady
from dlviz.explainers.subject import Subject
from dlviz.tasks.task import Networks, Task


class SmoothGrad(Explainer):
    """Adds noise to the input again and again, averages the gradients, and shows the size of the mean.

    What a network is touchy about just at this input falls out of the mean; what lasts around it stays.
    """

    paper: ClassVar[str] = "Smilkov et al. 2017, SmoothGrad: removing noise by adding noise, arXiv:1706.03825"
    reading: ClassVar[str] = (
        "It says where small changes would change the score most, for this input and others very like it. It does not "
        "say whether for or against."
    )
    misleads: ClassVar[str] = (
        "Like any gradient it tells what would change the score, not what made it; with too much noise it tells of "
        "inputs that are not yours any more."
    )
    cost: ClassVar[str] = "`samples` passes there and back"
    needs: ClassVar[Needs] = "gradients"
    signed: ClassVar[bool] = False

    samples: int = setting(50, "How many noisy inputs. More: steadier, slower.", ge=1, le=10_000)
    noise: float = setting(
        0.15,
        "The spread of the noise, as a part of the distance between the input's least and greatest number (of a table, "
        "between those of each column in the training part). More: smoother, and further from this input.",
        gt=0,
        le=2,
    )
    unit: Unit = setting("token", UNITS, only=("text",))
    seed: int = setting(0, "The chance by which noise is drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not_sloped(task, networks, fields)

    def explain(self, question: Question, step: Step) -> Explanation:
        chance = torch.Generator().manual_seed(self.seed)
        step(0, self.samples)
        with steady(question.networks):
            about = smooth(question).in_units(self.unit)
            spread = self.noise * _range(about)
            with torch.no_grad():
                here = float(about.score(about.x))
            total = torch.zeros(about.x.shape[1:], dtype=torch.float64)

            def told(samples: int) -> Explanation:
                values = sizes(total / samples, about)
                return Explanation(values, about.attribution(), here, self.reading, under=about.under)

            for part in batches(self.samples, even(self.samples, measured_size(about.score, about.x[0]))):
                noise = torch.randn(part.stop - part.start, *about.x.shape[1:], generator=chance)
                total += slopes(about.score, torch.addcmul(about.x, spread, noise))[1].sum(0)
                step(part.stop, self.samples + 1)
                offer(step, partial(told, part.stop))
        step(self.samples + 1, self.samples + 1)
        return told(self.samples)


def _range(about: Subject) -> Tensor:
    """From the least to the greatest number, of each column or of the whole input; 0 where nothing stands."""
    if about.over == "columns":
        seen = about.seen()
        return seen.amax(0) - seen.amin(0)
    inside = about.pieces.of >= 0
    told = about.x[0][inside]
    return torch.where(inside, told.max() - told.min(), 0.0)
