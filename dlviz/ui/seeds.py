"""Repeat over seeds: the same experiment with other chance, to see how much of a result is luck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui import chrome, state

#: As many as are drawn together.
MOST = 50


def popover(draft: str, document: Mapping[str, Any]) -> None:
    """The button behind which one says how often."""
    with st.popover("Repeat over seeds", icon=":material/casino:", key="seeds"):
        st.markdown("**How much of a result is luck?**")
        st.caption(
            "Trains the same experiment several times, each with another seed: other starting weights, another order "
            "of the examples. Their curves are drawn as a mean with a band."
        )
        many = int(st.number_input("How often", min_value=2, max_value=MOST, value=5, key=f"{draft}.seeds"))
        first = int(document.get("seed", 0))
        seeds = list(range(first, first + many))
        st.caption(f"Seeds {seeds[0]} to {seeds[-1]}.")
        if st.button(f"Train it {many} times", icon=":material/play_arrow:", key="repeat"):
            _go(document, seeds)


def _go(document: Mapping[str, Any], seeds: list[int]) -> None:
    try:
        runs = state.queue().submit_all(lambda: state.store().repeat(dict(document), seeds), len(seeds))
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    ids = ",".join(run.id for run in runs)
    chrome.go("runs", {"runs": ids})
