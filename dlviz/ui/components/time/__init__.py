"""Time travel: a slider over a run's past that moves all that the page shows of it together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from dlviz.training.folder import ACTIVE, RunFolder
from dlviz.ui import stream

#: Where the moments of a run are listed.
MOMENTS = "/dlviz/moments"


@dataclass(frozen=True)
class Travelled:
    """Where the page stands in a run's past: `at` is a step, or None for now. `fork` is the step from which a fork was
    asked for just now, else None."""

    at: int | None
    fork: int | None


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.time", html='<div class="dlviz-time waiting"></div>', css="time.css", js="time.js", isolate_styles=False
    )


def _no_action() -> None:
    """A trigger exists only where a callback is named."""


def standing() -> int | None:
    """The step that the address names (`?at=`); None for now."""
    return _step(st.query_params.get("at", ""))


def _step(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 16 else None


def time_slider(run: RunFolder, key: str, *, status: str = "", fork: bool = True) -> Travelled:
    """Draw the slider under the curves of `run`, following it through the live stream while it trains.

    The browser's parts hear of each move at once (the event `dlviz:time` of the window, {run, step or null}); the page
    runs anew when the hand rests, with the step in its address. `fork`: offer to fork from the chosen moment.
    """
    if not (run.path / "moments").is_dir() and status not in ("queued", *ACTIVE):
        return Travelled(None, None)  # a run of before there were moments
    result = _component()(
        key=key,
        data={
            "run": run.id, "stream": stream.PATH, "moments": f"{MOMENTS}/{run.id}", "at": standing(),
            "status": status, "fork": fork,
        },
        on_at_change=_no_action,
        on_fork_change=_no_action,
    )  # fmt: skip
    if result.at == "now":
        st.query_params.pop("at", None)
    elif _step(result.at) is not None:
        st.query_params["at"] = result.at
    return Travelled(standing(), _step(result.fork))
