"""Bare: a run without examples to choose from: they are chosen now, or, where its task predicts no class and no number,
named by their number and looked into."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui.explain import answers
from dlviz.ui.explain.methods import methods
from dlviz.ui.explain.studies import grouped, known
from dlviz.ui.gallery import parts

_CHOOSES = (
    "This run keeps no examples to choose from: it is from before they were kept for its task. They can be chosen now, "
    "from its data; that takes some seconds."
)


def show(run: RunFolder) -> None:
    """The examples' making, or the choice of an example by its number and what can be studied of it."""
    if _explainable(run):
        answers.once(
            run,
            "gallery",
            _CHOOSES,
            "Choose examples",
            ":material/grid_view:",
            lambda key, folder: _chosen(run, folder),
        )
        if not _none(run):
            return
    else:
        st.info(
            "This run's task predicts no class and no number that could be explained. What it looks at can be seen."
        )
    sizes = (read_record(run.path / "data.json") or {}).get("sizes") or {}
    count = int(sizes.get("test") or 0)
    if count < 1:
        return
    index = st.number_input(
        f"Example of the test part, 0 to {count - 1}", 0, count - 1, 0, key=f"{run.id}.bare", width=320
    )
    found = [study for study in known(run) if study.about_what == "example"]
    grouped(run, found, {"part": "test", "index": int(index), "target": None})


def _explainable(run: RunFolder) -> bool:
    """Whether any method can explain what it says."""
    try:
        return any(method.why_not is None for method in methods(run))
    except WrongInput:
        return False


def _chosen(run: RunFolder, folder: Path) -> None:
    """Show the page anew with what was chosen, or say that nothing could be."""
    if parts(run):
        st.rerun()
    st.info(
        "Its examples cannot be shown here. `dlviz explain` explains each by its number; what it looks at is below."
    )


def _none(run: RunFolder) -> bool:
    """Whether it was tried, and no example can be shown."""
    tried = answers.asked(run).get(answers.name({"gallery": True}))
    return answers.status(tried) == "done" and not parts(run)
