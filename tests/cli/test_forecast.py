"""`dlviz predict` of a series: the steps after the end of a file, with their times."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import torch

from dlviz.cli.forecast import forecast, lines
from dlviz.datasets.dataset import Dataset
from dlviz.training.restore import Restored, make_networks
from dlviz.training.spec import Spec


def test_a_file_goes_on_after_its_end(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=120).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"day": days, "sold": [10 + number % 7 for number in range(120)]})
    path = str(tmp_path / "sales.csv")
    frame.to_csv(path, index=False)
    document = {"kind": "SeriesTable", "path": path, "time": "day", "targets": ["sold"], "horizon": 3, "known": True}
    spec = Spec.parse({"version": 1, "data": document}).completed()
    assert isinstance(spec.data, Dataset) and spec.task is not None
    data = spec.data.load()
    torch.manual_seed(0)
    networks = make_networks(spec, data.fields)
    spec.task.prepare(networks, data.fields, data.train)
    for network in networks.values():
        network.eval()
    records = forecast(Restored(spec, spec.task, data.fields, data.encoders, networks, 0), path)
    assert [(row["series"], row["step"], row["time"]) for row in records] == [
        ("sold", 1, "2024-04-30"), ("sold", 2, "2024-05-01"), ("sold", 3, "2024-05-02")
    ]  # fmt: skip
    assert all(row["low"] <= row["prediction"] <= row["high"] for row in records)
    head, *rows = lines(records).splitlines()
    assert head.split() == ["series", "step", "time", "prediction", "low", "high"] and len(rows) == 3
