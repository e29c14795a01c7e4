"""IntegratedGradients: the gradient, summed on the straight way from a baseline to the input."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Image, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import batch_size
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.features import (
    HIDDEN,
    Baseline,
    baseline,
    features_of,
    field_of,
    scorer,
    why_not,
)
from dlviz.tasks.task import Networks, Task, as_array


class IntegratedGradients(Explainer):
    """Adds up how the score reacts to each feature on the way from a neutral input to this one.

    attributions_i = (x_i - b_i) · mean over t of ∂score/∂x_i at b + t(x - b). They sum to score(x) - score(b)
    (completeness); what is missing from that is reported as the gap.
    """

    paper: ClassVar[str] = "Sundararajan, Taly & Yan 2017, Axiomatic Attribution for Deep Networks, arXiv:1703.01365"
    reading: ClassVar[str] = (
        "It walks from a neutral input to yours and adds up what each feature changes on the way: positive spoke for "
        "the target, negative against it, and together they make up the whole difference in the score."
    )

    baseline: Baseline = setting("mean", f"Where the walk starts. {HIDDEN}")
    n_steps: int = setting(
        64, "How many points of the walk are looked at. More: a smaller gap, and slower.", ge=2, le=2000
    )

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector))

    def explain(self, question: Question, step: Step) -> Explanation:
        from captum.attr import IntegratedGradients as Captum

        name, kind = field_of(question)
        score, inputs = scorer(question), question.inputs[name]
        start = baseline(question.data, name, self.baseline)
        done = 0

        def counted(batch: Tensor) -> Tensor:
            nonlocal done
            step(min(done, self.n_steps), self.n_steps)
            done += len(batch)
            return score(batch)

        size = min(self.n_steps, batch_size(inputs[0]))
        values = Captum(counted).attribute(inputs, start, n_steps=self.n_steps, internal_batch_size=size).detach()
        here, there = float(score(inputs).detach()), float(score(start).detach())
        step(self.n_steps, self.n_steps)
        gap = here - there - float(values.double().sum())
        features = features_of(question)
        return Explanation(
            values=as_array(values[0]) if isinstance(kind, Image) else features.shown(features.summed(values[0])),
            kind=features.kind(),
            score=here,
            note=f"{self.reading} The baseline scores {there:.4g}, this input {here:.4g}.",
            gap=gap,
        )
