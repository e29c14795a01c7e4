"""A run that waits: how many stand before it and why; and that there is somebody who will start it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dlviz.core.process import alive
from dlviz.runs.fair import Limits, starts_in, workspace_of
from dlviz.runs.queue import Queue
from dlviz.training.folder import RunFolder
from dlviz.ui import state, words
from dlviz.ui.overview import overviews

#: Seconds between two looks at the queue.
EVERY = 1.0
#: How many of the newest finished runs say what a run usually takes.
_LAST = 10


def show(run: RunFolder) -> None:
    """Why it waits, looked at again every second. Whoever watches a waiting run also sees to it that a host lives."""
    st.fragment(_look, run_every=EVERY, key=f"waiting-{run.id}")(run.id)


def _look(name: str) -> None:
    queue, run = state.queue(), state.store().run(name)
    everything = overviews(state.store().runs())
    training = [each for each in everything if each.status in ("starting", "running")]
    states = [each.run.state() for each in training]
    ahead = queue.position(run, [workspace_of(each) for each in states])
    if run.status() != "queued":
        st.rerun()
    if ahead is None:
        st.warning("This run is no longer in the queue, so it would never start.", icon=":material/schedule:")
        if st.button("Put it back into the queue", type="primary", icon=":material/play_arrow:", key="requeue"):
            queue.submit(run)
            st.rerun()
        return
    queue.warm()
    took = [each.seconds for each in everything if each.status == "finished" and each.seconds]
    text = f"{reason(queue, ahead, [each.name for each in training])} {when(ahead, states, took)}"
    st.markdown(f":material/schedule: {text.strip()}")  # no box: as high as what stands here while it trains


def reason(queue: Queue, ahead: int, busy: Sequence[str]) -> str:
    """Why a run with `ahead` others before it does not train yet, and when it will; `busy`: the names of those that do
    train."""
    host = queue.host()
    before = f"{words.count(ahead, 'run')} ahead of it in the queue." if ahead else "It is the next in the queue."
    if not (host.get("ready") and alive(host.get("pid"), host.get("pid_started"))):
        return f"{before} The process that trains is starting, which takes a few seconds; then it begins by itself."
    if not busy:
        return f"{before} It starts in a moment."
    more = f" and {words.count(len(busy) - 2, 'other')}" if len(busy) > 2 else ""
    names = (", " if more else " and ").join(f"**{name}**" for name in busy[:2])
    return (
        f"{before} This machine is busy with {names}{more}: more at once would slow all of them down. It starts by "
        "itself as soon as there is room."
    )


def when(ahead: int, training: Sequence[Mapping[str, Any]], took: Sequence[float]) -> str:
    """When a run with `ahead` others before it will start, about; "" where that is not known, or at once. `training`:
    the states of those that train; `took`: the seconds that finished runs took, the newest first."""
    usual = statistics.median(took[:_LAST]) if took else None
    left = [each.get("seconds_left") for each in training]
    seconds = starts_in(ahead, left, usual, Limits.of_environment().places)
    return f"Expected to start in about {words.duration(seconds)}." if seconds and seconds > 1 else ""
