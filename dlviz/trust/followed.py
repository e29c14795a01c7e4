"""Followed: what a network says while pieces are taken away, or put in, in given orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.core.values import Array
from dlviz.explainers.coalitions import Coalitions
from dlviz.trust.patience import OutOfPatience
from dlviz.trust.rankings import area

#: Of so few pieces there are so few sets (2^8) that another order hardly costs another answer.
FEW = 8
#: So many random orders are needed at least.
LEAST = 3


@dataclass(frozen=True)
class Followed:
    """Row r: what the network says after the first `at` (points,) pieces of order r are `taken` away from the input,
    and after they alone are `put` in, (orders, points) each. Row 0 follows the explanation, the others chance."""

    at: Array
    taken: Array
    put: Array

    @property
    def taken_by_chance(self) -> Array:
        """(2 · (orders - 1), points). To take pieces away in an order is to put them in in the reverse one, seen from
        the other end: so each order says what its reverse does."""
        return np.vstack([self.taken[1:], self.put[1:, ::-1]])

    @property
    def put_by_chance(self) -> Array:
        return np.vstack([self.put[1:], self.taken[1:, ::-1]])

    @property
    def extent(self) -> tuple[float, float]:
        """The least and the most that the network says along the random orders."""
        return float(self.taken_by_chance.min()), float(self.taken_by_chance.max())

    def scaled(self, signed: bool) -> Followed:
        """The curves so that the random orders reach from 0 to 1; of methods without signs how close the network is to
        what it says of the whole input, 1: the same."""
        low, high = self.extent
        if signed:
            taken, put = ((curves - low) / (high - low) for curves in (self.taken, self.put))
        else:
            whole = self.taken[0, 0]
            far = max(high - whole, whole - low)
            taken, put = (1 - np.abs(curves - whole) / far for curves in (self.taken, self.put))
        return Followed(self.at, taken, put)

    def gains(self) -> tuple[float, Array]:
        """Insertion area minus deletion area, of the explanation and of the random orders, forwards and backwards."""
        own, *others = area(self.put, self.at) - area(self.taken, self.at)
        return float(own), np.r_[others, np.negative(others)]


def follow(value: Coalitions, orders: Array, at: Array) -> Followed:
    """Follow `orders` (orders, pieces), the first of them the explanation's. Out of patience, some random ones are left
    out, if `LEAST` are done."""
    count = orders.shape[1]
    whole, none = value(np.array([[1], [0]]).repeat(count, axis=1))
    place = orders.argsort(axis=1)
    known = place[:, None] >= at[1:-1, None]  # (orders, points between, pieces)
    said: list[Array] = []
    try:
        if count <= FEW:
            sets, which = np.unique(np.stack([known, ~known], 1).reshape(-1, count), axis=0, return_inverse=True)
            said = list(value(sets)[which.ravel()].reshape(len(orders), 2, -1))
        else:
            for kept in known:
                said.append(value(np.vstack([kept, ~kept])).reshape(2, -1))
    except OutOfPatience:
        if len(said) <= LEAST:
            raise
    between = np.stack(said)
    first, last = np.full((len(said), 1), whole), np.full((len(said), 1), none)
    return Followed(at, np.hstack([first, between[:, 0], last]), np.hstack([last, between[:, 1], first]))
