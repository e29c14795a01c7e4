"""Networks that read a text from both sides. Their trunks are called alike whatever they answer, so that a network
trained to fill gaps can be begun with when a class is to be told."""

from __future__ import annotations

from typing import Any

from dlviz.core.values import Tokens
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.text_starters import OUTPUT, text_start

Layers = list[dict[str, Any]]


def starters(fields: Fields) -> dict[str, Graph]:
    """For filling gaps, by title; the first is the default."""
    small = all(isinstance(kind, Tokens) and len(kind.vocabulary) <= 500 for kind in fields.inputs.values())
    return {
        "BERT": graph([*bert(64 if small else 96, 2), OUTPUT]),
        "LSTM in both directions": graph([*both_ways(), OUTPUT]),
    }


def bert(width: int, blocks: int, heads: int = 4, dropout: float = 0.1) -> Layers:
    """Blocks of attention in which each token looks at all others (Devlin et al. 2019), normalised before attention
    (Xiong et al. 2020): a row of `width` numbers for each token."""
    layers: Layers = [
        *text_start(width),
        {"name": "position", "kind": "PositionalEncoding", "dropout": dropout, "inputs": ["embedding"]},
    ]
    for number in range(1, blocks + 1):
        layers.append(
            {
                "name": f"block{number}", "kind": "TransformerEncoderLayer", "nhead": heads,
                "dim_feedforward": 2 * width, "dropout": dropout, "activation": "gelu", "norm_first": True,
                "inputs": [layers[-1]["name"], "mask"],
            }
        )  # fmt: skip
    return [*layers, {"name": "norm", "kind": "LayerNorm"}]


def both_ways(hidden: int = 64) -> Layers:
    """An LSTM in both directions."""
    return [
        *text_start(64, dropout=0.3),
        {"name": "lstm", "kind": "LSTM", "hidden_size": hidden, "bidirectional": True, "inputs": ["dropout", "mask"]},
        {"name": "dropout2", "kind": "Dropout", "p": 0.3},
    ]


def judged(trunk: Layers, dropout: float = 0.3) -> Layers:
    """The mean of a trunk's rows, and what is made of it: logits, a number."""
    return [
        *trunk,
        {"name": "pool", "kind": "PoolSteps", "mode": "mean", "inputs": [trunk[-1]["name"], "mask"]},
        {"name": "dropout", "kind": "Dropout", "p": dropout},
        OUTPUT,
    ]
