"""A few examples with what the network says about each."""

from __future__ import annotations

import dataclasses

from dlviz.core.values import Array, Value
from dlviz.datasets.data import Data

#: How many are shown.
SHOWN = 24


def sample_predictions(data: Data, part: str, answers: dict[str, Array]) -> Value:
    """The first examples of `part` as a person reads them, with `answers` (arrays with one row an example, or the
    class names) beside them in `more`."""
    count = min(SHOWN, len(data.part(part)))
    inputs = data.shown(part, list(range(count)))[next(iter(data.fields.inputs))]
    note = f"The first {count} examples of the {part} part with their true and their predicted target."
    return dataclasses.replace(inputs, title="Sample predictions", note=note, more={**inputs.more, **answers})
