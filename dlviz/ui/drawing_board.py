"""The page Build: the data at hand, the drawing board, how it learns, the same as text, the button that trains it.

The board speaks with the server itself; the page around it only hears that the draft was edited and follows.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui import build_head, chrome, experiment, networks, sheets, state, watching, work
from dlviz.ui.board.known import Known
from dlviz.ui.board_component import board
from dlviz.ui.recipe import recipe
from dlviz.ui.words import count, number, size


def show(draft: str, document: dict[str, Any]) -> None:
    """The whole page for one draft. A draft that lacks anything is completed first: it follows from the data."""
    work.dress()
    state.remember(draft=draft)
    try:
        with st.spinner("Preparing the drawing board …", show_time=True):
            experiment.fields(document)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        chrome.next_step("Choose other data", "data", {"draft": draft}, key="other-data")
        return
    _page(draft)


def _whole(draft: str) -> dict[str, Any]:
    """The draft as it stands now; what a version leaves out is filled in first."""
    drafts = state.drafts()
    at = drafts.at(draft)
    document = drafts.version(draft, at)
    full = experiment.completed(document)
    if full != document:
        drafts.fill(draft, at, full)
    return full


@st.fragment
def _page(draft: str) -> None:
    document = _whole(draft)
    build_head.head(draft, document)
    board(draft, state.drafts().at(draft), key="board", dark=chrome.dark())
    st.subheader("How it learns", anchor=False)
    recipe(draft, document)
    sheets.sheets(draft, document)
    _action(document)


def _action(document: dict[str, Any]) -> None:
    """What it all costs, and the main button. Reserved at the lower edge, so that it is always at hand."""
    known = networks.all_known(document, experiment.roles(document))
    faults = sum(len(one.faults) for one in known.values())
    idle = [role for role, one in known.items() if not one.report.parameters and not one.faults]
    too_large, memory = "", 0
    if not faults:
        try:
            optimizer = document["optimization"]["optimizer"]
            memory = networks.step_bytes(known.values(), document["training"]["batch_size"], optimizer)
        except WrongInput as error:
            too_large = str(error)
            st.error(too_large, icon=":material/memory:")
    with st.container(
        key="action-bar", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(_told(known, faults, idle, too_large, memory))
        if st.button(
            "Train", type="primary", icon=":material/play_arrow:", key="train",
            disabled=bool(faults or idle or too_large),
            help="Mend the problems first." if faults else None,
        ):  # fmt: skip
            _train(document)


def _told(known: dict[str, Known], faults: int, idle: list[str], too_large: str, memory: int) -> str:
    if faults:
        return f":red[:material/error: {count(faults, 'problem')} to mend before it can train]"
    if idle:
        which = "this network" if len(known) == 1 else f"the {idle[0]}"
        return f":red[:material/error: Nothing in {which} can learn yet: add a layer with weights, such as Linear]"
    if too_large:
        return ":red[:material/memory: Too large for this machine's memory]"
    weights = sum(one.report.parameters for one in known.values())
    flops = sum(one.report.flops for one in known.values())
    return (
        f"**{number(weights)}** weights · **{number(flops)}** operations an example · "
        f"about **{size(memory)}** for a step"
    )


def _train(document: dict[str, Any]) -> None:
    try:
        run = state.store().create(experiment.problem_free(document))
        watching.submit(run)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    state.remember(run=run.id)
    chrome.go("train", {"run": run.id})
