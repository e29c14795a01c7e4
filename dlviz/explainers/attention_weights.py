"""AttentionWeights: where one attention layer looked."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.explainers.attention_method import AttentionMethod
from dlviz.explainers.attention_reading import Reading
from dlviz.explainers.attention_relevance import read_steps


class AttentionWeights(AttentionMethod):
    """Shows where one attention layer looked: the mean of its heads, over the steps that the answer is read from.

    Shares of at least 0 that sum to 1. They are the same for every class: nothing asks what the look was used for.
    """

    paper: ClassVar[str] = (
        "Bahdanau, Cho & Bengio 2015, Neural Machine Translation by Jointly Learning to Align and Translate, "
        "arXiv:1409.0473"
    )
    reading: ClassVar[str] = (
        "It shows where it looked, never why it decided: how much one attention layer took from each step, the mean of "
        "its heads."
    )
    misleads: ClassVar[str] = (
        "A later layer looks at steps that have long gathered from others, so a large share need not mean this token; "
        "and what was looked at may not have been used (Jain & Wallace 2019, arXiv:1902.10186)."
    )
    trusted: ClassVar[bool] = False

    layer: int = setting(
        0, "Which attention layer, counted from 1 in the order of the pass. 0: the last.", ge=0, names="attention",
        usual="the last",
    )  # fmt: skip

    def weights(self, read: Reading) -> tuple[Tensor, str]:
        if self.layer > len(read.layers):
            raise WrongInput(
                f"`layer` must be at most {len(read.layers)}, the attention layers of this network. Received: "
                f"{self.layer}."
            )
        layer = read.layers[self.layer - 1]
        if layer.keys != read.keys:
            raise WrongInput(f"Attention layer {self.layer} does not look at the input's own steps. Choose another.")
        rows = read_steps(layer, read.score)
        weights = layer.attended.weights[0].detach().double().mean(0)[rows].mean(0)
        return weights, f" Layer `{layer.attended.place}`."
