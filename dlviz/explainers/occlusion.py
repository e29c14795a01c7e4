"""Occlusion: hide a part of the input and see how far the score falls."""

from __future__ import annotations

from math import ceil, prod
from typing import ClassVar, Literal

import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Image, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import batch_size
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.features import HIDDEN, Baseline, Pixels, baseline, features_of, field_of, scorer, why_not
from dlviz.tasks.task import Networks, Task, as_array


class Occlusion(Explainer):
    """Slides a patch over a picture, or hides one column of a table after the other, and notes how far the score falls.

    Where patches overlap, a pixel gets the mean over the patches that hid it.
    """

    paper: ClassVar[str] = "Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks, arXiv:1311.2901"
    reading: ClassVar[str] = (
        "It hides one part after the other: where the score falls most (positive), the network needed what was there; "
        "negative parts stood in its way. Parts that can replace each other look unimportant: each was hidden alone."
    )

    window: Pixels | Literal["auto"] = setting(
        "auto", "Side of the patch in pixels. Larger: faster and coarser. `auto`: an eighth of the picture, 2 or more."
    )
    stride: Pixels | Literal["auto"] = setting(
        "auto", "By how many pixels the patch moves on. `auto`: half its side or so."
    )
    baseline: Baseline = setting("mean", HIDDEN)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector))

    def patch(self, kind: Image) -> tuple[int, int]:
        """The side of the patch and its stride for such a picture, in pixels."""
        side = min(kind.height, kind.width)
        window = max(2, round(side / 8)) if self.window == "auto" else self.window
        if window > side:
            raise WrongInput(f"The window must fit into the picture: at most {side} pixels. Received: {window}.")
        # on a picture of 16 pixels a step of 1 would smear what a patch of 2 finds over its neighbours
        stride = min(window, max(1 if side < 16 else 2, window // 2)) if self.stride == "auto" else self.stride
        if stride > window:
            raise WrongInput(
                f"The stride must not be larger than the window, or pixels between two patches are never hidden: "
                f"at most {window}. Received: {stride}."
            )
        return window, stride

    def explain(self, question: Question, step: Step) -> Explanation:
        from captum.attr import FeatureAblation
        from captum.attr import Occlusion as Captum

        name, kind = field_of(question)
        score, inputs = scorer(question), question.inputs[name]
        start, features = baseline(question.data, name, self.baseline), features_of(question)
        done, of, at_once = 0, features.count, batch_size(inputs[0])

        def counted(batch: Tensor) -> Tensor:
            nonlocal done
            step(min(done, of), of)
            done += len(batch)
            return score(batch)

        with torch.no_grad():
            if isinstance(kind, Image):
                window, stride = self.patch(kind)
                of = prod(ceil((side - window) / stride) + 1 for side in (kind.height, kind.width))
                found = Captum(counted).attribute(
                    inputs, (kind.channels, window, window), (kind.channels, stride, stride), start,
                    perturbations_per_eval=at_once,
                )  # fmt: skip
                values = as_array(found[0] / kind.channels)  # the patch hid all channels: shared evenly
            else:
                found = FeatureAblation(counted).attribute(
                    inputs, start, feature_mask=features.of[None], perturbations_per_eval=at_once
                )
                # every position of a column holds the column's number
                first = torch.stack([(features.of == number).nonzero()[0, 0] for number in range(features.count)])
                values = as_array(found[0][first])
            here = float(score(inputs))
        step(of, of)
        return Explanation(values, features.kind(), here, self.reading)
