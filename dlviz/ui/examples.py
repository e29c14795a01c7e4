"""Cards of the lessons: a picture of the data, what it is about, and the button that trains it."""

from __future__ import annotations

import base64
import html
import re
from functools import cache

import streamlit as st
import yaml

from dlviz.lessons import lessons
from dlviz.ui import chrome, predict_see, run_controls, state

#: Cards shown at once; the others are folded away.
SHOWN = 6


@cache
def documents() -> dict[str, dict[str, object]]:
    """All lessons by name. Read once a process."""
    return {name: yaml.safe_load(path.read_text(encoding="utf-8")) for name, path in lessons().items()}


def cards() -> None:
    """All lessons as cards."""
    names = list(documents())
    _rows(names[:SHOWN])
    if len(names) > SHOWN:
        with st.expander(f"{len(names) - SHOWN} more examples", icon=":material/apps:"):
            _rows(names[SHOWN:])


def _rows(names: list[str]) -> None:
    for start in range(0, len(names), 3):
        for column, name in zip(st.columns(3, gap="medium"), names[start : start + 3], strict=False):
            with column.container(border=True, height="stretch", gap="small", key=f"card-{name}"):
                _card(name, documents()[name])


def _card(name: str, document: dict[str, object]) -> None:
    title = str(document.get("title") or name)
    st.html(
        f'<div class="dlviz-card">{_picture(name)}<h3>{html.escape(title)}</h3>'
        f"<p>{html.escape(first_sentence(str(document.get('notes', ''))))}</p></div>"
    )
    with st.container(horizontal=True):
        if st.button("Train", icon=":material/play_arrow:", key=f"train-{name}", help=f"Train “{title}” now"):
            if predict_see.of(document) is None:
                run_controls.launch(document)
            _first(name, document)
        if st.button(
            "Open", type="tertiary", icon=":material/account_tree:", key=f"open-{name}", help="Look at it in Build"
        ):
            chrome.go("build", {"draft": state.drafts().new(document)})


@st.dialog("First a guess", icon=":material/psychology:")
def _first(name: str, document: dict[str, object]) -> None:
    """What the lesson asks, before it is trained."""
    question = predict_see.of(document)
    assert question is not None
    guess = predict_see.ask(question, f"guess-{name}")
    with st.container(horizontal=True):
        if st.button("Train", type="primary", icon=":material/play_arrow:", key="guessed", disabled=guess is None):
            run_controls.launch(document, guess=guess)
        if st.button("Train without a guess", type="tertiary", key="no-guess"):
            run_controls.launch(document)


@cache
def _picture(name: str) -> str:
    file = chrome.ROOT / "assets" / "lessons" / f"{name}.svg"
    if not file.is_file():
        return '<div class="picture"></div>'
    text = base64.b64encode(file.read_bytes()).decode()
    return f'<img class="picture" alt="" src="data:image/svg+xml;base64,{text}">'


def first_sentence(notes: str) -> str:
    """The first sentence of a lesson's notes, without its markup."""
    plain = re.sub(r"[*`]", "", " ".join(notes.split()))
    found = re.match(r".+?[.!?](?=\s[A-Z]|$)", plain)
    return found.group(0) if found else plain
