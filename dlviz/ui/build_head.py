"""The head of the page Build: the data and the task at hand, and what a drawing can be begun from or kept as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitInvalidLayoutContextError

from dlviz.ui import experiment, state, words
from dlviz.ui.board.summary import dims
from dlviz.ui.from_code import from_code
from dlviz.ui.recipe import again
from dlviz.ui.start_from import start_from
from dlviz.ui.versions import versions

_WANTED = "build-dialog"
#: The dialogs of the page: icon, what each is for, the dialog itself.
DIALOGS: dict[str, tuple[str, str, Callable[[str], None]]] = {
    "Start from": (":material/grid_view:", "Well-known networks to begin with, drawn for this data.", start_from),
    "Versions": (
        ":material/history:",
        "Keep this version under a name; compare versions; open an older one.",
        versions,
    ),
    "From code": (":material/code:", "Paste PyTorch code or a printout and get the drawing.", from_code),
}


def head(draft: str, document: dict[str, Any]) -> None:
    """One line: on the left what is learned from what, on the right the dialogs."""
    fields = experiment.fields(document)
    takes = " and ".join(dims(kind.shape()) for kind in fields.inputs.values())
    gives = " and ".join(_target(kind) for kind in fields.targets.values())
    with st.container(
        key="build-head", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.markdown(f":material/database: **{document['data']['kind']}** · {takes} → {gives}", width="content")
            _task(draft, document)
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            for name, (icon, help, _) in DIALOGS.items():
                if st.button(name, key=f"open-{name.lower().replace(' ', '-')}", icon=icon, help=help):
                    st.session_state[_WANTED] = name
    _open(draft)


def _open(draft: str) -> None:
    """Open the dialog that is asked for. While an earlier one is still being drawn, Streamlit opens no second; then the
    page is drawn once more."""
    name = st.session_state.pop(_WANTED, None)
    if name is None:
        return
    try:
        DIALOGS[name][2](draft)
    except StreamlitInvalidLayoutContextError:
        st.session_state[_WANTED] = name
        again()


def _target(kind: Any) -> str:
    if kind.kind() == "Series":
        return f"the next {kind.steps:,} steps"
    if kind.kind() == "Tags":
        return "a tag for each word"
    if kind.kind() == "Tokens":
        return "the next token, at each step"
    names = getattr(kind, "names", None)
    return f"{len(names)} classes" if names else "a number"


def _task(draft: str, document: dict[str, Any]) -> None:
    """What is learned from the data, where it can serve more than one task."""
    now = document["task"]["kind"]
    fitting = [name for name, why in experiment.tasks(document).items() if why is None]
    if len(fitting) < 2:
        st.markdown(words.task(now), width="content")
        return
    chosen = st.menu_button(
        words.task(now), fitting, key=f"{draft}.task", icon=":material/target:", format_func=words.task,
        help="What is learned from this data. Another task brings its own network; Undo brings yours back.",
    )  # fmt: skip
    if chosen and chosen != now:
        drawn_up = ("task", "networks", "optimization", "training")
        kept = {key: value for key, value in document.items() if key not in drawn_up}
        state.drafts().write(draft, experiment.completed({**kept, "task": {"kind": chosen}}))
        again()
