"""The lab: what a giveaway that was planted into the data does to a network, and which methods notice."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui import state
from dlviz.ui.explain import answers, findings

_SAYS = (
    "A mark was planted into the data of this run. Does the network go by it, how good is it without, and which "
    "methods show that?"
)


def show(run: RunFolder) -> None:
    """The lab's card, where a giveaway was planted; else nothing."""
    data = run.spec_document().get("data")
    if not isinstance(data, dict) or data.get("kind") != "Planted":
        return
    with st.container(border=True, key="lab"):
        st.markdown("**The Clever Hans lab**")
        question: dict[str, Any] = {"lab": True, "limit_s": 300}
        folder = answers.asked(run).get(answers.name(question))
        waits = answers.status(folder) in ("queued", "running", "done")
        place = st.container()
        if not waits and st.button("Look into it", type="primary", icon=":material/science:", key=f"{run.id}.lab"):
            folder = state.queue().ask(run, question)
        with place:
            answers.await_(run, folder, "lab", _SAYS, lambda key, _: findings.show(folder, key), "Look into it")
