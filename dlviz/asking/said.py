"""Said: a prediction as plain JSON values, for whoever shows it beside a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlviz.asking.pose import Put
from dlviz.core.values import Category, Scalar, Text, Value


def told(prediction: Value) -> dict[str, Any]:
    """A class by its number and its name, with all probabilities; a number with its unit; anything else in words, with
    the number of the target that these words name first."""
    kind = prediction.kind
    if isinstance(kind, Text):
        return {"prediction": int(prediction.more["target"][0]), "prediction_name": str(prediction.data[0])}
    if isinstance(kind, Category):
        probabilities = [float(p) for p in prediction.data[0]]
        best = int(np.argmax(probabilities))
        return {"prediction": best, "prediction_name": kind.names[best], "probabilities": probabilities}
    value = float(np.asarray(prediction.data).reshape(-1)[0])
    return {"prediction": value, "value": value, "unit": kind.unit if isinstance(kind, Scalar) else ""}


def said(put: Put) -> dict[str, Any]:
    """What the network says to the example of a question, and how large the explained number is."""
    question = put.question
    score = question.task.score(question.networks, question.inputs, question.target, question.data.fields)
    return {
        "part": put.part, "index": put.index, "target": question.target, "target_name": put.name(question.target),
        "score": float(score.detach()), **told(put.prediction),
    }  # fmt: skip
