"""The whole network: what it uses in general, and its model card."""

from __future__ import annotations

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui.explain import lab, report
from dlviz.ui.explain.studies import grouped, known
from dlviz.ui.gallery import gallery, parts


def show(run: RunFolder) -> None:
    """Studies of the network as a whole. They begin with an example of their own, so a question names one."""
    st.caption("What it uses on the whole, over many examples; and a card that tells others what it can and cannot do.")
    lab.show(run)
    report.show(run)
    grouped(run, [study for study in known(run) if study.about_what == "network"], _first(run))


def _first(run: RunFolder) -> dict[str, object]:
    """The example that such a question names: the first of those that are kept."""
    for part in parts(run):
        entries = gallery(run, part).entries
        if entries:
            return {"part": part, "index": min(int(entry["index"]) for entry in entries), "target": None}
    return {"part": "test", "index": 0, "target": None}
