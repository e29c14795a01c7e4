"""Runs in a list: as cards on the home page, as a table on the runs page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui import chrome, words
from dlviz.ui.overview import STATUS, Overview, badge, overviews


def cards(runs: Sequence[RunFolder]) -> None:
    """Three runs side by side, each with the button that opens it."""
    for column, found in zip(st.columns(3, gap="medium"), overviews(runs), strict=False):
        with column.container(border=True, height="stretch", gap="small"):
            st.markdown(f"**{found.name}**")
            st.markdown(f"{badge(found.status)} :gray[{words.ago(found.created)}]")
            so_far = f"epoch {found.epoch} of {found.epochs}" if found.epochs else "not trained yet"
            st.caption(found.figure or so_far)
            if st.button("Open", icon=":material/arrow_forward:", key=f"open-{found.id}"):
                chrome.go("train", {"run": found.id})


def columns(found: Sequence[Overview]) -> dict[str, list[Any]]:
    """The table's columns. Times are moments and numbers, so that sorting sorts them."""
    return {
        "Run": [each.name for each in found],
        "Status": [STATUS[each.status][2] for each in found],
        "Data": [each.data for each in found],
        "Task": [words.task(each.task) for each in found],
        "Figure": [each.value for each in found],
        "of": [f"{each.part} {words.metric(each.metric)}" if each.metric else "" for each in found],
        "Epochs": [each.epoch for each in found],
        "Seconds": [each.seconds if each.seconds is None else round(each.seconds, 1) for each in found],
        "Started": [datetime.fromtimestamp(each.created) for each in found],
    }


def table(found: Sequence[Overview], key: str, ticked: Sequence[str]) -> list[Overview]:
    """All of `found` as a table that can be sorted; the rows that are chosen. `ticked`: the ids of those that are so
    when the table is drawn for the first time."""
    config = st.column_config
    if key not in st.session_state:
        rows = [row for row, each in enumerate(found) if each.id in ticked]
        st.session_state["runs-ticked"] = {"selection": {"rows": rows}}
    event = st.dataframe(
        columns(found),
        key=key,
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default=st.session_state["runs-ticked"],
        height=min(38 + 35 * max(len(found), 1), 420),
        column_config={
            "Run": config.TextColumn(width="medium"),
            "Figure": config.NumberColumn(format="%.4f", help="The run's main figure: of the test part, if measured."),
            "of": config.TextColumn("Figure of", width=150),
            "Epochs": config.NumberColumn(format="localized"),
            "Seconds": config.NumberColumn(format="localized", help="How long it trained, without pauses."),
            "Started": config.DatetimeColumn(format="distance"),
        },
    )
    return [found[row] for row in event.selection.rows if row < len(found)]


def labels(found: Sequence[Overview]) -> list[str]:
    """A short name for each, made different by the time where two are called alike, and by the id if need be."""
    names = [each.name for each in found]
    times = [f"{each.name} {time.strftime('%H:%M:%S', time.localtime(each.created))}" for each in found]
    timed = [name if names.count(name) == 1 else at for name, at in zip(names, times, strict=True)]
    return [name if timed.count(name) == 1 else each.id for name, each in zip(timed, found, strict=True)]
