"""Wish: the answer that a changed input is to get, and how far an answer is from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import Tensor

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.values import Array
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.scored import batch_of
from dlviz.studies.saying import Saying

#: Below this a probability is as good as 0.
_TINY = 1e-38
#: So many training examples say how far answers usually lie apart.
_SEEN = 500


class Wish:
    """What is wished, for one question, and how often it may be asked for.

    `now` is the answer to the input as it is; `wanted` the number of the wished class, None: any other class, or a
    number. `goal` says it in words. `asked` counts the answers that were needed; `step` hears of each batch.
    """

    def __init__(
        self, question: Question, step: Step, tries: int, name: str, above: float | None, below: float | None
    ) -> None:
        """`name`: of a class; empty: the question's target where that is not the answer, else any other class. Raises
        `WrongInput` where the wish is no wish."""
        self.question, self.saying = question, Saying(question)
        self.x = question.inputs[self.saying.input]
        self.tries, self.asked, self._step = tries, 0, step
        self.now: Array = self.saying(self.x)[0]
        self.wanted: int | None = None
        self._above, self._below = above, below
        if self.saying.classes:
            self.goal = self._class(name)
        else:
            if name:
                raise WrongInput(f"This network answers with a number, no class. Received: {name}. Set above or below.")
            self.goal = self._number()

    def _class(self, name: str) -> str:
        names, best = self.saying.classes, int(np.argmax(self.now))
        if self._above is not None or self._below is not None:
            raise WrongInput("This network answers with a class: name the wished one, without above or below.")
        if name:
            if name not in names:
                raise WrongInput(f"There is no class `{name}`. {nearest(name, names)}".strip())
            self.wanted = names.index(name)
            if self.wanted == best:
                raise WrongInput(f"It says {name} already. Wish another class.")
        elif self.question.target != best:
            self.wanted = self.question.target
        elif len(names) == 2:
            self.wanted = 1 - best
        return names[self.wanted] if self.wanted is not None else f"anything but {names[best]}"

    def _number(self) -> str:
        now = float(self.now)
        if self._above is None and self._below is None:
            half = float(self.saying(self.question.data.train.columns[self.saying.input][:_SEEN]).std()) / 2 or 1.0
            self._above, self._below = now + half, now - half
            return f"{self.saying.number(half)} more or less (half of how its answers usually spread)"
        limits = [("above", self._above), ("below", self._below)]
        told = [f"{word} {self.saying.number(limit)}" for word, limit in limits if limit is not None]
        if (self._above is not None and now > self._above) or (self._below is not None and now < self._below):
            raise WrongInput(f"It says {self.saying.words(self.now)} already, which is {' or '.join(told)}. Wish more.")
        return " or ".join(told)

    def margins(self, answers: Array) -> Array:
        """How far answers (N, …) are over the border, (N,): above 0 where the wish is fulfilled. Of classes the
        logarithm of how many times likelier the wished one is than any other; of numbers in the target's units."""
        if not self.saying.classes:
            found = np.full(len(answers), -np.inf)
            if self._above is not None:
                found = np.maximum(found, answers - self._above)
            return found if self._below is None else np.maximum(found, self._below - answers)
        logs = np.log(np.maximum(answers, _TINY))
        if self.wanted is None:
            best = int(np.argmax(self.now))
            return np.asarray(np.delete(logs, best, axis=1).max(1) - logs[:, best])
        return np.asarray(logs[:, self.wanted] - np.delete(logs, self.wanted, axis=1).max(1))

    def ask(self, inputs: Tensor) -> Array:
        """The margins (N,) of inputs (N, *shape); they count as tries."""
        if not len(inputs):
            return np.zeros(0)
        found = self.margins(self.saying(inputs))
        self.asked += len(inputs)
        self._step(min(self.asked, self.tries), self.tries)
        return found

    @property
    def spent(self) -> bool:
        """Whether it was asked as often as it may be."""
        return self.asked >= self.tries

    def fulfilled(self, changed: Tensor) -> bool:
        """Whether the network, asked about this one input (1, *shape) alone, gives the wished answer."""
        return bool(self.margins(self.saying(changed))[0] > 0)

    def towards(self, inputs: Tensor) -> tuple[Question, int]:
        """(A question about these inputs whose score rises towards the wish, the sign with which it does)."""
        asked = replace(self.question, inputs=batch_of(self.question, inputs), against=None)
        answer = self.saying(inputs)[0]
        if not self.saying.classes:
            up = self._above is not None and (self._below is None or self._above - answer <= answer - self._below)
            return asked, 1 if up else -1
        best = int(np.argmax(self.now))
        ranked = [int(i) for i in np.argsort(-answer)]
        wanted = self.wanted if self.wanted is not None else next(i for i in ranked if i != best)
        return replace(asked, target=wanted, against=next(i for i in ranked if i != wanted)), 1
