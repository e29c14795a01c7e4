"""The page Data: choose what to learn from, set it up, look at it before anything is learned from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category, Image, Kind, Series, Tags, Tokens, Vector
from dlviz.datasets.tokenizer import NOUNS
from dlviz.ui import (
    chrome,
    data_cards,
    data_look,
    experiment,
    loading,
    state,
    uploaded,
    uploaded_series,
    uploaded_texts,
    work,
)
from dlviz.ui.form import Document, part_form

_CHOOSING = "data.choosing"
_PENDING = "data.pending"


def show() -> None:
    """The whole page."""
    work.dress()
    draft = state.draft()
    if draft is None or st.session_state.get(_CHOOSING):
        _choose(draft)
        return
    name, document = draft
    state.remember(draft=name)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        own = document["data"].get("path")
        st.subheader(Path(own).name if own else experiment.datasets()[document["data"]["kind"]].title, anchor=False)
        if st.button("Choose other data", icon=":material/swap_horiz:", key="other"):
            st.session_state[_CHOOSING] = True
            st.rerun()
    _prepared(name, document)


def _choose(draft: tuple[str, Document] | None) -> None:
    """The cards; for data of one's own, the field that takes the file."""
    pending = st.session_state.get(_PENDING)
    if pending:
        if st.button("Back to all kinds of data", icon=":material/arrow_back:", type="tertiary", key="back"):
            del st.session_state[_PENDING]
            st.rerun()
        st.subheader(experiment.datasets()[pending].title, anchor=False)
        st.caption(experiment.datasets()[pending].about())
        document = uploaded.take_in(pending)
        if document is not None:
            _begin(draft, document)
        return
    if draft is not None and st.button("Keep the data as it is", icon=":material/arrow_back:", type="tertiary"):
        st.session_state[_CHOOSING] = False
        st.rerun()
    chosen = data_cards.choose(draft[1]["data"]["kind"] if draft else None)
    if chosen is None:
        return
    if any(setting.widget == "path" for setting in experiment.datasets()[chosen].settings()):
        st.session_state[_PENDING] = chosen
        st.rerun()
    _begin(draft, {"kind": chosen})


def _begin(draft: tuple[str, Document] | None, data: Document) -> None:
    """Put newly chosen data into the draft; what belonged to the old data goes, and Undo in Build brings it back."""
    document = {"version": 1, "data": data}
    if draft is None:
        name = state.drafts().new(document)
    else:
        name = draft[0]
        if draft[1]["data"] != data:
            state.drafts().write(name, document)
    for key in (_CHOOSING, _PENDING):
        st.session_state.pop(key, None)
    state.remember(draft=name)
    st.rerun()


def _prepared(draft: str, document: Document) -> None:
    """Settings on the left, where there are any, the look on the right, the way on below."""
    data = document["data"]
    part = experiment.datasets()[data["kind"]]
    st.markdown(f":gray[{part.about()}]")
    if len(part.settings()) > len(_paths(part)):
        narrow, wide = st.columns([2, 5], gap="large")
    else:
        narrow = wide = st.container()
    with narrow:
        try:
            experiment.only_uploads(data)
            if data["kind"] == "Table":
                changed = uploaded.table_form(part, data, f"{draft}.data", wide)
            elif data["kind"] in ("TextTable", "TextPairs"):
                changed = uploaded_texts.form(part, data, f"{draft}.data", wide)
            elif data["kind"] == "SeriesTable":
                changed = uploaded_series.form(part, data, f"{draft}.data", wide)
            else:
                changed = part_form(part, data, f"{draft}.data.{data['kind']}", hide=_paths(part))
        except WrongInput as error:
            st.error(str(error), icon=":material/error:")
            return
        if changed != data:
            _change(draft, document, changed)
    with wide:
        if not experiment.dataset(data).ready():
            _download(data)
            return
        try:
            known = loading.loaded(data, int(document.get("seed", 0)))
            data_look.look(known, key=f"{draft}.look")
        except WrongInput as error:
            st.error(str(error), icon=":material/error:")
            st.caption("Change the settings beside this, or choose other data.")
            return
    with st.container(
        key="action-bar", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):  # fmt: skip
        st.markdown(_sentence(known))
        chrome.next_step("Build a network", "build", {"draft": draft})


def _sentence(known: loading.Loaded) -> str:
    """What is learned from what, in a line."""
    fields = known.data.fields
    if any(encoder.kind() == "AnswerEncoder" for encoder in known.data.encoders.values()):
        name, kind = next(iter(fields.inputs.items()))
        noun = NOUNS[getattr(known.data.encoders[name], "tokenizer", "words")]
        most = next(iter(fields.targets.values())).shape()[0] - 1
        return f"{_input(kind, noun)} → **texts** of up to {most:,} {noun}, written one by one"
    if any(encoder.kind() == "MusicEncoder" for encoder in known.data.encoders.values()):
        kind = next(iter(fields.inputs.values()))
        return f"Music, {kind.shape()[0]:,} tokens at a time → **next** (at each step the token that comes next)"
    heard = any(isinstance(kind, Audio) for kind in fields.inputs.values())
    gives = [f"**{name}** ({_asked(kind, heard)})" for name, kind in fields.targets.items()]
    taken = [
        _input(kind, NOUNS[getattr(known.data.encoders.get(name), "tokenizer", "words")])
        for name, kind in fields.inputs.items()
    ]
    return f"{' and '.join(taken)} → {' and '.join(gives)}"


def _asked(kind: Kind, heard: bool = False) -> str:
    if isinstance(kind, Tokens) and heard:
        return "what is said in it"
    if isinstance(kind, Series):
        return f"the next {kind.steps:,} steps of {', '.join(kind.names)}"
    if isinstance(kind, Tags):
        return f"for each word one of {len(kind.names)} tags"
    if isinstance(kind, Tokens):
        return "at each step the token that comes next"
    return f"{len(kind.names)} classes" if isinstance(kind, Category) else "a number"


def _input(kind: Kind, tokens: str) -> str:
    if isinstance(kind, Image):
        return f"{'Grey' if kind.channels == 1 else 'Colour'} pictures of {kind.width} × {kind.height} pixels"
    if isinstance(kind, Audio):
        return f"Sounds of {kind.samples / kind.rate:.3g} seconds at {kind.rate:,} Hz"
    if isinstance(kind, Tokens):
        return f"Texts of up to {kind.length:,} {tokens}"
    if isinstance(kind, Series):
        return f"{len(kind.names)} series over {kind.steps:,} steps"
    return f"{kind.shape()[0]} numbers" if isinstance(kind, Vector) else kind.kind()


def _paths(part: Any) -> list[str]:
    return [setting.name for setting in part.settings() if setting.widget == "path"]


def _change(draft: str, document: Document, data: Document) -> None:
    """Keep new settings of the same data. Networks stay as long as what goes in and comes out stays the same."""
    changed = {**document, "data": data}
    try:
        stays = experiment.fields(changed).document() == experiment.fields(document).document()
    except WrongInput:
        stays = True  # the sentence about what is wrong stands on the page; nothing is thrown away for it
    if not stays:
        changed = {key: value for key, value in changed.items() if key not in ("networks", "task")}
    state.drafts().write(draft, changed)
    st.rerun()


def _download(data: Mapping[str, Any]) -> None:
    """Data that must be fetched first: what it is, and the button that fetches it, with progress. Cancel runs the
    page anew, which ends the download; what has come so far is kept."""
    wanted = f"data.download.{data['kind']}"
    with st.container(border=True):
        st.markdown("**This data is downloaded once and then kept on this machine.**")
        place = st.empty()
        if not st.session_state.get(wanted):
            if place.button("Download", type="primary", icon=":material/download:", key="download"):
                st.session_state[wanted] = True
                st.rerun()
            return
        if place.button("Cancel", key="cancel-download", icon=":material/close:"):
            st.session_state[wanted] = False
            st.rerun()
        st.session_state[wanted] = False  # whatever ends this run of the page ends the download
        try:
            loading.fetch(data)
        except WrongInput as error:
            place.empty()
            st.error(str(error), icon=":material/error:")
            again = {wanted: True}
            st.button(
                "Try again", icon=":material/refresh:", key="again", on_click=st.session_state.update, args=(again,)
            )
            return
    st.rerun()
