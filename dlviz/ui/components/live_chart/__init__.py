"""The live chart: curves of one or several runs that grow while one looks, zooms and hovers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from dlviz.draw import palette
from dlviz.ui import assets, branches, stream


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.live_chart", html='<div class="dlviz-live"></div>', css="chart.css", js="chart.js", isolate_styles=False
    )


def _no_action() -> None:
    """A trigger exists only where a callback is named."""


def live_chart(
    runs: Sequence[tuple[str, str]], key: str, *, status: str = "", metric: str = "loss", progress: bool = False
) -> None:
    """Draw the curves of `runs` ((id, name) each), following them through the live stream.

    `status` is the status the page was drawn with: the chart listens again where an ended run is taken up. After an
    epoch it lets its fragment be drawn anew, for new pictures; the row that steers sees to a new status.
    `progress`: show how far the (only) run is. Zoom, pan and hover survive every update. Forks begin on the curve of
    their parent; runs that differ in their seed alone are drawn as their mean with a band.
    """
    family = branches.branches(list(runs)[: stream.MOST_RUNS], stream.MOST_RUNS)
    places = {branch.id: at for at, branch in enumerate(family)}
    colors = _colors(family)
    _component()(
        key=key,
        data={
            "runs": [
                {
                    "id": branch.id, "name": branch.name, "color": [palette.run(color), palette.run(color, True)],
                    "group": branch.group, "groupName": branch.group_name, "parent": places.get(branch.parent),
                    "from": branch.step, "ancestor": branch.ancestor, "until": branch.until,
                    "fork": branch.fork,
                }
                for branch, color in zip(family, colors, strict=True)
            ],
            "stream": stream.PATH,
            "plotly": assets.plotly_address(),
            "status": status,
            "metric": metric,
            "progress": progress,
            "every": _redraw_every(stream.listening()),
        },
        on_epoch_change=_no_action,
    )  # fmt: skip


def _colors(family: Sequence[branches.Branch]) -> list[int]:
    """The number of each run's colour: a group has one, ancestors that of the run that comes from them."""
    groups: dict[str, int] = {}
    found: list[int] = []
    for branch in family:
        new = max(found, default=-1) + 1
        found.append(0 if branch.ancestor else groups.setdefault(branch.group, new) if branch.group else new)
    return found


def _redraw_every(watching: int) -> int:
    """Seconds between two redrawings of a page for new pictures: the more watch, the rarer, so that all of them
    together ask for at most two or three a second. Curves, slider and network are told by the stream and do not wait.
    """
    return 2 if watching <= 4 else 4 * math.ceil(watching / 10)


def prepare() -> None:
    """Let the browser load and try out what a chart needs while it is idle, so that the first one stands at once."""
    _component()(
        key="prepare-chart", data={"prepare": assets.plotly_address()}, height=1, on_epoch_change=_no_action,
    )  # fmt: skip
