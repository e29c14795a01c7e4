"""Rise: the input behind many random masks, and what the network says of each."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.batches import batches, even, measured_size
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step, offer
from dlviz.explainers.piecewise import SOUNDS, Sounds, as_asked, caveat
from dlviz.explainers.random_masks import CELLS, WINDOWS, Curtains, Pieces
from dlviz.explainers.scored import why_not
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.subject import HIDDEN, Baseline
from dlviz.tasks.task import Networks, Task


class Rise(Explainer):
    """Asks the network about the input behind random masks, and notes for each part how much higher the score is the
    more of it is seen.

    value(p) = Cov(score, M(p)) / Var(M(p)) over the masks M, each cell of theirs seen with chance `keep`. Masks of
    pictures, series and sounds are enlarged from a few cells, linear in between, and each is shifted at random, as in
    the paper; columns and tokens are seen or not. The paper's Σ score · M(p) / (N · keep) is the same but for a
    constant and a factor: here 0 says that a part does not matter, and the unit is the score's.
    """

    paper: ClassVar[str] = (
        "Petsiuk, Das & Saenko 2018, RISE: Randomized Input Sampling for Explanation of Black-box Models, "
        "arXiv:1806.07421"
    )
    reading: ClassVar[str] = (
        "It hides about half of the input at random, many times: where parts are positive, the score was higher "
        "whenever they were seen. It needs nothing of the network but its answers."
    )
    misleads: ClassVar[str] = (
        "With few masks it is chance: ask again with another seed, and trust only what stays. What lies beside "
        "something that matters gets a part of its value, for masks are coarse and soft."
    )
    cost: ClassVar[str] = "`masks` answers"

    masks: int = setting(1000, "How many masks. More: steadier, slower.", ge=20, le=50_000)
    cells: Annotated[int, Field(ge=2, le=64)] | Literal["auto"] = setting(
        "auto",
        "How many cells a mask has along a picture's longer side, or along a series or sound. More: finer, and more "
        f"masks are needed. `auto`: {CELLS}, of series and sounds {WINDOWS}.",
    )
    keep: float = setting(0.5, "The chance with which a part is seen.", ge=0.05, le=0.95, advanced=True)
    baseline: Baseline = setting("auto", HIDDEN)
    unit: Unit = setting("token", UNITS, only=("text",))
    sounds: Sounds = setting("moments", SOUNDS, only=("sound",))
    seed: int = setting(0, "The chance by which masks are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    @torch.no_grad()
    def explain(self, question: Question, step: Step) -> Explanation:
        about = as_asked(question, self.unit, self.sounds)
        masked: Pieces | Curtains
        if about.over in ("columns", "text"):
            masked = Pieces(about, self.keep, self.baseline)
        else:
            masked = Curtains(about, self.keep, self.baseline, 0 if self.cells == "auto" else self.cells)
        chance = torch.Generator().manual_seed(self.seed)
        here = float(about.score(about.x))
        seen = Together(masked.places)

        def told() -> Explanation:
            note = self.reading + caveat(question, about, self.baseline)
            return Explanation(masked.shown(seen.slope()), about.attribution(), here, note, under=about.under)

        step(0, self.masks)
        for part in batches(self.masks, even(self.masks, measured_size(about.score, about.x[0]))):
            masks = masked.draw(part.stop - part.start, chance)
            seen.add(masks, about.score(masked.behind(masks)) - here)
            step(part.stop, self.masks)
            offer(step, told)
        return told()


class Together:
    """How scores and masks go together: sums over all of them, those of many batches in float64."""

    def __init__(self, places: tuple[int, ...]) -> None:
        self._places, self._count, self._scores = places, 0, 0.0
        self._masks, self._squares, self._products = (torch.zeros(prod(places), dtype=torch.float64) for _ in range(3))

    def add(self, masks: Tensor, scores: Tensor) -> None:
        """Masks (N, *places) with what was scored behind each (N,)."""
        flat = masks.flatten(1)
        self._count += len(flat)
        self._scores += float(scores.double().sum())
        self._masks += flat.sum(0)
        self._squares += flat.square().sum(0)
        self._products += scores @ flat

    def slope(self) -> Tensor:
        """Covariance over variance at each place (*places); 0 where all masks were the same."""
        mean = self._masks / self._count
        together = self._products / self._count - mean * self._scores / self._count
        alone = self._squares / self._count - mean.square()
        return torch.where(alone > 1e-9, together / alone.clamp(min=1e-9), 0.0).view(self._places)
