"""Compare: several explanations cross-examined: where they agree, who goes a way of its own, whom to believe first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from dlviz.asking.answer import Answer, explained
from dlviz.asking.pose import Put
from dlviz.asking.shared_features import Shared, shared, why_not_shared
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Attribution, Bars, Curves, Matrix, Value
from dlviz.explainers.explainer import Explainer, Step, silent
from dlviz.trust.agreement import by_order

#: What is compared: methods on one input; one method on several examples, for several classes, of several runs, at
#: several steps of one run.
By = Literal["methods", "examples", "classes", "runs", "steps"]
#: The top features are this share of all, at least so many where there are enough.
TOP, LEAST = 0.1, 3
#: From so high a mean agreement on, explanations are said to agree; below it, hardly.
_AGREE, _HARDLY = 0.5, 0.2
_NOUNS: dict[By, str] = {
    "methods": "methods", "examples": "examples", "classes": "classes", "runs": "runs", "steps": "moments"
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One explanation to be compared: what it is called, the question as it was put, the method."""

    name: str
    put: Put
    method: Explainer


@dataclass(frozen=True)
class Comparison:
    """`answers` by `names`, methods by how far their own trials bear them out (`trust`, a document each, or none), all
    else in the order asked. `agreement` (n, n): rank correlation; `overlap` (n, n): the share of the top features in
    common, of which chance finds `by_chance`. `left_out`: who could not be asked, with the reason."""

    by: By
    names: tuple[str, ...]
    answers: tuple[Answer, ...]
    shared: Shared
    agreement: Array
    overlap: Array
    by_chance: float
    says: str
    trust: tuple[Mapping[str, Any] | None, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def one_input(self) -> bool:
        """Whether all explain the same input, so that they can be laid over each other."""
        return self.by in ("methods", "runs", "steps", "classes")

    def ranks(self) -> Array:
        """(n, features): where each feature stands in each explanation, 0 (least) to 1 (most), by size; equal ones
        share the mean of their places."""
        from scipy.stats import rankdata

        places = rankdata(np.abs(self.shared.weights), axis=1) - 1
        return np.asarray(np.round(places / max(1, self.shared.count - 1), 9))

    def values(self) -> list[Value]:
        """What to draw: each explanation, how far they agree in pairs, and where they do and do not."""
        kind = Matrix(rows=self.names, columns=self.names, scale="diverging")
        top = Matrix(rows=self.names, columns=self.names)
        shown = [
            *self._each(),
            Value(kind, self.agreement, "Do they order the parts alike?", _AGREEMENT),
            Value(top, self.overlap, "Do they name the same parts first?", self._top_note()),
        ]
        if self.by == "methods" and any(self.trust):
            shown.append(self._ranking())
        return [*shown, *self._where()]

    def document(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return {
            "by": self.by, "names": list(self.names), "says": self.says,
            "agreement": self.agreement.round(4).tolist(), "overlap": self.overlap.round(4).tolist(),
            "by_chance": round(self.by_chance, 4), "trust": [dict(own) if own else None for own in self.trust],
            "left_out": dict(self.left_out), "answers": [answer.summary() for answer in self.answers],
        }  # fmt: skip

    def _each(self) -> list[Value]:
        """The explanations. Of one method, each is called what tells it from the others, and what is the same to say of
        all is left out."""
        values = [answer.value() for answer in self.answers]
        if self.by == "methods":
            return values
        targets = [answer.target_name for answer in self.answers]
        titles = self.names if self.by == "classes" else [f"{n}: {t}" for n, t in zip(self.names, targets, strict=True)]
        return [replace(value, title=title, note="") for value, title in zip(values, titles, strict=True)]

    def _top_note(self) -> str:
        count = top_count(self.shared.count)
        first = "the part" if count == 1 else f"the {count} parts"
        return f"Of {first} with the most weight of {self.shared.count:,}; chance finds {100 * self.by_chance:.0f} %."

    def _ranking(self) -> Value:
        ranks = np.array([float(own["rank"]) if own and own.get("rank") is not None else 0.0 for own in self.trust])
        note = "How well each did in its own trials, on this example."
        return Value(Bars(names=self.names, title="trust"), ranks, "Whom to believe first", note)

    def _where(self) -> list[Value]:
        """The mean rank of each part and how far the ranks lie apart, over the input where they lie in one."""
        ranks = self.ranks()
        mean, apart = ranks.mean(0), ranks.std(0).round(9)
        titles = ("Where they agree: mean rank of each part", "Where they differ: how far their ranks lie apart")
        if not self.one_input:
            return []
        first = self.answers[0].value()
        assert isinstance(first.kind, Attribution)
        if self.shared.names:
            kind = Attribution(names=self.shared.names, over=first.kind.over)
            under = first.more if kind.names == first.kind.names else {}
            pairs = zip((mean, apart), titles, strict=True)
            return [Value(kind, own, title, _RANKS, dict(under)) for own, title in pairs]
        if self.shared.features is None:
            x = np.arange(self.shared.count, dtype=float)
            curves = Curves(names=("mean rank", "spread of the ranks"), x_title="stretch of the sound", y_title="rank")
            return [Value(curves, np.stack([mean, apart]), titles[0], _RANKS, {"x": x})]
        of = self.shared.features.of.numpy()
        more = {**first.more, "ranked": np.array(True)}
        return [
            Value(first.kind, np.where(of >= 0, own[np.maximum(of, 0)], 0.0), title, _RANKS, more)
            for own, title in zip((mean, apart), titles, strict=True)
        ]


_AGREEMENT = (
    "Rank correlation: 1, they order the parts of the input alike; 0, they have nothing in common; below 0, the one "
    "holds important what the other does not."
)
_RANKS = "Rank 1: the part with the most weight, for or against; rank 0: the one with the least."


def compare(by: By, asked: Sequence[Asked], step: Step = silent, trust: bool = False) -> Comparison:
    """Explain each, and hold them against each other; with `trust`, each is put to its trials, too, and methods are
    ranked by them. Who cannot answer is left out, with the reason. Raises `WrongInput` where fewer than two can."""
    steps, done = len(asked), 0
    kept: list[tuple[Asked, Answer, Mapping[str, Any] | None]] = []
    left_out: dict[str, str] = {}

    def part(now: float, of: float) -> None:
        step(done + min(1.0, now / max(of, 1e-9)) * (0.5 if trust else 1.0), steps)

    for one in asked:
        question = one.put.question
        try:
            why = one.method.why_not(question.task, question.networks, question.data.fields)
            if why:
                raise WrongInput(why)
            answer = explained(one.put, one.method, part)
            why = why_not_shared(question, answer.explanation)
            if why:
                raise WrongInput(why)
            kept.append((one, answer, _tried(one, answer) if trust else None))
        except WrongInput as error:
            left_out[one.name] = str(error)
        done += 1
        step(done, steps)
    if len(kept) < 2:
        raise WrongInput(
            f"Two explanations at least are needed to compare. Received: {len(kept)}."
            + "".join(f" {name}: {why}" for name, why in left_out.items())
        )
    if trust and by == "methods":
        kept.sort(key=lambda own: -_rank(own[2]))
    common = shared([one.put.question for one, _, _ in kept], [answer.explanation for _, answer, _ in kept])
    signed = [one.method.signed for one, _, _ in kept]
    names = tuple(one.name for one, _, _ in kept)
    agreeing, overlap = _pairs(common.weights, signed)
    return Comparison(
        by, names, tuple(answer for _, answer, _ in kept), common, agreeing, overlap,
        top_count(common.count) / common.count, _said(by, names, agreeing, common), tuple(own for _, _, own in kept),
        left_out,
    )  # fmt: skip


def top_count(features: int) -> int:
    """How many features are the top ones."""
    return max(1, min(max(LEAST, round(TOP * features)), features // 3))


def _tried(one: Asked, answer: Answer) -> Mapping[str, Any]:
    from dlviz.asking.trials import examined

    return examined(one.put, answer)


def _rank(trust: Mapping[str, Any] | None) -> float:
    rank = (trust or {}).get("rank")
    return float(rank) if isinstance(rank, int | float) else 0.0


def _pairs(weights: Array, signed: Sequence[bool]) -> tuple[Array, Array]:
    """(rank correlations, shares of the top features in common) of each pair; signs count where both have them."""
    many, count = len(weights), top_count(weights.shape[1])
    tops = [set(np.argsort(-np.abs(own), kind="stable")[:count].tolist()) for own in weights]
    agreeing, overlap = np.eye(many), np.eye(many)
    for one in range(many):
        for other in range(one):
            both = signed[one] and signed[other]
            agreeing[one, other] = agreeing[other, one] = by_order(weights[one], weights[other], both)
            overlap[one, other] = overlap[other, one] = len(tops[one] & tops[other]) / count
    return agreeing, overlap


def _said(by: By, names: Sequence[str], agreeing: Array, common: Shared) -> str:
    many = len(names)
    apart = agreeing[~np.eye(many, dtype=bool)].reshape(many, many - 1)
    mean, own = float(apart.mean()), apart.mean(1)
    how = "agree" if mean >= _AGREE else "hardly agree" if mean < _HARDLY else "agree in part"
    said = f"These {many} {_NOUNS[by]} {how}: on average their rank correlation is {mean:.2f}."
    lone = int(own.argmin())
    if many > 2:
        rest = np.delete(np.delete(agreeing, lone, 0), lone, 1)
        others = float(rest[~np.eye(many - 1, dtype=bool)].mean())
        if others - own[lone] > 0.3:
            said += f" {names[lone]} goes a way of its own ({own[lone]:.2f}); the others agree by {others:.2f}."
    first = np.abs(common.weights).argmax(1)
    if common.names and len(set(first.tolist())) == 1:
        said += f" All give the most to `{common.names[int(first[0])]}`."
    return said
