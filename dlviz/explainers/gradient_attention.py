"""GradientAttention: the looks that raised the score, put together through all layers."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from dlviz.explainers.attention_method import AttentionMethod
from dlviz.explainers.attention_reading import Reading
from dlviz.explainers.attention_relevance import gradient_relevance, read_steps


class GradientAttention(AttentionMethod):
    """Counts each look by how much the score would rise with it, and puts the looks of all layers together.

    Ā = mean over heads of max(0, ∂score/∂A · A), R ← R + Ā R from R = I on, layer by layer; looks at another sequence
    by the paper's rules for encoder and decoder. Of R the rows are taken from which the answer is read, without the
    identity that each step began with. Shares of at least 0 that sum to 1, or all 0 where no look raised the score.
    """

    paper: ClassVar[str] = (
        "Chefer, Gur & Wolf 2021, Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder "
        "Transformers, arXiv:2103.15679"
    )
    reading: ClassVar[str] = (
        "It shows where it looked, never why it decided: looks count by how much the score of this target would rise "
        "with them, in all layers, and are followed back to the input. What speaks against the target is left out."
    )
    misleads: ClassVar[str] = (
        "What a step says without being looked at, past the attention or in the small networks between, is not seen; "
        "and where the score is flat, as at full certainty, its gradients say little."
    )

    def weights(self, read: Reading) -> tuple[Tensor, str]:
        last = read.layers[-1]
        rows = read_steps(last, read.score)
        relevant = gradient_relevance(read.layers, read.gradients())[last.queries, read.keys]
        if last.queries == read.keys:
            relevant = relevant - torch.eye(len(relevant), dtype=relevant.dtype)
        weights = relevant[rows].sum(0)
        return weights, "" if float(weights.sum()) > 0 else " Here no look raised the score."
