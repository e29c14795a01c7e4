"""Train, validation, test: which example goes where, by seed, each class in its share in each part."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput

Index = NDArray[np.int64]

VALIDATION = 0.15
TEST = 0.15


class Parts(NamedTuple):
    """Row numbers of each part, in ascending order; no row is in two of them."""

    train: Index
    validation: Index
    test: Index


def leave_some(validation: float, test: float) -> None:
    """Refuse shares that leave next to nothing to train on; for the validators of settings, which want a ValueError."""
    if validation + test > 0.9:
        raise ValueError("validation and test together must leave at least a tenth to train on.")


def split(
    count: int,
    labels: NDArray[Any] | None = None,
    *,
    validation: float = VALIDATION,
    test: float = TEST,
    seed: int = 0,
) -> Parts:
    """Divide `count` examples by chance from `seed`. With `labels` (class indices), each class by its share.

    A share of 0 makes an empty part. Otherwise each class has at least one example in each part, for which it
    needs as many examples as there are parts; `WrongInput` where it has fewer.
    """
    if validation + test >= 1:
        raise WrongInput(
            "The validation and test shares must leave something to train on: together less than 1. "
            f"Received: {validation:g} and {test:g}."
        )
    random = np.random.default_rng([seed, 0x5917])
    order = random.permutation(count)
    groups = [order] if labels is None else [order[labels[order] == c] for c in np.unique(labels)]
    parts = 1 + (validation > 0) + (test > 0)
    small = min((len(group) for group in groups), default=0)
    if small < parts:
        raise WrongInput(
            f"Each class needs at least {parts} examples, one a part. Received: a class with {small}."
            if labels is not None
            else f"There must be at least {parts} examples, one a part. Received: {small}."
        )
    sizes = np.array([len(group) for group in groups])
    # The test part is drawn first, so that it does not depend on the validation share.
    held_out = _shares(sizes, test, sizes - (parts - 1))
    checked = _shares(sizes, validation, sizes - held_out - 1)
    cut = [np.split(g, [t, t + v]) for g, t, v in zip(groups, held_out, checked, strict=True)]
    tests, validations, trains = (np.sort(np.concatenate([pieces[i] for pieces in cut])) for i in range(3))
    return Parts(trains.astype(np.int64), validations.astype(np.int64), tests.astype(np.int64))


def _shares(sizes: Index, share: float, most: Index) -> Index:
    """How many of each group: `share` of the whole to the nearest, handed out by largest remainder, and at least
    one and at most `most` a group."""
    if share <= 0:
        return np.zeros_like(sizes)
    exact = sizes * share
    taken: Index = np.clip(np.floor(exact).astype(np.int64), 1, most)
    left = int(round(float(sizes.sum()) * share)) - int(taken.sum())
    for group in np.argsort(taken - exact, kind="stable"):  # the most short-changed first
        if left <= 0:
            break
        if taken[group] < most[group]:
            taken[group] += 1
            left -= 1
    return taken


def named_parts(
    marks: NDArray[np.str_], labels: NDArray[np.int64], *, validation: float, test: float, seed: int
) -> Parts:
    """The parts that folders name: `marks` (N,) says train, validation, test or nothing. What they do not name is drawn
    from the training folder; without one, all is drawn."""
    train, checked, held_out = (np.flatnonzero(marks == part) for part in ("train", "validation", "test"))
    if not len(train):
        return split(len(labels), labels, validation=validation, test=test, seed=seed)
    drawn = split(
        len(train),
        labels[train],
        validation=0 if len(checked) else validation,
        test=0 if len(held_out) else test,
        seed=seed,
    )
    return Parts(
        train[drawn.train],
        checked if len(checked) else train[drawn.validation],
        held_out if len(held_out) else train[drawn.test],
    )
