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
    made = {"LSTM": bilstm(fields), "Word window": window(fields), "Transformer": transformer(fields)}
    return {title: graph(layers) for title, layers in made.items()}


def start(fields: Fields, width: int = 64, dropout: float = 0.0) -> Layers:
    """The first input as words with their mask, further ones (the shapes of words) beside them: the last layer gives
    `width` numbers a word."""
    if len(fields.inputs) == 1:
        return text_start(width, dropout)
    layers: Layers = []
    rows = []
    for number, name in enumerate(fields.inputs):
        layers.append({"name": name, "kind": "Input", "field": name, "inputs": []})
        if not number:
            layers.append({"name": "mask", "kind": "PaddingMask", "inputs": [name]})
        size = width - 16 * (len(fields.inputs) - 1) if not number else 16
        rows.append(f"embedding{number or ''}")
        embedding = {"kind": "Embedding", "embedding_dim": size, "init": "kaiming"}
        layers.append({"name": rows[-1], **embedding, "inputs": [name]})
    layers.append({"name": "beside", "kind": "Concat", "dim": 2, "inputs": rows})
    return [*layers, *([{"name": "dropout", "kind": "Dropout", "p": dropout}] if dropout else [])]


def bilstm(fields: Fields) -> Layers:
    """An LSTM from each end: every word is judged with all that stands before and behind it."""
    return [
        *start(fields, 64, dropout=0.3),
        {"name": "lstm", "kind": "LSTM", "hidden_size": 64, "bidirectional": True, "inputs": ["dropout", "mask"]},
        {"name": "dropout2", "kind": "Dropout", "p": 0.5},
        OUTPUT,
    ]


def window(fields: Fields, size: int = 3) -> Layers:
    """Filters over a word and its neighbours (Collobert et al. 2011)."""
    return [
        *[layer for layer in start(fields, 64, dropout=0.3) if layer["name"] != "mask"],
        {"name": "transpose", "kind": "Transpose"},
        {"name": "conv", "kind": "Conv1d", "out_channels": 128, "kernel_size": size, "padding": "same"},
        {"name": "relu", "kind": "ReLU"},
        {"name": "steps", "kind": "Transpose"},
        {"name": "dropout2", "kind": "Dropout", "p": 0.5},
        OUTPUT,
    ]


def transformer(fields: Fields) -> Layers:
    """Every word looks at all others, twice over."""
    block = builtin()["TransformerEncoderBlock"].node(features=64, num_heads=4, hidden=128, dropout=0.2)
    return [
        *(begin := start(fields, 64)),
        {"name": "position", "kind": "PositionalEncoding", "dropout": 0.1, "inputs": [begin[-1]["name"]]},
        {"name": "encoder", **block, "repeat": 2, "inputs": ["position", "mask"]},
        {"name": "norm", "kind": "LayerNorm"},
        {"name": "dropout", "kind": "Dropout", "p": 0.3},
        OUTPUT,
    ]


def recipe(fields: Fields) -> dict[str, Any]:
    """A network of words soon knows single names by heart, so some words are hidden from it."""
    size = fields.size or 0
    epochs, batch = (6, 64) if size > 20_000 else (8, 32) if size > 3000 else (15, 32)
    return {
        "optimization": {
            "optimizer": {"kind": "AdamW", "lr": 0.005},
            "schedule": {"kind": "CosineAnnealingLR"},
            "augmentations": [{"kind": "WordDropout"}],
        },
        "training": {"epochs": epochs, "batch_size": batch},
    }
