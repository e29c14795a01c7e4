"""Early stopping: which weights were the best so far, and whether to wait for better ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.tasks.task import Task
from dlviz.training.checkpoint import Snapshot, put_network
from dlviz.training.evaluate import Figures
from dlviz.training.recipe import EarlyStopping


class Best:
    """Keeps the weights with the best validation figure. Without an `EarlyStopping` it keeps nothing."""

    def __init__(self, rule: EarlyStopping | None, task: Task, metrics: Mapping[str, Any]) -> None:
        self.rule = rule
        self.value: float | None = None
        self.step: int | None = None
        self.epochs_waited = 0
        self.weights: Snapshot | None = None
        if rule is not None:
            if rule.monitor != "loss" and rule.monitor not in metrics:
                known = ", ".join(f"`{name}`" for name in ["loss", *metrics])
                raise WrongInput(
                    f"training.early_stopping.monitor: there is no validation figure `{rule.monitor}`. Known: {known}."
                )
            more = rule.monitor != "loss" and _higher_is_better(rule.monitor, task, metrics)
            self._sign = 1 if more else -1

    @property
    def waited_enough(self) -> bool:
        return self.rule is not None and self.epochs_waited >= self.rule.patience

    def consider(self, validation: Figures, step: int, networks: Mapping[str, nn.Module]) -> bool:
        """Whether these weights are the best so far; they are then kept."""
        if self.rule is None:
            return False
        value = validation.get(self.rule.monitor)
        better = value is not None and (self.value is None or self._sign * (value - self.value) > self.rule.min_delta)
        if not better or value is None or not math.isfinite(value):
            self.epochs_waited += 1
            return False
        self.value, self.step, self.epochs_waited = value, step, 0
        weights = Snapshot()
        for role, network in networks.items():
            put_network(weights, role, network)
        self.weights = weights.cloned()
        return True

    def facts(self) -> dict[str, Any]:
        return {"best_step": self.step, "best_value": self.value, "epochs_waited": self.epochs_waited}

    def restore(self, facts: Mapping[str, Any]) -> None:
        """Go back to `facts`; the weights themselves are the caller's to bring (`weights`)."""
        self.step, self.value = facts["best_step"], facts["best_value"]
        self.epochs_waited = facts["epochs_waited"]


def _higher_is_better(name: str, task: Task, metrics: Mapping[str, Any]) -> bool:
    if name == task.primary:
        return task.higher_is_better
    return bool(getattr(metrics[name], "higher_is_better", False))
