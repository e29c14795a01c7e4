"""Shapley and Owen values against shap's, of games of which nothing is known but their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlviz.core.values import Array
from dlviz.explainers.owen import owen
from dlviz.explainers.shapley import everything, exact, kernel, nearest, permutation, regressed, telling

Game = Callable[[Array], Array]


def game(count: int) -> Game:
    """Features that help, hinder and saturate each other."""
    chance = np.random.default_rng(count)
    inner, outer = chance.normal(size=(count, 12)), chance.normal(size=12)
    return lambda known: np.asarray(np.tanh((known > 0.5) @ inner) @ outer)


def ends(play: Game, count: int) -> Array:
    return play(np.array([[0], [1]]).repeat(count, 1))


@pytest.mark.parametrize("count", [1, 2, 3, 6, 9])
def test_of_all_sets_every_way_is_shap_s(count: int, shap: Any) -> None:
    play, chance = game(count), np.random.default_rng(0)
    explainer = shap.ExactExplainer(play, shap.maskers.Independent(np.zeros((1, count))))
    known = explainer(np.ones((1, count)), silent=True).values[0]
    np.testing.assert_allclose(exact(play(everything(count))), known, atol=1e-12)
    np.testing.assert_allclose(kernel(play, count, 2**count, ends(play, count), chance), known, atol=1e-10)
    every = everything(count)
    np.testing.assert_allclose(nearest(every, play(every), ends(play, count)), known, atol=1e-6)
    near = permutation(play, count, 20_000, ends(play, count), chance)
    np.testing.assert_allclose(near, known, atol=0.03)
    assert near.sum() == pytest.approx(known.sum(), abs=1e-9)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 2), (3, 5), (8, 8)])
@pytest.mark.parametrize("evaluations", [50, 201, 1000])
def test_owen_values_are_shap_s(rows: int, columns: int, evaluations: int, shap: Any) -> None:
    """Of as many sets, in the same order; with few of them larger blocks share what they have evenly."""
    count = rows * columns
    play, asked = game(count), []

    def watched(known: Array) -> Array:
        asked.extend(known.tolist())
        return play(known)

    found = owen(watched, (rows, columns), evaluations, ends(play, count), np.random.default_rng(0))
    assert len(asked) <= max(0, evaluations - 1)
    assert found.sum() == pytest.approx(np.diff(ends(play, count))[0], abs=1e-9)
    if count == 1:
        return
    masker = Cells(tree(rows, columns))
    known = shap.PartitionExplainer(play, masker)(
        np.ones((1, count)), max_evals=evaluations, batch_size=20, silent=True
    )  # fmt: skip
    np.testing.assert_allclose(found, known.values[0], atol=1e-12)


class Cells:
    """A masker as shap knows them, whose players are the cells themselves."""

    immutable_outputs = fixed_background = True

    def __init__(self, clustering: Array) -> None:
        self.clustering, self.shape = clustering, (1, len(clustering) + 1)

    def __call__(self, known: Array, everything: Array) -> Array:
        return known[None].astype(float)


def tree(rows: int, columns: int) -> Array:
    """A grid cut across its longer side again and again, as scipy's linkages are written: each after its halves."""
    linked: list[tuple[int, int, int, int]] = []

    def cut(cells: Array) -> int:
        if cells.size == 1:
            return int(cells.item())
        axis = 0 if cells.shape[0] >= cells.shape[1] else 1
        middle = cells.shape[axis] // 2
        one, other = (cut(half) for half in np.split(cells, [middle], axis))
        linked.append((one, other, cells.size, cells.size))
        return rows * columns + len(linked) - 1

    cut(np.arange(rows * columns).reshape(rows, columns))
    return np.array(linked, dtype=float)


@pytest.mark.parametrize(("count", "evaluations"), [(13, 300), (20, 100), (31, 500)])
def test_of_the_same_sets_the_regression_is_shap_s(count: int, evaluations: int, shap: Any) -> None:
    play = game(count)
    nothing, everyone = ends(play, count)
    explainer = shap.KernelExplainer(play, np.zeros((1, count)))
    state = np.random.get_state()
    np.random.seed(0)  # shap draws from numpy's own chance
    known = explainer.shap_values(np.ones((1, count)), nsamples=evaluations, l1_reg=False, silent=True)[0]
    np.random.set_state(state)
    sets, weights = explainer.maskMatrix > 0.5, explainer.kernelWeights
    np.testing.assert_allclose(regressed(sets, weights, play(sets) - nothing, everyone - nothing), known, atol=1e-10)
    ours, heavy = telling(count, evaluations, np.random.default_rng(0))
    assert len(ours) == len(sets) == len(np.unique(ours, axis=0))
    assert heavy.sum() == pytest.approx(1)
    first = np.sort(sets.sum(1))[0]
    # as many sets of a size are tried in full, and all of them weigh the same together
    assert heavy[ours.sum(1) == first].sum() == pytest.approx(weights[sets.sum(1) == first].sum(), abs=0.08)
    again = [permutation(play, count, evaluations, ends(play, count), np.random.default_rng(7)) for _ in range(2)]
    np.testing.assert_array_equal(*again)  # chance is the seed's alone


def test_where_nearly_all_sets_are_asked_for_chance_comes_to_an_end() -> None:
    sets, weights = telling(6, 60, np.random.default_rng(0))
    assert len(sets) <= 60 and len(sets) == len(np.unique(sets, axis=0)) and weights.sum() == pytest.approx(1)


def test_what_is_known_of_few_sets_still_makes_up_the_whole() -> None:
    play = game(40)
    known = np.random.default_rng(0).random((5, 40)) < 0.5
    found = nearest(known, play(known), ends(play, 40))
    assert found.sum() == pytest.approx(np.diff(ends(play, 40))[0], abs=1e-3)
    alone = nearest(known[:0], play(known[:0]), ends(play, 40))
    np.testing.assert_allclose(alone, np.diff(ends(play, 40))[0] / 40, atol=1e-6)
