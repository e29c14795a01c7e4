"""Bare: a run whose task predicts no class and no number: its examples are named by their number, and looked into."""

from __future__ import annotations

import streamlit as st

from dlviz.core.files import read_record
from dlviz.training.folder import RunFolder
from dlviz.ui.explain.studies import grouped, known


def show(run: RunFolder) -> None:
    """The choice of an example, and what can be studied of it."""
    st.info("This run's task predicts no class and no number that could be explained. What it looks at can be seen.")
    sizes = (read_record(run.path / "data.json") or {}).get("sizes") or {}
    count = int(sizes.get("test") or 0)
    if count < 1:
        return
    index = st.number_input(
        f"Example of the test part, 0 to {count - 1}", 0, count - 1, 0, key=f"{run.id}.bare", width=320
    )
    found = [study for study in known(run) if study.about_what == "example"]
    grouped(run, found, {"part": "test", "index": int(index), "target": None})
