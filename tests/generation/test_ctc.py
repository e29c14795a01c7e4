"""CTC decoding against sums over every path of small tables."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dlviz.generation.ctc import beam, best_path, places


def said(path: tuple[int, ...]) -> tuple[int, ...]:
    """What a path says, by the book: one of each run, then no blanks."""
    return tuple(symbol for symbol, _ in itertools.groupby(path) if symbol != 0)


def every(table: NDArray[np.float64]) -> dict[tuple[int, ...], float]:
    """The probability of all that can be said."""
    sums: dict[tuple[int, ...], float] = defaultdict(float)
    for path in itertools.product(range(table.shape[1]), repeat=len(table)):
        sums[said(path)] += float(np.prod([table[step, symbol] for step, symbol in enumerate(path)]))
    return sums


def table(steps: int, symbols: int, seed: int) -> NDArray[np.float64]:
    made: NDArray[np.float64] = np.random.default_rng(seed).dirichlet(np.full(symbols, 0.7), steps)
    made = made.clip(1e-3)
    return np.asarray(made / made.sum(1, keepdims=True))


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_finds_the_likeliest_of_all_and_knows_how_likely_it_is(seed: int) -> None:
    known = table(5, 3, seed)
    sums = every(known)
    found = beam(np.log(known), width=1000, many=5)
    best = sorted(sums.items(), key=lambda pair: -pair[1])[:5]
    assert [tuple(ids) for ids, _ in found] == [ids for ids, _ in best]
    np.testing.assert_allclose([np.exp(log) for _, log in found], [p for _, p in best], rtol=1e-9)


def test_the_sums_are_those_of_the_loss() -> None:
    known = table(6, 3, 7)
    for ids, log in beam(np.log(known), width=1000, many=4):
        if ids:
            loss = torch.nn.functional.ctc_loss(
                torch.tensor(np.log(known))[:, None],
                torch.tensor([ids]),
                torch.tensor([6]),
                torch.tensor([len(ids)]),
                reduction="sum",
            )
            assert float(loss) == pytest.approx(-log, rel=1e-9)


def test_the_likeliest_path_may_say_what_is_not_likeliest() -> None:
    """The textbook's case: all blanks is the likeliest path, and yet the symbol is likelier, by three paths."""
    known = np.array([[0.6, 0.4], [0.6, 0.4]])
    (ids, log), *_ = beam(np.log(known), width=8)
    assert ids == [1] and log == pytest.approx(np.log(0.64))
    assert best_path(torch.tensor(np.log(known))[None], torch.tensor([2])).tolist() == [[0, 0]]


def test_the_best_path_joins_repeats_and_stops_where_the_sound_does() -> None:
    paths = [(0, 2, 2, 0, 2, 1), (1, 1, 0, 0, 1, 2), (0, 0, 0, 0, 0, 0)]
    logits = torch.nn.functional.one_hot(torch.tensor(paths), 3).float()
    steps = torch.tensor([6, 5, 6])
    assert best_path(logits, steps).tolist() == [[2, 2, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0], [0] * 6]
    random = torch.randn(20, 9, 4, generator=torch.Generator().manual_seed(1))
    for row, found in zip(random.argmax(2).tolist(), best_path(random, torch.full((20,), 9)).tolist(), strict=True):
        assert [symbol for symbol in found if symbol] == list(said(tuple(row)))


def test_a_place_is_where_a_symbol_is_surest() -> None:
    known = (
        np.array([[0.9, 0.1, 0], [0.4, 0.6, 0], [0.2, 0.8, 0], [0.9, 0.1, 0], [0.3, 0.7, 0], [0.1, 0.2, 0.7]]) + 1e-9
    )
    found = places(np.log(known))
    assert [(symbol, step) for symbol, step, _ in found] == [(1, 2), (1, 4), (2, 5)]
    assert [p for _, _, p in found] == pytest.approx([0.8, 0.7, 0.7], abs=1e-6)
    assert places(np.log(known[:1])) == [] == places(np.zeros((0, 3)))
