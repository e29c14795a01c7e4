"""The page Explain: choose a run and an example, then ask: why, what if, compared with what; or of the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui import bring, chrome, state, work
from dlviz.ui.explain import ask_back, bare, compare, example, network, studies, why
from dlviz.ui.explain.example import Chosen
from dlviz.ui.gallery import parts
from dlviz.ui.overview import overview


@dataclass(frozen=True)
class _Section:
    title: str
    icon: str
    show: Callable[[RunFolder, Chosen], None]


#: What can be asked about one example, by what stands in the address (`?see=`).
_SECTIONS = {
    "why": _Section("Why?", ":material/lightbulb:", why.show),
    "ask-back": _Section("Ask back", ":material/edit:", ask_back.show),
    "compare": _Section("Compare", ":material/compare:", compare.show),
    "look": _Section("Look closer", ":material/search:", studies.show),
}
_NETWORK = "network"


def show() -> None:
    """The whole page."""
    work.dress()
    runs = [run for run in state.store().runs() if parts(run) or run.status() == "finished"]
    wanted = state.run()
    if wanted is not None and not parts(wanted) and wanted.status() != "finished":
        chrome.empty("This run has not finished yet. Its examples appear here at its end.", "Watch it", "train")
        wanted = None
    if runs:
        run = _run(runs, wanted)
        state.remember(run=run.id)
        _page(run.id)
    elif wanted is None and state.run() is None:
        chrome.empty(
            "There is no trained network yet. Train one first, then come back and ask it why.",
            "Choose what to learn", "data",
        )  # fmt: skip
    _bring()


def _bring() -> None:
    """A network that another program trained can be asked, too; folded away, for most come from here."""
    fold = st.expander(
        "A network trained elsewhere", icon=":material/upload_file:", key="bring", type="compact", on_change="rerun"
    )
    if fold.open:
        with fold:
            made = bring.bring_form()
        if made is not None:
            st.session_state.pop("explain.run", None)
            state.remember(run=made)
            st.rerun()


def _run(runs: list[RunFolder], wanted: RunFolder | None) -> RunFolder:
    names = {run.id: run for run in runs}
    if wanted is not None and st.session_state.get("explain.run") not in names:
        st.session_state["explain.run"] = wanted.id
    if st.query_params.get("run") in names and st.session_state.get("explain.seen") != st.query_params["run"]:
        st.session_state["explain.run"] = st.session_state["explain.seen"] = st.query_params["run"]
    ids, at = list(names), st.session_state.get("explain.run")
    chosen = st.selectbox(
        "Run", ids, index=ids.index(at) if at in ids else 0, key="explain.run",
        format_func=lambda id: line(names[id]), filter_mode="contains",
    )  # fmt: skip
    st.session_state["explain.seen"] = chosen
    return names[chosen]


def line(run: RunFolder) -> str:
    """A run in a line: its name, its figure, its id."""
    found = overview(run)
    return " · ".join(part for part in (found.name, found.figure, run.id) if part)


@st.fragment
def _page(name: str) -> None:
    run = state.store().run(name)
    whole = _whole(name)
    if whole:
        network.show(run)
        return
    if not parts(run):
        bare.show(run)
        return
    chosen = example.choose(run)
    if chosen is None:
        return
    key = f"{name}.see"
    if key not in st.session_state and st.query_params.get("see") in _SECTIONS:
        st.session_state[key] = st.query_params["see"]
    see = st.segmented_control(
        "What to ask", list(_SECTIONS), key=key, default="why", required=True, label_visibility="collapsed",
        format_func=lambda name: f"{_SECTIONS[name].icon} {_SECTIONS[name].title}",
    )  # fmt: skip
    st.query_params["see"] = str(see)
    _SECTIONS[str(see or "why")].show(run, chosen)


def _whole(name: str) -> bool:
    """Whether the whole network is asked about, not one of its predictions."""
    key = f"{name}.about"
    if key not in st.session_state and st.query_params.get("about") == _NETWORK:
        st.session_state[key] = _NETWORK
    about = st.segmented_control(
        "About", ["prediction", _NETWORK], key=key, default="prediction", required=True, label_visibility="collapsed",
        format_func={"prediction": "One prediction", _NETWORK: "The whole network"}.__getitem__,
    )  # fmt: skip
    if about == _NETWORK:
        st.query_params["about"] = _NETWORK
    elif "about" in st.query_params:
        del st.query_params["about"]
    return about == _NETWORK
