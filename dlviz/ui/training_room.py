"""The training room: a run from its name to its log, the most telling first. What is below the row that steers it is a
fragment: it is drawn anew after an epoch, and where one goes back in time, without touching what stands above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui import (
    begin_with,
    brought,
    doctor_view,
    folds,
    forks,
    living_network,
    predict_see,
    result,
    run_controls,
    run_details,
    run_views,
    signals_view,
    state,
    try_it,
    word_way,
)
from dlviz.ui.components.live_chart import live_chart
from dlviz.ui.components.time import time_slider


def show(run: RunFolder) -> None:
    """All of a run."""
    now = run.state()
    if brought.is_one(run):
        brought.show(run, now)
        run_details.details(run)
        return
    run_controls.show(run, now)
    st.fragment(_watch, key=f"watch-{run.id}")(run.id, now["status"])
    run_details.details(run)


def _watch(name: str, status: str) -> None:
    """The curves and pictures of a run."""
    run = state.store().run(name)
    if status == "failed" and not run.events_file.exists():
        return  # it never took a step: there is nothing to draw
    now = run.state()
    _curves(run, now, status)
    begin_with.told(now, run.spec_document())
    travelled = time_slider(run, f"time-{run.id}", status=status, fork=forks.able(run, now))
    if travelled.fork is not None:
        forks.begin(run, travelled.fork)
    if status in predict_see.ENDED:
        predict_see.show(run, now)
    if status == "finished" or (status == "stopped" and now.get("result")):
        result.show(run, now)
        try_it.show(run)
        word_way.show(run)
        if not (ill := doctor_view.ill(run)):
            run_controls.lead_on(run)
        doctor_view.show(run)
        if ill:  # first what is to be mended
            run_controls.lead_on(run, main=False)
    else:
        doctor_view.show(run)
    _network(run)
    run_views.show(run, travelled.at)
    signals_view.show(run, status, travelled.at)


def _curves(run: RunFolder, now: Mapping[str, Any], status: str) -> None:
    document = run.spec_document()
    notes = document.get("notes")
    asks = bool(document.get("question")) and status not in predict_see.ENDED  # the answer stands beside the result
    chart, words = st.columns([2.4, 1], gap="large") if notes or asks else (st.container(), None)
    with chart:
        live_chart([(run.id, "")], key=f"live-{run.id}", status=status, progress=True)
    if words is not None:
        with words:
            if asks:
                predict_see.show(run, now)
            if notes:
                st.markdown(f"**What to look for**\n\n{notes}")


def _network(run: RunFolder) -> None:
    fold = folds.section("network", "The network as it learns", ":material/hub:", open=True)
    if fold.open:
        with fold:
            living_network.show(run)
