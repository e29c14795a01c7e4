"""Shap: a fair share of the score for each feature, by the Shapley value of game theory."""

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
from dlviz.explainers.coalitions import Coalitions
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step, offer, silent
from dlviz.explainers.owen import owen
from dlviz.explainers.piecewise import SOUNDS, Sounds, as_asked, caveat
from dlviz.explainers.scored import why_not
from dlviz.explainers.shapley import everything, exact, kernel, nearest, permutation
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.subject import Baseline, Subject
from dlviz.tasks.task import Networks, Task

#: So many columns can be known or not in so few ways (2^12) that all are tried.
EXACT = 12
How = Literal["auto", "exact", "kernel", "permutation"]
#: A picture of more pixels a side is cut into so many cells a side.
FINEST = 64
#: A series or sound is cut into so many windows a channel.
WINDOWS = 32


class Shap(Explainer):
    """Shares the score out among the features as the Shapley value does: each gets what it adds, averaged over all
    orders in which the features could become known.

    Unknown features are taken from examples of the training part; in a text they are left out, in a series they are its
    own mean, in a sound soft hiss. Tables: every set of up to 12 columns is tried, of more columns some, by Kernel SHAP
    or along random orders. Pictures, texts, series, sounds: halved again and again (partition SHAP, whose shares are
    Owen values).
    The shares sum to the score minus the mean score over the background.
    """

    paper: ClassVar[str] = (
        "Lundberg & Lee 2017, A Unified Approach to Interpreting Model Predictions, arXiv:1705.07874; "
        "Owen 1977, Values of Games with a Priori Unions; "
        "Mitchell et al. 2022, Sampling Permutations for Shapley Value Estimation, arXiv:2104.12199"
    )
    reading: ClassVar[str] = (
        "Each feature gets a fair share of the score: what knowing it adds, on average over all that may be known "
        "besides. Positive raised the score, negative lowered it; with the average score they make up this one."
    )

    misleads: ClassVar[str] = (
        "Features that go together share what each could have had alone, and unknown ones are filled in as if they had "
        "nothing to do with the known: it may ask about inputs that never occur."
    )
    cost: ClassVar[str] = "`evaluations` sets, each answered for every background example"

    evaluations: int = setting(
        500,
        "How many sets of known features are tried, where not all are. More: surer, finer, slower.",
        ge=50,
        le=50_000,
    )
    how: How = setting(
        "auto",
        "How a table's sets are chosen. `exact`: all of them, up to 12 columns. `kernel`: those that tell most, by a "
        "regression. `permutation`: along random orders, there and back, which is exact where columns work at most in "
        "pairs. `auto`: all of them up to 12 columns, else `kernel`. Other data are halved again and again.",
    )
    background: Annotated[int, Field(ge=1, le=1000)] | Literal["auto"] = setting(
        "auto",
        "How many training examples stand in for what is unknown. More: surer, slower. `auto`: 50 rows of a table, "
        "4 pictures. In a series its own mean does, in a sound soft hiss; in a text, tokens are left out.",
    )
    unit: Unit = setting("token", UNITS, only=("text",))
    sounds: Sounds = setting("moments", SOUNDS, only=("sound",))
    seed: int = setting(0, "The chance by which sets and training examples are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def explain(self, question: Question, step: Step) -> Explanation:
        about = as_asked(question, self.unit, self.sounds)
        features = about.features(_side(about))
        mixed = about.hiding(features, self._stand_in(about))
        how, count = self._way(about, features.count), features.count
        asked = needed(how, count, self.evaluations)
        base, here = ends = Coalitions(about.score, mixed, silent, 2)(np.array([[False], [True]]).repeat(count, 1))
        chance = np.random.default_rng(self.seed)

        def told(shares: Array) -> Explanation:
            return Explanation(
                values=features.shown(torch.from_numpy(shares)),
                kind=about.attribution(),
                score=float(here),
                note=f"{self.reading} {_without(about)} {base:.4g}, this one {here:.4g}."
                + caveat(question, about, "auto"),
                gap=float(here - base - shares.sum()),
                under=about.under,
            )

        if how == "partition":
            assert features.grid is not None
            game = Coalitions(about.score, mixed, step, asked)
            shares = owen(game, features.grid, asked, ends, chance, lambda found: offer(step, lambda: told(found())))
        else:
            game = Coalitions(about.score, mixed, step, asked, lambda known, values: told(nearest(known, values, ends)))
            shares = exact(game(everything(count))) if how == "exact" else WAYS[how](game, count, asked, ends, chance)
        step(asked, asked)
        return told(shares)

    def _way(self, about: Subject, count: int) -> str:
        """`exact`, `kernel` or `permutation` for so many columns; `partition` for all else."""
        if about.over != "columns":
            if self.how != "auto":
                raise WrongInput(
                    f"`how` chooses among the ways for a table; other data are halved again and again. "
                    f"Received: `{self.how}`. Leave it `auto`."
                )
            return "partition"
        if self.how == "exact" and count > EXACT:
            raise WrongInput(
                f"`exact` tries every set of columns: at most {EXACT} columns, which are {2**EXACT:,} sets. Received a "
                f"table of {count}. Choose `kernel` or `permutation`."
            )
        return ("exact" if count <= EXACT else "kernel") if self.how == "auto" else self.how

    def _stand_in(self, about: Subject) -> Tensor | Baseline:
        """What stands in for the unknown: training examples, or what hides a part of a text, a series, a sound."""
        if about.over == "text" or (self.background == "auto" and about.over in ("series", "sound", "spectrogram")):
            return "auto"
        usual = 50 if about.over == "columns" else 4
        return about.background(usual if self.background == "auto" else self.background, self.seed)


#: The ways that draw sets by chance.
WAYS = {"kernel": kernel, "permutation": permutation}


def needed(how: str, count: int, evaluations: int) -> int:
    """How many coalitions of `count` features are tried where `evaluations` may be."""
    if how == "exact" or (how == "kernel" and count <= EXACT):
        return int(2**count)
    # a regression needs more equations than unknowns, an order needs one each on its way there and back
    least = {"kernel": 3 * count, "permutation": 2 * count + 1}.get(how, 0)
    return max(evaluations, least)


def _without(about: Subject) -> str:
    return "The average score is" if about.over in ("picture", "columns") else "With all hidden the score is"


def _side(about: Subject) -> int:
    """The side of a cell in pixels, the width of a window in steps."""
    if about.over in ("picture", "spectrogram"):
        return ceil(max(about.x.shape[-2:]) / FINEST)
    return ceil(about.x.shape[-1] / WINDOWS)
