"""All runs as a table that keeps itself up to date while anything is trained; below it, those that are ticked."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dlviz.training.folder import ACTIVE
from dlviz.ui import run_compare, run_list, state
from dlviz.ui.overview import Overview, overviews

#: Seconds between two looks at the runs.
EVERY = 2.0
_LIVING = ("queued", *ACTIVE)


def show(everything: Sequence[Overview], wanted: str, statuses: Sequence[str]) -> None:
    """The runs whose words hold `wanted` and whose status is among `statuses` (none: any)."""
    lives = any(each.status in _LIVING for each in everything)
    drawn = {each.id: each.status for each in everything}
    fresh = [everything]  # what the page has just read serves the first drawing
    st.fragment(_board, run_every=EVERY if lives else None, key="board")(fresh, drawn, wanted, statuses)


def matching(everything: Sequence[Overview], wanted: str, statuses: Sequence[str]) -> list[Overview]:
    """Those of the runs that search and statuses let through."""
    return [
        each
        for each in everything
        if wanted.lower() in f"{each.name} {each.data} {each.task}".lower()
        and (not statuses or each.status in statuses)
    ]


def _board(fresh: list[Sequence[Overview]], drawn: dict[str, str], wanted: str, statuses: Sequence[str]) -> None:
    everything = fresh.pop() if fresh else overviews(state.store().runs())
    if {each.id: each.status for each in everything} != drawn:
        st.rerun()  # other runs, or one has begun or ended: filters and buttons change with them
    if "queued" in drawn.values() and state.queue().waiting():
        state.queue().warm()  # what waits must not wait for a host that died
    found = matching(everything, wanted, statuses)
    # A table of other rows is another table: the rows that were ticked in the old one are not those of the new one.
    key = f"runs-{hash(tuple(each.id for each in found))}"
    marked = run_list.table(found, key, state.chosen())
    state.choose([each.id for each in marked])
    run_compare.show(marked, found)
