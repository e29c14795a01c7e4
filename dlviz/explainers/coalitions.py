"""Coalitions: what a network says when only some features of an input are known.

The unknown features are taken from background examples, and the scores averaged over them. With this one function the
players of the game that SHAP and LIME ask about are a person's features (columns, pixels, cells) whatever the encoding
is: a category's one-hot positions are kept or replaced together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array
from dlviz.explainers.batches import batch_size, batches
from dlviz.explainers.explainer import Step
from dlviz.explainers.features import Features


class Coalitions:
    """v(S): the mean score of the input with the features outside S replaced by each of the background's."""

    def __init__(
        self,
        score: Callable[[Tensor], Tensor],
        inputs: Tensor,
        background: Tensor,
        features: Features,
        step: Step,
        expected: int,
    ) -> None:
        """`inputs` (1, *shape), `background` (B, *shape); `expected` coalitions will be asked for, to show progress."""
        self._score, self._inputs, self._background, self._features = score, inputs, background, features
        self._step, self._done, self._expected = step, 0, expected
        self._size = max(1, batch_size(inputs[0]) // len(background))

    @torch.no_grad()
    def __call__(self, known: Array) -> Array:
        """`known` (M, features), 1 or True where a feature is known; gives (M,) float64."""
        values = np.empty(len(known))
        masks = torch.from_numpy(np.ascontiguousarray(known) > 0.5)
        shape = self._inputs.shape[1:]
        for part in batches(len(known), self._size):
            kept = masks[part][:, self._features.of]  # (m, *shape)
            mixed = torch.where(kept[:, None], self._inputs, self._background)  # (m, B, *shape)
            scores = self._score(mixed.reshape(-1, *shape)).double()
            values[part] = scores.view(-1, len(self._background)).mean(1).numpy()
            self._done += part.stop - part.start
            self._step(min(self._done, self._expected), self._expected)
        return values
