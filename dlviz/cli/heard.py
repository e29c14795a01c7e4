"""What a network that recognises speech hears in the sounds of a file."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Tokens
from dlviz.tasks.speech_metrics import text_of
from dlviz.training.restore import Restored

#: The beam by which other texts are looked for, and how many are told.
WIDTH, TEXTS = 16, 3


def hears(restored: Restored) -> bool:
    """Whether a run writes down what is said in a sound."""
    kinds = [*restored.fields.inputs.values()], [*restored.fields.targets.values()]
    return [[type(kind) for kind in group] for group in kinds] == [[Audio], [Tokens]]


def heard(restored: Restored, file: str) -> list[dict[str, Any]]:
    """A record for each sound: the text, and the likeliest texts with their probabilities, by a beam."""
    from dlviz.generation.ctc import beam

    name = next(iter(restored.fields.inputs))
    encoder = restored.encoders.get(name)
    if encoder is None:
        raise WrongInput(f"Inputs of this run cannot be read from one file: it does not say how `{name}` is read.")
    inputs = {name: encoder.encode(encoder.read(file))}
    ((target, said),) = restored.task.predict(restored.networks, inputs, restored.fields).items()
    assert isinstance(said.kind, Tokens)
    records: list[dict[str, Any]] = []
    for number, ids in enumerate(said.data):
        table = said.more["log_probability"][number][: int(said.more["steps"][number])]
        texts = {text_of(found, said.kind): float(np.exp(log)) for found, log in beam(table, WIDTH, TEXTS)}
        records.append({"index": number, "target": target, "prediction": text_of(ids, said.kind), "texts": texts})
    return records


def row(record: dict[str, Any]) -> list[str]:
    """A row of a table: number, text, its probability where the beam found it too."""
    sure = record["texts"].get(record["prediction"])
    return [str(record["index"] + 1), record["prediction"] or "(nothing)", "" if sure is None else f"{sure:.1%}"]
