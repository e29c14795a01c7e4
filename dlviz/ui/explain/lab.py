"""The lab: what a giveaway that was planted into the data does to a network, and which methods notice."""

from __future__ import annotations

import streamlit as st

from dlviz.training.folder import RunFolder
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
        answers.once(
            run, "lab", _SAYS, "Look into it", ":material/science:", lambda key, folder: findings.show(folder, key)
        )
