"""DLinear: a trend and what is left of it, each led on by one linear layer."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.core.values import Series
from dlviz.datasets.data import Fields
from dlviz.network.graph import Graph
from dlviz.tasks.forecasting import Forecasting
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task
from dlviz.templates.suited import named
from dlviz.templates.template import Template

#: The paper's moving mean, and the longest that is taken here: of hours a whole day.
_MEAN = 25


class DLinear(Template):
    """Cuts a series into its moving mean, the trend, and what is left, the season; one linear layer leads on each, and
    both are added. So plain, and yet ahead of many transformers for long horizons: try it before anything larger.

    The paper shares one layer among all series; here each step of each series seen has its own weight, so that one may
    tell something of another. The mean goes over a season, not over 25 steps, and at the ends over the steps there are.
    """

    title: ClassVar[str] = "DLinear"
    paper: ClassVar[str] = "Zeng, Chen, Zhang & Xu, Are transformers effective for time series forecasting? (2022)"
    year: ClassVar[int] = 2022

    def unsuited(self, task: Task, fields: Fields) -> str | None:
        if not isinstance(task, Forecasting):
            return f"{self.title} says how a series goes on; this data has {named(fields)}, for {task.kind()}."
        if len(fields.inputs) > 1:
            return f"{self.title} sees the past alone; turn off what is known of the future to use it."
        return None

    def networks(self, task: Task, fields: Fields) -> dict[str, Graph]:
        ((_, past),) = fields.inputs.items()
        assert isinstance(past, Series)
        numbers = (task.roles(fields)["model"].output or (1,))[0]
        size = min(_MEAN, past.season if past.season > 3 else _MEAN, past.steps) // 2 * 2 + 1
        size = size if size <= past.steps else size - 2
        layers: list[dict[str, Any]] = [
            {"name": "input", "kind": "Input"},
            {"name": "trend", "kind": "AvgPool1d", "kernel_size": size, "stride": 1, "padding": size // 2,
             "count_include_pad": False, "inputs": ["input"]},
            {"name": "season", "kind": "Subtract", "inputs": ["input", "trend"]},
            {"name": "trend_steps", "kind": "Flatten", "inputs": ["trend"]},
            {"name": "trend_on", "kind": "Linear", "out_features": numbers},
            {"name": "season_steps", "kind": "Flatten", "inputs": ["season"]},
            {"name": "season_on", "kind": "Linear", "out_features": numbers},
            {"name": "output", "kind": "Add", "inputs": ["trend_on", "season_on"]},
        ]  # fmt: skip
        return {"model": graph(layers)}

    def example(self) -> dict[str, Any]:
        return {"data": {"kind": "ToySeries"}}
