"""Every: all methods on one example, each with its trials; what cannot serve says why, what fails does not end the
rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dlviz.asking.answer import Answer, explained
from dlviz.asking.load import Opened
from dlviz.asking.pose import pose
from dlviz.asking.trials import examined
from dlviz.core.problems import WrongInput
from dlviz.explainers.explainer import Explainer, Step, silent
from dlviz.studies.muted import Unit


@dataclass(frozen=True)
class Outcome:
    """What came of one method: an answer with its `trust` (trials.py), or the reason why there is none."""

    method: str
    answer: Answer | None
    why_not: str = ""
    trust: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> float:
        rank = self.trust.get("rank")
        return float(rank) if isinstance(rank, int | float) else float("-inf")

    def document(self) -> dict[str, Any]:
        """The outcome as plain JSON values."""
        if self.answer is None:
            return {"method": self.method, "why_not": self.why_not}
        return {**self.answer.document(), "trust": dict(self.trust)}


def every(
    opened: Opened,
    part: str,
    index: int,
    target: int | None,
    methods: Sequence[Explainer] = (),
    step: Step = silent,
    *,
    against: int | None = None,
    edit: Mapping[str, Any] | None = None,
    muted: Sequence[Unit] = (),
    trust: bool = True,
) -> list[Outcome]:
    """Ask all `methods` (none: every one there is, as it comes) about one example: those that answer first, ordered by
    their own trials. `against`, `edit` and `muted` as in `pose`. Raises `WrongInput` where the example or the target is
    not there."""
    asked = methods or [part_() for part_ in Explainer.kinds().values()]
    put_to = partial(
        pose, opened.task, opened.networks, opened.data, part, index, target, against=against, edit=edit, muted=muted
    )
    put_to()  # what is wrong for all is said once
    found = []
    for number, method in enumerate(asked):
        step(number, len(asked))
        try:
            put = put_to(method.kind(), method.why_not)
            answer = explained(put, method)
            found.append(Outcome(method.kind(), answer, trust=examined(put, answer) if trust else {}))
        except WrongInput as error:
            found.append(Outcome(method.kind(), None, str(error)))
    step(len(asked), len(asked))
    return sorted(found, key=lambda one: (one.answer is None, -one.rank if one.answer is not None else 0))
