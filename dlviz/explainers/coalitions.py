"""Coalitions: what a network says when only some features of an input are known.

What is unknown is taken from a baseline or from background examples, and the scores averaged over them. With this one
function the players of the game that SHAP, LIME, RISE and Occlusion ask about are a person's features (columns, pixels,
cells, tokens, windows) whatever the encoding is: a category's one-hot positions are kept or replaced together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from dlviz.core.values import Array
from dlviz.explainers.batches import measured_size, spread
from dlviz.explainers.explainer import Explanation, Step, offer
from dlviz.explainers.hidden import Mixed
from dlviz.explainers.subject import Score

#: What the scores (M,) of coalitions (M, features) of bool tell.
Told = Callable[[Array, Array], Explanation]


class Coalitions:
    """v(S): the mean score of the input with the features outside S replaced."""

    def __init__(self, score: Score, mixed: Mixed, step: Step, expected: int, told: Told | None = None) -> None:
        """`expected` coalitions will be asked for, to show progress; `told` makes an explanation of those asked so
        far."""
        self._score, self._mixed = score, mixed
        self._step, self._done, self._expected, self._told = step, 0, expected, told
        self._size = 0  # how many are asked about at once, once it is known
        self._known: list[Array] = []
        self._values: list[Array] = []

    @torch.no_grad()
    def __call__(self, known: Array) -> Array:
        """`known` (M, features), 1 or True where a feature is known; gives (M,) float64."""
        values = np.empty(len(known))
        masks = torch.from_numpy(np.ascontiguousarray(known) > 0.5)
        if not len(masks):
            return values
        if not self._size:
            one = self._mixed(masks[:1])  # (1, B, *shape)
            self._size = max(1, measured_size(self._score, one[0, 0]) // one.shape[1])
        for part, _ in spread(len(known), self._size):
            mixed = self._mixed(masks[part])  # (m, B, *shape)
            scores = self._score(mixed.flatten(0, 1)).double()
            values[part] = scores.view(mixed.shape[:2]).mean(1).numpy()
            self._done += len(mixed)
            self._step(min(self._done, self._expected), self._expected)
            if self._told is not None:
                self._known.append(masks[part].numpy())
                self._values.append(values[part])
                offer(self._step, self._so_far)
        return values

    def _so_far(self) -> Explanation:
        assert self._told is not None
        return self._told(np.concatenate(self._known), np.concatenate(self._values))
