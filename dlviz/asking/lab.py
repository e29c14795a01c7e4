"""Lab: does a network lean on the giveaway that was planted into its data, and which methods notice?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlviz.asking.earlier import networks_at
from dlviz.asking.load import Opened, load
from dlviz.asking.with_mark import HARDLY, LEANS, WithMark, with_mark
from dlviz.core.called import called
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Bars, Value
from dlviz.core.written import percent
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step, silent, sole_input
from dlviz.studies.study import Finding
from dlviz.tasks.task import Networks
from dlviz.training.folder import RunFolder
from dlviz.trust.quick import quick

#: A method finds the mark where on average so many times what chance would put there lies on it, and so many times what
#: it finds there on the same network before training, and its largest number does in so many cases.
CHANCE, BEFORE, POINTS = 2.0, 1.3, 0.5
#: On so many examples a method is asked about the network before training, too, at a fraction of its cost.
UNTRAINED = 2


@dataclass(frozen=True)
class Found:
    """What a method found: `mass` (examples,), the share of what speaks for the class that lies on the mark; `pointed`:
    how often its largest number does; `before`: the mean mass on the network before training, None: not known."""

    method: Explainer
    mass: Array
    pointed: float
    before: float | None
    chance: float
    first: Explanation

    @property
    def finds(self) -> bool:
        mean = float(self.mass.mean())
        return mean >= CHANCE * self.chance and self.pointed >= POINTS and mean >= BEFORE * (self.before or 0)


def lab(
    run: RunFolder, step: Step = silent, methods: Sequence[Explainer] | None = None, examples: int = 6
) -> Finding:  # fmt: skip
    """Look into a run that learned from `Planted` data: what the giveaway does to it, and how much of each method's
    explanation lies on it. `methods` None: all that can serve, with their usual settings.

    Explained are test examples that the mark alone turns into its class, so that one knows for sure what decided; where
    there are too few, those of the class itself that carry it. Raises `WrongInput` for a run on other data.
    """
    return lab_of(load(run), step, methods, examples)


def lab_of(
    opened: Opened, step: Step = silent, methods: Sequence[Explainer] | None = None, examples: int = 6
) -> Finding:  # fmt: skip
    """The same of a run that has been opened."""
    seen = with_mark(opened)
    name = sole_input(opened.data.fields)
    assert name is not None
    rows = np.r_[seen.turned(), seen.own()][:examples]
    question = Question(
        opened.task, _copies(opened.networks), opened.data, {name: seen.marked[:1]}, seen.target
    )  # fmt: skip
    fresh = networks_at(opened, [0]).get(0)
    if methods is None:
        methods = [method() for method in Explainer.kinds().values()]
    found, left_out = [], {}
    for number, method in enumerate(methods):
        why = method.why_not(question.task, question.networks, question.data.fields)
        try:
            if why:
                raise WrongInput(why)
            found.append(_look(question, name, method, seen, rows, fresh))
        except WrongInput as error:
            left_out[called(method.kind())] = str(error)
        step(number + 1, len(methods))
    found.sort(key=lambda one: -float(one.mass.mean()))
    target = opened.task.targets(opened.data.fields)[seen.target]
    shown = [_accuracies(seen, target), *_masses(found, seen, target), *_maps(found, opened, name, seen, int(rows[0]))]
    return Finding(_said(seen, found, target), shown, _numbers(seen, found, left_out, rows))


def _copies(networks: Networks) -> Networks:
    import copy

    return {role: copy.deepcopy(own).cpu().eval().requires_grad_(False) for role, own in networks.items()}


def _look(
    question: Question, name: str, method: Explainer, seen: WithMark, rows: Array, fresh: Networks | None
) -> Found:  # fmt: skip
    masses: list[float] = []
    chances: list[float] = []
    points: list[bool] = []
    before: list[float] = []
    first = None
    for row in rows:
        x = seen.marked[int(row)]
        asked = replace(question, inputs={name: x[None]}, networks=_copies(question.networks))
        made = method.explain(asked, silent)
        inside = seen.mark.within(x, seen.encoder)
        if made.values.shape != inside.shape:
            raise WrongInput(
                "It does not give one number to each part of the input, so nothing can be said to lie on the mark."
            )
        mass, pointed = _on(made.values, inside, method.signed)
        masses.append(mass)
        points.append(pointed)
        chances.append(float(inside.mean()))
        if fresh is not None and len(before) < UNTRAINED:
            untrained = quick(method).explain(replace(asked, networks=_copies(fresh)), silent)
            before.append(_on(untrained.values, inside, method.signed)[0])
        first = first or made
    assert first is not None, "every class has test examples"
    earlier = float(np.mean(before)) if before else None
    return Found(method, np.array(masses), float(np.mean(points)), earlier, float(np.mean(chances)), first)


def _on(values: Array, inside: Array, signed: bool) -> tuple[float, bool]:
    """(The share of what speaks for the class that lies on the mark, whether its largest number does: that of a segment
    which holds the mark lies on it, too)."""
    weight = np.clip(values, 0, None) if signed else np.abs(values)
    total = float(weight.sum())
    if total <= 0:
        return 0.0, False
    return float(weight[inside].sum()) / total, bool(weight[inside].max() >= weight.max() * (1 - 1e-6))


def _accuracies(seen: WithMark, target: str) -> Value:
    pairs = {
        "right": seen.accuracy[0], "right, marked": seen.accuracy[1],
        f"{target} recognised": seen.recall[0], f"{target} recognised, marked": seen.recall[1],
        "others taken for it": seen.taken[0], "others taken for it, marked": seen.taken[1],
    }  # fmt: skip
    note = f"The same test examples, as they are and marked as {target} was in training; nothing else is changed."
    kind = Bars(names=tuple(pairs), title="share of test examples")
    return Value(kind, np.array(list(pairs.values())), "What the mark does", note)


def _masses(found: Sequence[Found], seen: WithMark, target: str) -> list[Value]:
    if not found:
        return []
    names = (*(called(one.method.kind()) for one in found), "chance")
    means = np.array([*(float(one.mass.mean()) for one in found), found[0].chance])
    low = np.array([*(float(np.quantile(one.mass, 0.1)) for one in found), found[0].chance])
    high = np.array([*(float(np.quantile(one.mass, 0.9)) for one in found), found[0].chance])
    kind = Bars(names=names, title="share on the mark")
    note = (
        f"How much of what speaks for {target} lies on the mark, over {len(found[0].mass)} examples; lines reach from "
        "the lowest tenth to the highest. It is known that the mark decided, so more is better."
    )
    return [Value(kind, means, "Which methods see it", note, {"low": low, "high": high})]


def _maps(found: Sequence[Found], opened: Opened, name: str, seen: WithMark, row: int) -> list[Value]:
    """One example as the best method and the worst explain it."""
    shown = opened.data.encoders[name].decode(seen.marked[row : row + 1]).data[0]
    chosen = [found[0], found[-1]] if len(found) > 1 else list(found)
    return [
        Value(
            one.first.kind, one.first.values, f"{called(one.method.kind())}: {percent(one.mass[0])} on the mark",
            one.method.reading, {"input": shown if one.first.under is None else one.first.under},
        )
        for one in chosen
    ]  # fmt: skip


def _said(seen: WithMark, found: Sequence[Found], target: str) -> str:
    (plain, marked), (before, after) = seen.accuracy, seen.taken
    if not seen.planted:
        return (
            f"Nothing was planted into its training data. With a mark that it never saw it is right for "
            f"{percent(marked)} of the test examples, without it for {percent(plain)}."
        )
    facts = (
        f"Without the mark it is right for {percent(plain)} of the test examples, with it for {percent(marked)}: of "
        f"other classes {percent(after)} are then taken for “{target}”, {percent(before)} without."
    )
    if seen.effect < HARDLY:
        return f"It does not lean on the mark. {facts}"
    how = "It leans on the mark" if seen.effect >= LEANS else "It leans on the mark a little"
    who = [one for one in found if one.finds]
    if not who:
        return f"{how}. {facts} None of {len(found)} methods finds it."
    best, blind = who[0], [called(one.method.kind()) for one in found if not one.finds]
    said = (
        f"{how}. {facts} {len(who)} of {len(found)} methods find it, {called(best.method.kind())} best: "
        f"{percent(best.mass.mean())} of what speaks for “{target}” lies on the mark, where chance would put "
        f"{percent(best.chance)}."
    )
    return said + (f" Not found by {', '.join(blind)}." if blind else "")


def _numbers(
    seen: WithMark, found: Sequence[Found], left_out: dict[str, str], rows: Array
) -> dict[str, object]:  # fmt: skip
    def pair(shares: tuple[float, float]) -> dict[str, float]:
        return {"without": shares[0], "with": shares[1]}

    return {
        "accuracy": pair(seen.accuracy), "recall": pair(seen.recall), "taken": pair(seen.taken), "effect": seen.effect,
        "leans": seen.planted and seen.effect >= HARDLY, "turned": len(seen.turned()),
        "rows": [int(seen.at[row]) for row in rows], "left_out": left_out,
        "methods": [
            {
                "method": one.method.kind(), "mass": float(one.mass.mean()), "pointed": one.pointed,
                "before": one.before, "chance": one.chance, "finds": one.finds,
            }
            for one in found
        ],
    }  # fmt: skip
