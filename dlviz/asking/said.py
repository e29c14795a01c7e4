"""Said: a prediction as plain JSON values, for whoever shows it beside a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlviz.asking.pose import Put
from dlviz.core.values import Category, Scalar, Value


def told(prediction: Value) -> dict[str, Any]:
    """A class by its number and its name, with all probabilities; or a number with its unit."""
    kind = prediction.kind
    if isinstance(kind, Category):
        probabilities = [float(p) for p in prediction.data[0]]
        best = int(np.argmax(probabilities))
        return {"prediction": best, "prediction_name": kind.names[best], "probabilities": probabilities}
    value = float(np.asarray(prediction.data).reshape(-1)[0])
    return {"prediction": value, "value": value, "unit": kind.unit if isinstance(kind, Scalar) else ""}


def said(put: Put) -> dict[str, Any]:
    """What the network says to the example of a question, and how large the explained number is."""
    question = put.question
    names = question.task.targets(question.data.fields)
    score = question.task.score(question.networks, question.inputs, question.target, question.data.fields)
    return {
        "part": put.part, "index": put.index, "target": question.target, "target_name": names[question.target],
        "score": float(score.detach()), **told(put.prediction),
    }  # fmt: skip
