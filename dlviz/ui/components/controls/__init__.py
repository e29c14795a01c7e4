"""The row that steers a training: pause, step, epoch, slow motion, stop. It speaks with the run past Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from dlviz.ui import control_route, stream

#: (steps a second, what it is called); None: as fast as it goes.
PACES = (
    (None, "full speed"),
    (1, "1 step a second"),
    (2, "2 steps a second"),
    (5, "5 steps a second"),
    (20, "20 steps a second"),
    (100, "100 steps a second"),
)


@dataclass(frozen=True)
class First:
    """The first button of a run that no worker trains: what it says, what it asks of the page (`does`), and whether it
    is the page's main one."""

    label: str
    does: str
    help: str
    main: bool


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.controls", html='<div class="dlviz-controls"></div>', css="controls.css", js="controls.js",
        isolate_styles=False,
    )  # fmt: skip


def _no_action() -> None:
    """A trigger exists only where a callback is named."""


def controls(
    run: str, status: str, first: First | None, now: Mapping[str, Any], watch: float, key: str
) -> tuple[str | None, str | None]:
    """Draw the row for `run`, which the page was drawn with as `status`, its state `now`. `watch`: seconds that a run
    takes which goes slowly enough to be watched; 0: that is not offered. (What the first button asks for, a new status)
    since the last run of the page, or None for each."""
    result = _component()(
        key=key,
        data={
            "run": run,
            "status": status,
            "first": vars(first) if first else None,
            "pace": now.get("pace"),
            "paceSeconds": now.get("pace_seconds"),
            "paces": PACES,
            "watch": watch,
            "command": control_route.PATH.format(run=run),
            "stream": stream.PATH,
        },
        on_wanted_change=_no_action,
        on_status_change=_no_action,
    )
    return result.wanted, result.status
