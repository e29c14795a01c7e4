"""What is drawn of forecasts: a few windows with what was expected, and how the error grows with the horizon."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Forecast, Series, Value

#: So many windows of a part are drawn, evenly over it.
WINDOWS = 4


def fan(future: Series, past: Tensor, truth: Tensor, outputs: Tensor, middle: int, share: float) -> Value:
    """The past (N, series, steps), the truth and the outputs of a few windows as a `Forecast`."""
    at = torch.linspace(0, len(truth) - 1, min(WINDOWS, len(truth))).long()
    told = outputs[at].numpy()
    more = {"median": told[:, middle], "naive": told[:, -2]}
    if outputs.shape[1] > 3:
        more |= {"low": told[:, 0], "high": told[:, -3]}
    bounds = f" and bounds that should hold {share:.0%} of what comes" if "low" in more else ""
    kind = Forecast(names=future.names, steps=past.shape[2], horizon=future.steps, unit=future.unit)
    note = f"{len(at)} windows: what was seen, what then came, and what was expected{bounds}."
    return Value(kind, np.concatenate([past[at].numpy(), truth[at].numpy()], axis=2), "What was expected", note, more)


def step_errors(future: Series, truth: Tensor, outputs: Tensor, middle: int) -> Value:
    """The mean absolute scaled error at each step of the horizon, of the network and of the season before."""
    distance = outputs[:, -1]
    errors = [((told - truth).abs() / distance).mean((0, 1)).numpy() for told in (outputs[:, middle], outputs[:, -2])]
    kind = Series(names=("network", "one season before"), steps=future.steps, unit="scaled error")
    note = "The error at each step ahead: the farther, the harder. 1 is how far values one season apart usually differ."
    return Value(kind, np.stack(errors)[None], "Error by step", note)
