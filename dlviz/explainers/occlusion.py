"""Occlusion: hide a part of the input and see how far the score falls."""

from __future__ import annotations

from math import ceil
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import measured_size, spread
from dlviz.explainers.coalitions import Coalitions
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step, offer
from dlviz.explainers.piecewise import SOUNDS, Sounds, as_asked, caveat
from dlviz.explainers.scored import why_not
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.subject import HIDDEN, Baseline, Subject
from dlviz.tasks.task import Networks, Task, as_array

#: A length in a picture, a series or a sound. The bounds stand inside the annotation: `auto` may stand beside it.
Length = Annotated[int, Field(ge=1, le=1_000_000)]
#: A window is the sixteenth part of a series or a sound: what decides should fit into it, or the rest decides as well.
WINDOWS = 16


class Occlusion(Explainer):
    """Slides a patch over a picture, or hides one column, token or window after the other, and notes how far the score
    falls.

    Where patches or windows overlap, what lies there gets the mean over those that hid it. Of a text this is
    leave-one-out.
    """

    paper: ClassVar[str] = "Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks, arXiv:1311.2901"
    reading: ClassVar[str] = (
        "It hides one part after the other: where the score falls most (positive), the network needed what was there; "
        "negative parts stood in its way. Parts that can replace each other look unimportant: each was hidden alone."
    )

    misleads: ClassVar[str] = (
        "What is left when a part is hidden may look like nothing that the network ever saw; and of two parts that "
        "each suffice, neither seems to matter."
    )
    cost: ClassVar[str] = "one answer for each place of the patch, column, token or window"

    window: Length | Literal["auto"] = setting(
        "auto",
        "Side of the patch in pixels, or the width of a window in steps. Larger: faster and coarser. `auto`: an eighth "
        f"of the picture, 2 or more; of a series or sound the {WINDOWS}th part.",
    )
    stride: Length | Literal["auto"] = setting(
        "auto", "By how many pixels or steps the patch or window moves on. `auto`: half its side or so."
    )
    baseline: Baseline = setting("auto", HIDDEN)
    unit: Unit = setting("token", UNITS, only=("text",))
    sounds: Sounds = setting("moments", SOUNDS, only=("sound",))

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

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
        about = as_asked(question, self.unit, self.sounds)
        if isinstance(about.kind, Image):
            return self._patches(about, about.kind, step)
        if about.over in ("series", "sound"):
            return self._windows(about, step)
        features = about.features()
        note = self.reading + caveat(question, about, self.baseline)

        def told(known: Array, scores: Array) -> Explanation:
            here, found = missed(known, scores)
            return Explanation(features.shown(torch.from_numpy(found)), about.attribution(), here, note)

        known = np.vstack([np.ones((1, features.count), bool), ~np.eye(features.count, dtype=bool)])
        value = Coalitions(about.score, about.hiding(features, self.baseline), step, len(known), told)
        return told(known, value(known))

    def slide(self, steps: int) -> tuple[int, int]:
        """The width of the window and its stride for so many steps. It hides whole strides, so it may be wider."""
        window = max(1, ceil(steps / WINDOWS)) if self.window == "auto" else self.window
        if window > steps:
            raise WrongInput(f"The window must fit into the input: at most {steps} steps. Received: {window}.")
        stride = max(1, window // 2) if self.stride == "auto" else self.stride
        if stride > window:
            raise WrongInput(
                "The stride must not be larger than the window, or steps between two windows are never hidden: at most "
                f"{window}. Received: {stride}."
            )
        return window, stride

    def _windows(self, about: Subject, step: Step) -> Explanation:
        """Windows that slide along each channel, in cells of `stride` steps."""
        window, stride = self.slide(about.x.shape[-1])
        cells = about.features(stride)
        assert cells.grid is not None
        channels, across = cells.grid
        each = min(across, ceil(window / stride))
        behind = np.arange(across) - np.arange(across - each + 1)[:, None]  # by how many cells behind a window's first
        hidden = np.kron(np.eye(channels, dtype=bool), (behind >= 0) & (behind < each))  # (windows, cells)

        def told(known: Array, scores: Array) -> Explanation:
            here, found = missed(known, scores)
            # what a window took away is shared by its cells
            values = cells.shown(torch.from_numpy(found / each))
            return Explanation(values, about.attribution(), here, self.reading)

        known = np.vstack([np.ones((1, cells.count), bool), ~hidden])
        value = Coalitions(about.score, about.hiding(cells, self.baseline), step, len(known), told)
        return told(known, value(known))

    @torch.no_grad()
    def _patches(self, about: Subject, kind: Image, step: Step) -> Explanation:
        """Patches over all channels that slide along rows and columns; those at the far rims are cut off."""
        window, stride = self.patch(kind)
        down, across = (_slid(side, window, stride) for side in (kind.height, kind.width))
        hidden = (down[:, None, :, None] & across[:, None]).flatten(0, 1)  # (patches, H, W)
        hidden = torch.cat([torch.zeros_like(hidden[:1]), hidden])  # first nothing
        base, of = about.baseline(self.baseline), len(hidden)
        scores, asked = torch.empty(of, dtype=torch.float64), torch.zeros(of, dtype=torch.bool)

        def told() -> Explanation:
            # each pixel gets the mean over the patches that hid it; they hid all channels, so these share it
            shares = hidden[asked].flatten(1).double()
            found = (scores[0] - scores[asked]) @ shares / shares.sum(0).clamp(min=1)
            values = as_array((found / kind.channels).view(1, *hidden.shape[1:]).expand(kind.shape()))
            return Explanation(values, about.attribution(), float(scores[0]), self.reading, under=about.under)

        step(0, of)
        for part, done in spread(of, measured_size(about.score, about.x[0])):
            scores[part] = about.score(torch.where(hidden[part, None], base, about.x)).double()
            asked[part] = True
            step(done, of)
            offer(step, told)
        return told()


def missed(known: Array, scores: Array) -> tuple[float, Array]:
    """The score with all features known, and how much less it is on average where each is hidden (features,); 0 where
    it never was. `known` (M, features) of bool is all true in one of its rows, `scores` (M,)."""
    here, hidden = float(scores[known.all(1)][0]), ~known
    return here, ((here - scores) @ hidden) / hidden.sum(0).clip(min=1)


def _slid(side: int, window: int, stride: int) -> Tensor:
    """Where each window lies along a side, the last ending at the rim or behind it: (windows, side) of bool."""
    begin = stride * torch.arange(ceil((side - window) / stride) + 1)[:, None]
    along = torch.arange(side)
    return (along >= begin) & (along < begin + window)
