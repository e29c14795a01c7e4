"""Many explanations of one class by one method, made comparable: the same features for all, and each of weight 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Category, Tokens
from dlviz.explainers.batches import batches
from dlviz.explainers.explainer import Explainer, Question, Step
from dlviz.explainers.features import Features
from dlviz.explainers.scored import field_of
from dlviz.trust.pieces import pieces

#: Numbers that go in at a time where a whole part is asked about, and examples at least and at most.
_NUMBERS, _FEWEST, _MOST = 200_000, 16, 1024
#: Of which part of the data examples are taken.
Part = Literal["train", "validation", "test"]
#: Methods that a study of many examples may use.
Method = Literal["auto", "IntegratedGradients", "Occlusion", "Shap", "GradCam", "Lime"]
METHOD = (
    "The method that explains each example. `auto`: IntegratedGradients; of texts, and where the network has no "
    "gradient for it, Occlusion."
)


@dataclass(frozen=True)
class Many:
    """`weights` (N, features): how much each feature spoke for or against the class in each of N examples, each row
    divided by the sum of its absolute values. `rows` are their numbers in their part, `inputs` (N, *shape) they
    themselves. `names`: of columns, or of a text's words; empty where `features` lie in a picture, series or sound."""

    rows: tuple[int, ...]
    weights: Array
    inputs: torch.Tensor
    features: Features
    names: tuple[str, ...]

    def of(self, chosen: Sequence[int] | Array) -> Many:
        """Some of the examples."""
        at = np.asarray(chosen, dtype=int)
        rows = tuple(self.rows[int(place)] for place in at)
        return replace(self, rows=rows, weights=self.weights[at], inputs=self.inputs[torch.from_numpy(at)])


def in_common(groups: Sequence[Many]) -> list[Many]:
    """The same groups with the same features: the words of all their texts, where features are words."""
    if not groups or not groups[0].names:
        return list(groups)
    names = tuple(sorted({name for group in groups for name in group.names}))
    place = {name: at for at, name in enumerate(names)}
    if all(group.names == groups[0].names for group in groups):
        return list(groups)
    found = []
    for group in groups:
        table = np.zeros((len(group.rows), len(names)))
        table[:, [place[name] for name in group.names]] = group.weights
        found.append(replace(group, weights=table, names=names))
    return found


def method_for(question: Question, chosen: Method) -> Explainer:
    """The method of that name, `auto`: one that suits. Raises `WrongInput` where it cannot serve."""
    _, kind = field_of(question)
    names = [chosen] if chosen != "auto" else ["IntegratedGradients", "Occlusion"]
    if chosen == "auto" and isinstance(kind, Tokens):
        names.reverse()
    why = ""
    for name in names:
        method = Explainer.parse(name)
        assert method is not None
        found = method.why_not(question.task, question.networks, question.data.fields)
        if found is None:
            return method
        why = why or f"{name} cannot explain this. {found}"
    raise WrongInput(why)


def taken_for(question: Question, part: str, most: int, seed: int) -> dict[int, list[int]]:
    """The examples of a part by the class that the network takes them for, up to `most` of each, drawn by `seed`; their
    numbers in ascending order. Where no class is told, any examples, under the target that is asked about."""
    name, _ = field_of(question)
    examples, random = question.data.part(part), np.random.default_rng(seed)
    kind = next(iter(question.data.fields.targets.values()), None)
    groups = {question.target: np.arange(len(examples))}
    if isinstance(kind, Category):
        best = classes_of(question, examples.columns[name])
        groups = {target: np.flatnonzero(best == target) for target in range(len(kind.names))}
    return {target: sorted(random.permutation(rows)[:most].tolist()) for target, rows in groups.items()}


@torch.no_grad()
def classes_of(question: Question, inputs: torch.Tensor) -> Array:
    """(N,) the class that the network takes each of these inputs for."""
    name, _ = field_of(question)
    target = next(iter(question.data.fields.targets))
    size = max(_FEWEST, min(_MOST, _NUMBERS // max(1, inputs[:1].numel())))
    found = []
    for part in batches(len(inputs), size):
        said = question.task.predict(question.networks, {name: inputs[part].cpu()}, question.data.fields)
        found.append(np.asarray(said[target].data).argmax(1))
    return np.concatenate(found)


def explain_many(
    question: Question, method: Explainer, part: str, rows: Sequence[int], target: int, step: Step, done: float = 0,
    of: float | None = None,
) -> Many:  # fmt: skip
    """Explain those examples of a part; `done` of `of` explanations were made before."""
    name, kind = field_of(question)
    inputs = question.data.part(part).columns[name][list(rows)].cpu()
    found: list[Array] = []
    features, words = None, []
    for count, x in enumerate(inputs):
        asked = replace(question, inputs={name: x[None]}, target=target, against=None)
        made = pieces(asked, method.explain(asked, _unheard))
        features, weights = made.features, np.nan_to_num(np.asarray(made.weights, dtype=float))
        words.append(features.names)
        found.append(weights / max(float(np.abs(weights).sum()), 1e-12))
        step(done + count + 1, of or len(inputs))
    assert features is not None, "callers pass at least one row"
    names, table = _by_word(words, found) if isinstance(kind, Tokens) else (features.names, np.stack(found))
    return Many(tuple(rows), table, inputs, features, names)


def _by_word(words: Sequence[tuple[str, ...]], weights: Sequence[Array]) -> tuple[tuple[str, ...], Array]:
    """The words of all these texts and how much each had in each: (words, (N, words))."""
    names = tuple(sorted({word for text in words for word in text}))
    place = {word: at for at, word in enumerate(names)}
    table = np.zeros((len(words), len(names)))
    for row, (text, own) in enumerate(zip(words, weights, strict=True)):
        np.add.at(table[row], [place[word] for word in text], own)
    return names, table


def _unheard(done: float, of: float) -> None:
    """The steps within one explanation are too small to be told."""
