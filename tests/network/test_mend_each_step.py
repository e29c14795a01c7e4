"""From nothing to a network with an answer for each word, by the remedies that are offered."""

from __future__ import annotations

from typing import Any

import pytest

from dlviz.core.shape import Ids
from dlviz.network.shapes import infer
from dlviz.tasks.starters import graph

INPUT: dict[str, Any] = {"name": "input", "kind": "Input"}
MASK: dict[str, Any] = {"name": "mask", "kind": "PaddingMask", "inputs": ["input"]}
EMBEDDING: dict[str, Any] = {"name": "embedding", "kind": "Embedding", "embedding_dim": 16, "inputs": ["input"]}
OUT: dict[str, Any] = {"name": "out", "kind": "Linear", "out_features": "auto"}
LAST: dict[str, Any] = {"name": "lstm", "kind": "LSTM", "output": "last", "inputs": ["embedding", "mask"]}


@pytest.mark.parametrize(
    ("layers", "title"),
    [
        ([INPUT], "Add Embedding and an output layer for each step (Linear, 5)"),
        ([INPUT, EMBEDDING], "Add an output layer for each step (Linear, 5)"),
        ([INPUT, MASK, EMBEDDING, LAST], "Let `lstm` give all steps, and add an output layer for each step"),
        ([INPUT, MASK, EMBEDDING, LAST, OUT], "Let `lstm` give all steps"),
        (
            [INPUT, EMBEDDING, {"name": "flat", "kind": "Flatten"}, OUT],
            "Remove `flat`, so that each step has an answer",
        ),
        (
            [INPUT, MASK, EMBEDDING, {"name": "pool", "kind": "PoolSteps", "inputs": ["embedding", "mask"]}, OUT],
            "Remove `pool`, so that each step has an answer",
        ),
        (
            [
                INPUT,
                EMBEDDING,
                {"name": "turn", "kind": "Transpose"},
                {"name": "conv", "kind": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": "same"},
            ],
            "Add Transpose and an output layer for each step (Linear, 5)",
        ),
    ],
)
def test_one_click_gives_an_answer_for_each_word(layers: list[dict[str, Any]], title: str) -> None:
    inputs, output = {"text": Ids((12,), 40)}, (12, 5)
    report = infer(graph(layers), inputs, output)
    (problem,) = report.problems
    assert problem.remedies[0].title == title
    mended = problem.remedies[0].graph
    assert not infer(mended, inputs, output).problems
