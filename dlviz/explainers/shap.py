"""Shap: a fair share of the score for each feature, by the Shapley value of game theory."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.coalitions import Coalitions
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.grid import Grid
from dlviz.explainers.spans import UNITS, Unit
from dlviz.explainers.subject import SOUNDS, Baseline, Sounds, Subject, as_asked, caveat, why_not
from dlviz.tasks.task import Networks, Task

#: So many columns can be known or not in so few ways (2^12) that all are tried.
EXACT = 12
How = Literal["auto", "exact", "kernel", "permutation"]
#: A picture of more pixels a side is cut into so many cells a side.
FINEST = 64
#: A series or sound is cut into so many windows a channel.
WINDOWS = 32
#: Halves of a picture that partition SHAP asks about at once. More would spend evaluations where they tell less.
BATCH = 20


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
    unit: Unit = setting("token", UNITS)
    sounds: Sounds = setting("moments", SOUNDS)
    seed: int = setting(0, "The chance by which sets and training examples are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def explain(self, question: Question, step: Step) -> Explanation:
        about = as_asked(question, self.unit, self.sounds)
        features = about.features(_side(about))
        mixed = about.hiding(features, self._stand_in(about))
        how = self._way(about, features.count)
        asked = needed(how, features.count, self.evaluations)
        value = Coalitions(about.score, mixed, step, asked + 2)
        import_shap()
        with seeded(self.seed):
            if how == "partition":
                assert features.grid is not None
                shares = partition(value, *features.grid, self.evaluations)
            else:
                shares = GAMES[how](value, features.count, asked)
        base, here = value(np.array([[0.0], [1.0]]).repeat(features.count, axis=1))
        step(asked + 2, asked + 2)
        return Explanation(
            values=features.shown(torch.from_numpy(shares)),
            kind=about.attribution(),
            score=float(here),
            note=f"{self.reading} {_without(about)} {base:.4g}, this one {here:.4g}." + caveat(question, about, "auto"),
            gap=float(here - base - shares.sum()),
            under=about.under,
        )

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


# The players of each game below are a person's features: shap sees rows of 0 (unknown) and 1 (known), and the game
# itself puts in the background. So a category's positions go together, and the batches are ours to size.


def kernel(value: Callable[[Array], Array], count: int, evaluations: int) -> Array:
    """Shapley values (features,) by a weighted regression over `evaluations` coalitions; exact where those are all."""
    from shap import KernelExplainer

    explainer = KernelExplainer(value, np.zeros((1, count)))
    # shap's default for l1_reg would set all but ten features to 0
    return np.asarray(explainer.shap_values(np.ones((1, count)), nsamples=evaluations, l1_reg=False, silent=True)[0])


def exact(value: Callable[[Array], Array], count: int, evaluations: int) -> Array:
    """Shapley values (features,) from all 2^count coalitions."""
    from shap import ExactExplainer
    from shap.maskers import Independent

    explainer = ExactExplainer(value, Independent(np.zeros((1, count))))
    return np.asarray(explainer(np.ones((1, count)), max_evals=evaluations, silent=True).values[0])


def permutation(value: Callable[[Array], Array], count: int, evaluations: int) -> Array:
    """Shapley values (features,) along random orders of the features, each there and back."""
    from shap import PermutationExplainer
    from shap.maskers import Independent

    explainer = PermutationExplainer(value, Independent(np.zeros((1, count))))
    return np.asarray(explainer(np.ones((1, count)), max_evals=evaluations, silent=True).values[0])


#: The ways for a table by their name.
GAMES: dict[str, Callable[[Callable[[Array], Array], int, int], Array]] = {
    "exact": exact,
    "kernel": kernel,
    "permutation": permutation,
}


def needed(how: str, count: int, evaluations: int) -> int:
    """How many coalitions of `count` features are tried where `evaluations` may be."""
    if how == "exact" or (how == "kernel" and count <= EXACT):
        return int(2**count)
    # a regression needs more equations than unknowns, an order needs one each on its way there and back
    least = {"kernel": 3 * count, "permutation": 2 * count + 1}.get(how, 0)
    return max(evaluations, least)


def partition(value: Callable[[Array], Array], rows: int, columns: int, evaluations: int) -> Array:
    """Owen values (rows · columns,) of cells in a grid that is halved where the score changes most."""
    from shap import PartitionExplainer

    if rows * columns == 1:
        none, whole = value(np.array([[0.0], [1.0]]))
        return np.array([whole - none])
    explainer = PartitionExplainer(value, Grid(rows, columns))
    everything = np.ones((1, rows * columns))
    return np.asarray(explainer(everything, max_evals=evaluations, batch_size=BATCH, silent=True).values[0])


def _without(about: Subject) -> str:
    return "The average score is" if about.over in ("picture", "columns") else "With all hidden the score is"


def _side(about: Subject) -> int:
    """The side of a cell in pixels, the width of a window in steps."""
    if about.over in ("picture", "spectrogram"):
        return ceil(max(about.x.shape[-2:]) / FINEST)
    return ceil(about.x.shape[-1] / WINDOWS)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """shap draws from numpy's global generator: seed it, and give it back as it was."""
    state: Any = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


def import_shap() -> None:
    """Import shap so that it answers at once.

    Its loops are compiled by numba at their first call, six seconds in every process; for what is asked here they are
    as fast uncompiled. And its plots use a part of matplotlib that will go, about which nobody here can do anything.
    """
    if "shap" in sys.modules:
        return
    import numba
    import numba.typed  # numba's own parts must be imported compiled

    config: Any = numba.config
    before = config.DISABLE_JIT
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The set_(bad|over|under) function", PendingDeprecationWarning)
        try:
            config.DISABLE_JIT = True
            import shap  # noqa: F401
        finally:
            config.DISABLE_JIT = before
    # this one file works compiled only; who wants shap's own masker for pictures shall have it
    importlib.reload(sys.modules["shap.maskers._image"])
