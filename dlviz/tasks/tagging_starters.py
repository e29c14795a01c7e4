"""Starter networks that say something of each word, and what they train with. Padding never changes what they say."""

from __future__ import annotations

from typing import Any

from dlviz.blocks import builtin
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph
from dlviz.tasks.text_starters import OUTPUT, Layers, text_start


def starters(fields: Fields) -> dict[str, Graph]:
    """Networks with an answer for each word, by title; the first is the default."""
    return {"LSTM": graph(bilstm()), "Word window": graph(window()), "Transformer": graph(transformer())}


def bilstm() -> Layers:
    """An LSTM from each end: every word is judged with all that stands before and behind it."""
    return [
        *text_start(64, dropout=0.3),
        {"name": "lstm", "kind": "LSTM", "hidden_size": 64, "bidirectional": True, "inputs": ["dropout", "mask"]},
        {"name": "dropout2", "kind": "Dropout", "p": 0.5},
        OUTPUT,
    ]


def window(size: int = 3) -> Layers:
    """Filters over a word and its neighbours (Collobert et al. 2011)."""
    return [
        *[layer for layer in text_start(64, dropout=0.3) if layer["name"] != "mask"],
        {"name": "transpose", "kind": "Transpose"},
        {"name": "conv", "kind": "Conv1d", "out_channels": 128, "kernel_size": size, "padding": "same"},
        {"name": "relu", "kind": "ReLU"},
        {"name": "steps", "kind": "Transpose"},
        {"name": "dropout2", "kind": "Dropout", "p": 0.5},
        OUTPUT,
    ]


def transformer() -> Layers:
    """Every word looks at all others, twice over."""
    block = builtin()["TransformerEncoderBlock"].node(features=64, num_heads=4, hidden=128, dropout=0.2)
    return [
        *text_start(64),
        {"name": "position", "kind": "PositionalEncoding", "dropout": 0.1, "inputs": ["embedding"]},
        {"name": "encoder", **block, "repeat": 2, "inputs": ["position", "mask"]},
        {"name": "norm", "kind": "LayerNorm"},
        {"name": "dropout", "kind": "Dropout", "p": 0.3},
        OUTPUT,
    ]


def recipe(fields: Fields) -> dict[str, Any]:
    """A network of words soon knows single names by heart, so some words are hidden from it."""
    size = fields.size or 0
    epochs, batch = (6, 64) if size > 20_000 else (15, 32) if size > 3000 else (20, 32)
    return {
        "optimization": {
            "optimizer": {"kind": "AdamW", "lr": 0.003},
            "schedule": {"kind": "CosineAnnealingLR"},
            "augmentations": [{"kind": "WordDropout"}],
        },
        "training": {"epochs": epochs, "batch_size": batch},
    }
