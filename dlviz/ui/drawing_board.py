"""The page Build: the data at hand, the network, how it learns, the same as code, and the button that trains it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui import chrome, experiment, networks, sheets, state, work
from dlviz.ui.build import board
from dlviz.ui.networks import Checked, dims
from dlviz.ui.recipe import again, recipe
from dlviz.ui.words import count, number, size

EMPTY = "Empty network"


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
    """The draft as it stands now; a version that lacks anything is completed first."""
    document = state.drafts().read(draft)
    full = experiment.completed(document)
    if full != document:
        state.drafts().write(draft, full)
    return full


@st.fragment
def _page(draft: str) -> None:
    document = _whole(draft)
    _head(draft, document)
    role = _role(draft, document)
    checked = {role: board(draft, role)}
    document = state.drafts().read(draft)
    roles = experiment.roles(document)
    for other in document["networks"]:
        checked.setdefault(other, networks.check(document["networks"][other], roles[other]))
    st.subheader("How it learns", anchor=False)
    recipe(draft, document)
    sheets.sheets(draft, document)
    _action(draft, document, checked)


def _head(draft: str, document: dict[str, Any]) -> None:
    fields = experiment.fields(document)
    takes = " and ".join(dims(kind.shape()) for kind in fields.inputs.values())
    gives = " and ".join(_target(kind) for kind in fields.targets.values())
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.markdown(f":material/database: **{document['data']['kind']}** · {takes} → {gives}", width="content")
            _task(draft, document)
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            titles = [*experiment.starters(document), EMPTY]
            chosen = st.menu_button(
                "Start from", titles, key=f"{draft}.starter", icon=":material/grid_view:",
                help="Replace the network by a ready one, or by nothing. Undo brings yours back.",
            )  # fmt: skip
            if chosen:
                _start(draft, document, chosen)
            past, future = state.drafts().can_undo(draft), state.drafts().can_redo(draft)
            if st.button(
                "Undo", key=f"{draft}.undo", icon=":material/undo:", disabled=not past, help="In the list: Ctrl+Z"
            ):  # fmt: skip
                state.drafts().undo(draft)
                again()
            if st.button(
                "Redo", key=f"{draft}.redo", icon=":material/redo:", disabled=not future, help="In the list: Ctrl+Y"
            ):  # fmt: skip
                state.drafts().redo(draft)
                again()


def _target(kind: Any) -> str:
    names = getattr(kind, "names", None)
    return f"{len(names)} classes" if names else "a number"


def _task(draft: str, document: dict[str, Any]) -> None:
    """What is learned from the data, where it can serve more than one task."""
    now = document["task"]["kind"]
    fitting = [name for name, why in experiment.tasks(document).items() if why is None]
    if len(fitting) < 2:
        st.markdown(now, width="content")
        return
    chosen = st.menu_button(
        now, fitting, key=f"{draft}.task", icon=":material/target:",
        help="What is learned from this data. Another task brings its own network; Undo brings yours back.",
    )  # fmt: skip
    if chosen and chosen != now:
        drawn_up = ("task", "networks", "optimization", "training")
        kept = {key: value for key, value in document.items() if key not in drawn_up}
        state.drafts().write(draft, experiment.completed({**kept, "task": {"kind": chosen}}))
        again()


def _start(draft: str, document: dict[str, Any], title: str) -> None:
    if title == EMPTY:
        chosen: dict[str, Any] = {
            role: [{"name": "input", "kind": "Input", "inputs": []}] for role in document["networks"]
        }
    else:
        chosen = dict(experiment.starters(document)[title])
    state.drafts().write(draft, {**document, "networks": chosen})
    again()


def _role(draft: str, document: dict[str, Any]) -> str:
    roles: list[str] = list(document["networks"])
    if len(roles) == 1:
        return roles[0]
    key = f"{draft}.role"
    if st.session_state.get(key) not in roles:
        st.session_state[key] = roles[0]
    chosen = st.segmented_control("Network", roles, key=key, required=True, format_func=str.capitalize)
    return str(chosen or roles[0])


def _action(draft: str, document: dict[str, Any], checked: dict[str, Checked]) -> None:
    """What it all costs, and the main button. Reserved at the lower edge, so that it is always at hand."""
    weights = sum(one.report.parameters for one in checked.values())
    flops = sum(one.report.flops for one in checked.values())
    faults = [fault for one in checked.values() for fault in one.faults]
    training, optimizer = document["training"], document["optimization"]["optimizer"]
    too_large, memory = "", 0
    try:
        memory = networks.step_bytes(checked, training["batch_size"], optimizer)
    except WrongInput as error:
        too_large = str(error)
        st.error(too_large, icon=":material/memory:")
    with st.container(
        key="action-bar", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        if faults:
            st.markdown(f":red[:material/error: {count(len(faults), 'problem')} to mend before it can train]")
        elif too_large:
            st.markdown(":red[:material/memory: Too large for this machine's memory]")
        else:
            st.markdown(
                f"**{number(weights)}** weights · **{number(flops)}** operations an example · "
                f"about **{size(memory)}** for a step"
            )
        if st.button(
            "Train", type="primary", icon=":material/play_arrow:", key="train", disabled=bool(faults or too_large),
            help="Mend the problems first." if faults else None,
        ):  # fmt: skip
            _train(document)


def _train(document: dict[str, Any]) -> None:
    try:
        run = state.store().create(experiment.problem_free(document))
        state.queue().submit(run)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    state.remember(run=run.id)
    chrome.go("train", {"run": run.id})
