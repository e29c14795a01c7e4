"""A draft that waits to be trained: what it is, the learning rate that suits it, how often, and the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.ui import begin_with, chrome, lr_finder, predict_see, run_controls, seeds, words
from dlviz.ui.overview import data_of, name_of


def start(draft: str, document: dict[str, Any]) -> None:
    """What will be trained, and the button that starts it; beside it what one may want to find out before."""
    with st.container(border=True):
        st.subheader(name_of(document), anchor=False)
        st.markdown(plan(document))
        question = predict_see.of(document)
        guess = predict_see.ask(question, f"guess-{draft}") if question is not None else None
        with st.container(horizontal=True):
            if st.button("Start training", type="primary", icon=":material/play_arrow:", key="start"):
                run_controls.launch(document, draft, guess=guess)
            if st.button("Change the settings", icon=":material/tune:", key="change"):
                chrome.go("build", {"draft": draft})
            seeds.popover(draft, document)
    begin_with.choice(draft, document)
    lr_finder.show(draft, document)


def plan(document: Mapping[str, Any]) -> str:
    """What will be trained, in a line."""
    networks = document.get("networks")
    size = sum(len(nodes) for nodes in networks.values()) if networks else 0
    epochs = (document.get("training") or {}).get("epochs")
    parts = [
        f"Data: **{data_of(document)}**",
        f"Network: **{words.count(size, 'layer')}**" if size else "Network: **the starter that fits the data**",
        f"**{words.count(epochs, 'epoch')}**" if epochs else "as long as suits the data",
    ]
    rate = ((document.get("optimization") or {}).get("optimizer") or {}).get("lr")
    if isinstance(rate, (int, float)):
        parts.append(f"Learning rate: **{rate:g}**")
    return " · ".join(parts)
