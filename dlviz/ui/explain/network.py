"""The whole network: what it uses in general, and its model card."""

from __future__ import annotations

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui.explain import lab, report
from dlviz.ui.explain.studies import grouped, known
from dlviz.ui.gallery import Gallery, gallery, parts


def show(run: RunFolder) -> None:
    """Studies of the network as a whole. They begin with an example of their own, so a question names one."""
    st.caption("What it uses on the whole, over many examples; and a card that tells others what it can and cannot do.")
    lab.show(run)
    report.show(run)
    grouped(run, [study for study in known(run) if study.about_what == "network"], _asked_about(run))


def _asked_about(run: RunFolder) -> dict[str, object]:
    """What such a question names: the first of the examples that are kept, and the class that is chosen."""
    for part in parts(run):
        found = gallery(run, part)
        if found.entries:
            at = min(range(len(found.entries)), key=lambda at: int(found.entries[at]["index"]))
            return {"part": part, "index": int(found.entries[at]["index"]), "target": _target(run, found, at)}
    return {"part": "test", "index": 0, "target": None}


def _target(run: RunFolder, found: Gallery, at: int) -> int | None:
    """The class that studies ask about which take one; None: what the network says of that example."""
    if not found.classes or found.worded:
        return None
    said: int = found.entries[at]["prediction"]
    target = st.selectbox(
        "About the class", range(len(found.classes)), index=said, key=f"{run.id}.network.class", width=320,
        format_func=found.classes.__getitem__, filter_mode="contains",
        help="Studies that ask what speaks for a class ask about this one; others ask about all of them.",
    )  # fmt: skip
    return None if target == said else target
