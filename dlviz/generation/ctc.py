"""CTC decoding: from the probability of each symbol at each step to what was said (Graves et al. 2006).

A path names a symbol at each step; symbol 0 is the blank, "nothing new". What a path says: repeats become one, then
blanks go, so `0 7 7 0 7` says `7 7`. Many paths say the same, and its probability is the sum of theirs.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlviz.core.values import Array

BLANK = 0
#: In a beam, symbols less likely than this at a step (ln p) are not tried there.
_UNLIKELY = -9.0
_NEVER = float("-inf")


def best_path(log_probabilities: Tensor, steps: Tensor) -> Tensor:
    """What the likeliest path says, (N, T) int64 filled up with 0: quick. A text of many paths may be likelier; a beam
    finds it, and halved the errors on strings of spoken digits.

    `log_probabilities` (N, T, symbols), or anything that grows with them; `steps` (N,): how many steps of each count.
    """
    path = log_probabilities.argmax(2)  # (N, T)
    before = torch.nn.functional.pad(path, (1, -1), value=BLANK)
    there = torch.arange(path.shape[1], device=path.device) < steps[:, None]
    kept = (path != BLANK) & (path != before) & there
    order = (~kept).to(torch.uint8).argsort(dim=1, stable=True)
    return path.masked_fill(~kept, BLANK).gather(1, order)


def beam(log_probabilities: Array, width: int = 16, many: int = 1) -> list[tuple[list[int], float]]:
    """The likeliest things said with ln p of each, the best first: prefix beam search (Hannun et al. 2014).

    `log_probabilities` (T, symbols). After each step the `width` likeliest beginnings are kept; the probability of a
    beginning is the sum over all its paths, those that end in a blank and those that end in its last symbol apart,
    since only after a blank the same symbol is a new one.
    """
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, _NEVER)}  # ends in a blank, in its last symbol
    for step in np.asarray(log_probabilities, dtype=np.float64):
        tried = [symbol for symbol in np.flatnonzero(step > _UNLIKELY).tolist() if symbol != BLANK]
        blank = float(step[BLANK])
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        for said, (quiet, loud) in beams.items():
            whole = _sum(quiet, loud)
            last = said[-1] if said else -1
            old = grown.get(said, (_NEVER, _NEVER))
            held = loud + float(step[last]) if said else _NEVER
            grown[said] = (_sum(old[0], whole + blank), _sum(old[1], held))
            for symbol in tried:
                more = (*said, symbol)
                old = grown.get(more, (_NEVER, _NEVER))
                came = quiet if symbol == last else whole
                grown[more] = (old[0], _sum(old[1], came + float(step[symbol])))
        kept = sorted(grown.items(), key=lambda pair: -_sum(*pair[1]))[:width]
        beams = dict(kept)
    found = sorted(((list(said), _sum(*ends)) for said, ends in beams.items()), key=lambda pair: -pair[1])
    return found[:many]


def places(log_probabilities: Array) -> list[tuple[int, int, float]]:
    """(symbol, step, its probability there) of what the likeliest path says: the step of each run of a symbol at which
    it is surest. `log_probabilities` (T, symbols)."""
    table = np.asarray(log_probabilities, dtype=np.float64)
    path: NDArray[np.int64] = table.argmax(1)
    found: list[tuple[int, int, float]] = []
    begin = 0
    for end in [*(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]:
        symbol = int(path[begin]) if end > begin else BLANK
        if symbol != BLANK:
            at = begin + int(table[begin:end, symbol].argmax())
            found.append((symbol, at, float(np.exp(table[at, symbol]))))
        begin = end
    return found


def _sum(one: float, other: float) -> float:
    """ln(eᵃ + eᵇ)."""
    if one < other:
        one, other = other, one
    return one if other == _NEVER else float(one + np.log1p(np.exp(other - one)))
