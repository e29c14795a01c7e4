"""Starter networks that read one text and write another, and what they train with."""

from __future__ import annotations

from typing import Any

from dlviz.core.values import Tokens
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.starters import graph

Layers = list[dict[str, Any]]


def starters(fields: Fields) -> dict[str, Graph]:
    """By title; the first is the default."""
    small = is_small(fields)
    return {
        "Transformer": graph(encoder_decoder(fields, 64, 1, dropout=0.0) if small else encoder_decoder(fields, 128, 2)),
        "GRU with attention": graph(recurrent("GRU", fields, 64 if small else 128)),
        "LSTM with attention": graph(recurrent("LSTM", fields, 64 if small else 128)),
    }


def is_small(fields: Fields) -> bool:
    """Whether the tokens are so few that a small network can know all about each."""
    return all(len(kind.vocabulary) <= 100 for kind in fields.inputs.values() if isinstance(kind, Tokens))


def recipe(fields: Fields) -> dict[str, Any]:
    """What they train with."""
    small = is_small(fields)
    examples = 150_000 if small else 320_000
    return {
        "optimization": {
            "optimizer": {"kind": "AdamW", "lr": 0.003 if small else 0.002},
            "schedule": {"kind": "OneCycleLR"},
            "regularizers": [{"kind": "GradientClipping"}],
        },
        "training": {"epochs": max(8, min(30, round(examples / (fields.size or 20_000)))), "batch_size": 64},
    }


def encoder_decoder(fields: Fields, width: int, blocks: int, heads: int = 4, dropout: float = 0.1) -> Layers:
    """An encoder reads with attention, a decoder writes: each of its blocks looks at what was written, then at what the
    encoder read (Vaswani et al. 2017)."""
    source, so_far = fields.inputs
    block = {"nhead": heads, "dim_feedforward": 4 * width, "dropout": dropout, "norm_first": True}
    layers = [*_start(source, "", width), {"name": "position", **_position(dropout), "inputs": ["embedding"]}]
    last = "position"
    for number in range(1, blocks + 1):
        kind = {"name": f"encoder{number}", "kind": "TransformerEncoderLayer", **block, "inputs": [last, "mask"]}
        layers.append(kind)
        last = f"encoder{number}"
    layers.append({"name": "memory", "kind": "LayerNorm", "inputs": [last]})
    layers += [*_start(so_far, "_so_far", width), {
        "name": "position_so_far", **_position(dropout), "inputs": ["embedding_so_far"],
    }]  # fmt: skip
    last = "position_so_far"
    for number in range(1, blocks + 1):
        looks = [last, "memory", "mask"]
        layers.append({"name": f"decoder{number}", "kind": "TransformerDecoderLayer", **block, "inputs": looks})
        last = f"decoder{number}"
    return [*layers, {"name": "norm", "kind": "LayerNorm", "inputs": [last]}, OUTPUT]


def recurrent(kind: str, fields: Fields, width: int, dropout: float = 0.2) -> Layers:
    """One reads from both ends, one writes; at each step the writing one looks where it will in what was read (Luong
    et al. 2015). Its memory of the text is this look alone: its state begins at 0."""
    source, so_far = fields.inputs
    cell = kind.lower()
    return [
        *_start(source, "", width),
        {"name": "dropout", "kind": "Dropout", "p": dropout},
        {"name": f"{cell}_reads", "kind": kind, "hidden_size": width // 2, "bidirectional": True,
         "inputs": ["dropout", "mask"]},
        *_start(so_far, "_so_far", width, mask=True),
        {"name": "dropout_so_far", "kind": "Dropout", "p": dropout, "inputs": ["embedding_so_far"]},
        {"name": f"{cell}_writes", "kind": kind, "hidden_size": width, "inputs": ["dropout_so_far", "mask_so_far"]},
        {"name": "attention", "kind": "MultiheadAttention", "num_heads": 1,
         "inputs": [f"{cell}_writes", f"{cell}_reads", "mask"]},
        {"name": "beside", "kind": "Concat", "dim": 2, "inputs": ["attention", f"{cell}_writes"]},
        {"name": "joined", "kind": "Linear", "out_features": width},
        {"name": "tanh", "kind": "Tanh"},
        {"name": "dropout_joined", "kind": "Dropout", "p": dropout},
        OUTPUT,
    ]  # fmt: skip


def _start(field: str, after: str, width: int, mask: bool = False) -> Layers:
    """An Input, its mask where it is read as a whole, and a row of numbers for each token."""
    name = field if field not in ("mask", "embedding") else f"input_{field}"
    layers: Layers = [{"name": name, "kind": "Input", "field": field, "inputs": []}]
    if mask or not after:
        layers.append({"name": f"mask{after}", "kind": "PaddingMask", "inputs": [name]})
    embedding = {"kind": "Embedding", "embedding_dim": width, "init": "kaiming", "inputs": [name]}
    return [*layers, {"name": f"embedding{after}", **embedding}]


def _position(dropout: float) -> dict[str, Any]:
    return {"kind": "PositionalEncoding", "encoding": "learned", "dropout": dropout}


OUTPUT: dict[str, Any] = {"name": "output", "kind": "Linear", "out_features": "auto"}
