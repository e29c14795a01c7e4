"""AttentionRollout: the looks of all layers, multiplied through."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from dlviz.core.setting import setting
from dlviz.explainers.attention_method import AttentionMethod
from dlviz.explainers.attention_reading import Reading
from dlviz.explainers.attention_relevance import read_steps, rollout


class AttentionRollout(AttentionMethod):
    """Follows the looks through all layers: which share of what is read in the end comes from which step at the start.

    R = Â_n … Â_1, Â = ½ A + ½ I, A the mean of a layer's heads; the half is the step itself, which goes past the
    attention. Of R the rows are taken from which the answer is read, their mean. Shares of at least 0 that sum to 1.
    """

    paper: ClassVar[str] = "Abnar & Zuidema 2020, Quantifying Attention Flow in Transformers, arXiv:2005.00928"
    reading: ClassVar[str] = (
        "It shows where it looked, never why it decided: the looks of all layers are followed from the answer back to "
        "the input, and each step gets the share that came from there. It is the same for every class."
    )
    misleads: ClassVar[str] = (
        "It takes every look for used and every head for equally important, and leaves out all else that layers do: "
        "a step that is looked at only to be passed over shines like one that decides."
    )

    residual: float = setting(
        0.5, "Which share of each step goes past the attention unchanged. 0: as if there were no shortcut.", ge=0, lt=1,
        advanced=True,
    )  # fmt: skip

    def weights(self, read: Reading) -> tuple[Tensor, str]:
        last = read.layers[-1]
        rows = read_steps(last, read.score)
        return rollout(read.layers, self.residual)[last.queries, read.keys][rows].mean(0), ""
