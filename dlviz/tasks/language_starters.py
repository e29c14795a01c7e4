"""Starter networks that write: at each step a logit for every token, from that step and those before it."""

from __future__ import annotations

from typing import Any

from dlviz.core.values import Tokens
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph

Layers = list[dict[str, Any]]


def starters(fields: Fields) -> dict[str, Graph]:
    """By title; the first is the default."""
    small = all(isinstance(kind, Tokens) and kind.length <= 32 for kind in fields.inputs.values())
    return {
        "GPT": graph(gpt(64, 2) if small else gpt(128, 4)),
        "LSTM": graph(recurrent("LSTM", 128 if small else 256)),
        "GRU": graph(recurrent("GRU", 128 if small else 256)),
        "RNN": graph(recurrent("RNN", 128 if small else 256)),
    }


def gpt(width: int, blocks: int, heads: int = 4, dropout: float = 0.1) -> Layers:
    """Blocks of causal attention, each with a small network for each step (Radford et al. 2018)."""
    layers: Layers = [
        {"name": "input", "kind": "Input"},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": width, "init": "kaiming"},
        {"name": "position", "kind": "PositionalEncoding", "encoding": "learned", "dropout": dropout},
    ]
    for number in range(1, blocks + 1):
        layers.append(
            {
                "name": f"block{number}", "kind": "TransformerEncoderLayer", "nhead": heads,
                "dim_feedforward": 4 * width, "dropout": dropout, "activation": "gelu", "norm_first": True,
                "causal": True,
            }
        )  # fmt: skip
    return [*layers, {"name": "norm", "kind": "LayerNorm"}, OUTPUT]


def recurrent(kind: str, hidden: int, width: int = 64) -> Layers:
    """A state that walks along the text."""
    return [
        {"name": "input", "kind": "Input"},
        {"name": "mask", "kind": "PaddingMask", "inputs": ["input"]},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": width, "init": "kaiming", "inputs": ["input"]},
        {"name": kind.lower(), "kind": kind, "hidden_size": hidden, "inputs": ["embedding", "mask"]},
        {"name": "dropout", "kind": "Dropout", "p": 0.2},
        OUTPUT,
    ]


OUTPUT: dict[str, Any] = {"name": "output", "kind": "Linear", "out_features": "auto"}
