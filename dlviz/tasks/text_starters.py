"""Starter networks for texts. Each reads the padding mask, so that padding never changes a prediction."""

from __future__ import annotations

from typing import Any

Layers = list[dict[str, Any]]


def text_start(width: int = 64, dropout: float = 0.0) -> Layers:
    """Input, mask, and a row of `width` numbers for each word. Rows that start small are learned sooner than torch's,
    whose size is 1: on small data a network otherwise knows the texts by heart before their words mean anything."""
    layers: Layers = [
        {"name": "input", "kind": "Input"},
        {"name": "mask", "kind": "PaddingMask", "inputs": ["input"]},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": width, "init": "kaiming", "inputs": ["input"]},
    ]
    if dropout:
        layers.append({"name": "dropout", "kind": "Dropout", "p": dropout})
    return layers


def bag() -> Layers:
    """The mean of the words' rows, whatever their order, and a small network: quick, and hard to beat."""
    return [
        *text_start(64),
        {"name": "pool", "kind": "PoolSteps", "mode": "mean", "inputs": ["embedding", "mask"]},
        {"name": "fc", "kind": "Linear", "out_features": 64},
        {"name": "relu", "kind": "ReLU"},
        {"name": "dropout", "kind": "Dropout", "p": 0.5},
        OUTPUT,
    ]


def bilstm() -> Layers:
    """An LSTM in both directions; the strongest answer of each of its features."""
    return [
        *text_start(64, dropout=0.3),
        {"name": "lstm", "kind": "LSTM", "hidden_size": 64, "bidirectional": True, "inputs": ["dropout", "mask"]},
        {"name": "pool", "kind": "PoolSteps", "mode": "max", "inputs": ["lstm", "mask"]},
        {"name": "dropout2", "kind": "Dropout", "p": 0.5},
        OUTPUT,
    ]


def text_cnn(widths: tuple[int, ...] = (1, 3, 5), filters: int = 64, width: int = 64) -> Layers:
    """Filters over so many words each, side by side; the strongest answer of each (Kim 2014). Widths are odd: an even
    one could not keep the length without leaning to one side."""
    layers: Layers = [
        *text_start(width, dropout=0.3),
        {"name": "transpose", "kind": "Transpose", "inputs": ["dropout"]},
    ]
    for size in widths:
        layers += [
            {
                "name": f"conv{size}", "kind": "Conv1d", "out_channels": filters, "kernel_size": size,
                "padding": "same", "inputs": ["transpose"],
            },
            {"name": f"relu{size}", "kind": "ReLU"},
            {"name": f"steps{size}", "kind": "Transpose"},
            {"name": f"pool{size}", "kind": "PoolSteps", "mode": "max", "inputs": [f"steps{size}", "mask"]},
        ]  # fmt: skip
    pools = [f"pool{size}" for size in widths]
    if len(pools) > 1:
        layers.append({"name": "concat", "kind": "Concat", "inputs": pools})
    return [*layers, {"name": "dropout2", "kind": "Dropout", "p": 0.5}, OUTPUT]


OUTPUT: dict[str, Any] = {"name": "output", "kind": "Linear", "out_features": "auto"}
