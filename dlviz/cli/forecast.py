"""How a series in a file goes on, as `dlviz predict` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlviz.cli.tables import table
from dlviz.core.problems import WrongInput
from dlviz.core.values import Series

if TYPE_CHECKING:
    from dlviz.training.restore import Restored


def forecast(restored: Restored, file: str) -> list[dict[str, Any]]:
    """A record for each series and step after the end of the file: `series`, `step`, `time`, `prediction`, and `low`
    and `high` where the task gives bounds."""
    from dlviz.datasets.series_encoder import SeriesEncoder

    fields, inputs, times = restored.fields, {}, [""]
    for name in fields.inputs:
        encoder = restored.encoders.get(name)
        if not isinstance(encoder, SeriesEncoder):
            raise WrongInput(f"The input `{name}` of this run cannot be read from a file.")
        ending = encoder.read(file)
        inputs[name], times = encoder.encode(ending), encoder.steps_after(ending)
    value = next(iter(restored.task.predict(restored.networks, inputs, fields).values()))
    assert isinstance(value.kind, Series)
    arrays = {"prediction": value.data, **value.more}
    return [
        {"series": name, "step": step + 1, "time": time}
        | {told: float(array[0, number, step]) for told, array in arrays.items()}
        for number, name in enumerate(value.kind.names)
        for step, time in enumerate(times)
    ]


def lines(records: list[dict[str, Any]]) -> str:
    """The records as a table."""
    cells = [[f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row.values()] for row in records]
    return table(list(records[0]), cells)
