"""The room of a run whose network was trained elsewhere: it has no course of training to show, but what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.training.folder import RunFolder
from dlviz.ui import result, run_controls, run_views, try_it
from dlviz.ui.overview import name_of


def is_one(run: RunFolder) -> bool:
    """Whether the run's network was trained by another program."""
    return (run.path / "foreign" / "card.json").is_file()


def show(run: RunFolder, now: Mapping[str, Any]) -> None:
    """Where it comes from, how it is asked, how good it is, what it predicts."""
    card = read_record(run.path / "foreign" / "card.json") or {}
    st.subheader(f"{name_of(run.spec_document())} :green-badge[:material/input: trained elsewhere]", anchor=False)
    st.caption(f"{card.get('name', '')} · {_ASKED.get(str(card.get('way')), '')}")
    with st.expander("How it is asked", key="brought.notes", icon=":material/info:"):
        for note in now.get("notes") or []:
            st.markdown(f"- {note}")
    result.show(run, now)
    try_it.show(run)
    run_controls.lead_on(run)
    run_views.show(run)


_ASKED = {
    "modules": "its layers can be looked into",
    "answers": "its answers alone can be had: methods that need gradients cannot explain it",
}
