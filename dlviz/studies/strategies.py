"""Strategies: clusters of explanations that lie at the same place, and whether one of them stands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.core.values import Array
from dlviz.studies.places import Places

#: A strategy stands out where even its lesser examples have so much more at its place than the others have there, as a
#: share of what those have at their own; words are in some texts only, so for them it is more.
STANDS_OUT, STANDS_OUT_WORD = 0.85, 1.2
#: And so many times as much as the others have there.
TIMES = 2.5
#: The lesser examples: what so many of them fall below.
_LESSER = 0.2
#: Of fewer examples no strategy is told.
FEWEST = 5


@dataclass(frozen=True)
class Strategy:
    """Examples `at` (numbers among those explained) whose explanations lie most in one place, with `share` of their
    weight on average, the lesser ones with `lesser`; the examples of other strategies have `elsewhere` there."""

    at: Array
    place: int
    share: float
    lesser: float
    elsewhere: float


def strategies(weights: Array, groups: Array, places: Places) -> list[Strategy]:
    """Clusters (N,) of explanations (N, features), joined where their largest place is the same; the one with the
    largest share at its place first."""
    shares = places.shares(weights)
    labels = [int(label) for label in np.unique(groups)]
    best = {label: int(shares[groups == label].mean(0).argmax()) for label in labels}
    labels.sort(key=lambda label: -float(shares[groups == label, best[label]].mean()))
    joined: list[tuple[int, list[int]]] = []
    for label in labels:
        for place, own in joined:
            if places.alike(place, best[label]):
                own.append(label)
                break
        else:
            joined.append((best[label], [label]))
    found = []
    for place, own in joined:
        inside = np.isin(groups, own)
        here, there = shares[inside, place], shares[~inside, place]
        found.append(
            Strategy(
                np.flatnonzero(inside), place, float(here.mean()), float(np.quantile(here, _LESSER)),
                float(there.mean()) if len(there) else 0.0,
            )
        )  # fmt: skip
    return found


def odd_one(found: list[Strategy], words: bool) -> Strategy | None:
    """The strategy that stands out from the others by leaning on one place that they leave alone; None: there is none.

    Measured with giveaways planted into pictures, tables and texts, and without: where there was one, the lesser
    examples had .9 to 1.7 more than the others there, in units of what those have at their own places; where there was
    none .5 to .85, with words 1.0 at most.
    """
    bar = STANDS_OUT_WORD if words else STANDS_OUT
    for one in found:
        others = [other.share for other in found if other is not one]
        if len(one.at) < FEWEST or not others:
            continue
        if one.lesser - one.elsewhere >= bar * max(others) and one.share >= TIMES * one.elsewhere:
            return one
    return None
