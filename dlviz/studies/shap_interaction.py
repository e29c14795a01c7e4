"""ShapInteraction: which two columns do together what neither does alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Bars, Matrix, Value, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers import shapley
from dlviz.explainers.coalitions import Coalitions
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.piecewise import subject
from dlviz.explainers.scored import why_not
from dlviz.explainers.shap import EXACT, Shap
from dlviz.studies import interaction_index
from dlviz.studies.answers import score_title
from dlviz.studies.shares import asked_rows, shares_of
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task


class ShapInteraction(Study):
    """Takes the score of many rows apart into what each column does by itself and what each two do only together (the
    Shapley interaction index).

    Of up to 12 columns all sets are tried; of more, sets are drawn for the most important columns.
    """

    paper: ClassVar[str] = (
        "Grabisch & Roubens 1999, An Axiomatic Approach to the Concept of Interaction among Players in Cooperative "
        "Games; Lundberg et al. 2020, From Local Explanations to Global Understanding with Explainable AI for Trees"
    )
    reading: ClassVar[str] = (
        "A dark cell: knowing both columns moves the score by more, or less, than knowing the one and the other would. "
        "0: they add up, and each can be read alone."
    )
    misleads: ClassVar[str] = (
        "It is a mean over rows without its sign: whether the two help or hinder each other differs from row to row. "
        "Columns that go together are filled in apart, which can look like working together."
    )
    cost: ClassVar[str] = "every set of up to 12 columns, or `samples` sets of four for each two, of `rows` rows"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "columns"

    columns: int = setting(8, f"How many columns are looked at, where there are more than {EXACT}.", ge=2, le=30)
    rows: int = setting(30, "How many rows of the validation part. More: surer, slower.", ge=1, le=1000)
    samples: int = setting(40, f"How many sets are drawn for each two of more than {EXACT} columns.", ge=2, le=10_000)
    background: int = setting(
        20, "How many training rows stand in for what is unknown. More: surer, slower.", ge=1, le=1000
    )
    seed: int = setting(0, "The chance by which rows and sets are drawn.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Vector,))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        names = subject(question).pieces.names
        if len(names) < 2:
            raise WrongInput("Two columns can do something together; this table has one. Look at PartialDependence.")
        if len(names) <= EXACT:
            alone, together = self._all(question, step)
        else:
            names, alone, together = self._drawn(question, step)
        order = np.argsort(-together.sum(1) - alone, kind="stable")
        names, alone, together = tuple(names[at] for at in order), alone[order], together[np.ix_(order, order)]
        score = score_title(question)
        one, other = np.unravel_index(int(together.argmax()), together.shape)
        says = (
            f"{names[one]} and {names[other]} do most together: {together[one, other]:.3g} of the {score} on average, "
            f"beside {alone[one]:.3g} and {alone[other]:.3g} by themselves."
        )
        if together.max() < 0.1 * max(float(alone.max()), 1e-12):
            says = (
                f"No two columns do much together: at most {together.max():.2g} of the {score} on average, where one "
                f"column by itself does {alone.max():.3g}."
            )
        kind = Matrix(rows=names, columns=names, scale="sequential")
        matrix = Value(kind, together, f"What two columns do together to the {score}", self.reading)
        title = f"What a column does by itself to the {score}"
        bars = Value(
            Bars(names=names, title="mean |share|"), alone, title, "What is left of its share without the pairs."
        )
        numbers: dict[str, object] = {"names": list(names), "together": together.tolist(), "alone": alone.tolist()}
        return Finding(says, [matrix, bars], numbers)

    def _all(self, question: Question, step: Step) -> tuple[Array, Array]:
        """Mean |main effect| (columns,) and mean |index| (columns, columns), from all sets."""
        alone, together = [], []
        _, _, rows = asked_rows(question, self.rows, self.seed)
        for done, asked in enumerate(rows):
            game, count = self._game(asked)
            values = game(shapley.everything(count))
            pairs = interaction_index.exact(values, count)
            alone.append(shapley.exact(values) - pairs.sum(1) / 2)
            together.append(pairs)
            step(done + 1, len(rows))
        return np.abs(alone).mean(0), np.abs(together).mean(0)

    def _drawn(self, question: Question, step: Step) -> tuple[tuple[str, ...], Array, Array]:
        """The same for the most important columns, from sets drawn by chance; their names first."""
        _, _, rows = asked_rows(question, self.rows, self.seed)
        method = Shap(background=self.background, seed=self.seed)
        found = shares_of(question, method, self.rows, self.seed, step, of=2 * len(rows))
        chosen = found.order[: self.columns]
        chance = np.random.default_rng(self.seed)
        together = []
        for done, asked in enumerate(rows):
            game, count = self._game(asked)
            together.append(interaction_index.sampled(game, count, chosen, self.samples, chance))
            step(len(rows) + done + 1, 2 * len(rows))
        alone = found.values[: len(rows)][:, chosen] - np.array(together).sum(2) / 2
        names = tuple(found.columns[at].name for at in chosen)
        return names, np.abs(alone).mean(0), np.abs(together).mean(0)

    def _game(self, question: Question) -> tuple[Coalitions, int]:
        about = subject(question)
        features = about.features()
        mixed = about.hiding(features, about.background(self.background, self.seed))
        return Coalitions(about.score, mixed, lambda done, of: None, 1), features.count
