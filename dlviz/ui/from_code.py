"""A drawing out of pasted PyTorch code: read, never run; what could not be read is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui import experiment, state
from dlviz.ui.board.entries import explicit
from dlviz.ui.words import count

if TYPE_CHECKING:
    from dlviz.network.read_code import Found

_EXAMPLE = """class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 16, 3, padding=1)
        …"""
#: No source of one network that a person pastes is longer.
_LONGEST = 200_000


@st.dialog("From code", width="large", icon=":material/code:")
def from_code(draft: str) -> None:
    """Paste, look at what was read, put it on the board."""
    st.markdown(
        ":gray[Paste a class with a `forward`, an `nn.Sequential(…)`, or what `print(network)` shows. "
        "The text is read, never run.]"
    )
    text = st.text_area("PyTorch code", key="from-code", height=260, max_chars=_LONGEST, placeholder=_EXAMPLE)
    if not text.strip():
        return
    try:
        found = _read(text, st.session_state.get("from-code-title", ""))
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    titles = [found.title, *found.others]
    if found.others:
        st.selectbox("Which network", sorted(titles), key="from-code-title", index=sorted(titles).index(found.title))
    layers = sum(entry["kind"] != "Input" for entry in found.nodes)
    st.markdown(f":material/check: **{count(layers, 'layer')}** read.")
    if found.unread:
        with st.container(border=True):
            st.markdown(f":material/warning: **{count(len(found.unread), 'thing')}** could not be read:")
            st.markdown("\n".join(f"- {sentence}" for sentence in found.unread))
    document = experiment.completed(state.drafts().read(draft))
    roles = list(document["networks"])
    role = roles[0]
    if len(roles) > 1:
        role = str(st.segmented_control("It takes the place of", roles, key="from-code-role", default=role) or role)
    if st.button("Put it on the board", type="primary", icon=":material/draw:", key="from-code-put"):
        put(draft, document, role, found.nodes)
        st.rerun()


def _read(text: str, title: str) -> Found:
    """What `title` names in the text; its last network where the text has none of that title (any more)."""
    from dlviz.network.read_code import read

    found = read(text)
    return read(text, title) if title in found.others else found


def put(draft: str, document: dict[str, Any], role: str, nodes: list[dict[str, Any]]) -> None:
    """The network of `role` replaced by what was read, as one step that can be undone."""
    networks = {**document["networks"], role: explicit(nodes)}
    state.drafts().write(draft, {**document, "networks": networks})
