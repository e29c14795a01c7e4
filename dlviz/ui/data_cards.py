"""The kinds of data as cards to choose from: built in, fetched once, your own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.core.values import Image, Tokens, Vector
from dlviz.ui import experiment

#: Where data comes from, in words, in the order in which a newcomer should see them.
SOURCES = {
    "built in": ("Ready at once", "Nothing to download."),
    "download": ("Fetched once, then kept", "Downloaded when you first look at it."),
    "yours": ("Your own", "It stays on the machine that runs dlviz."),
}


def choose(current: str | None) -> str | None:
    """The cards. Returns the name of the kind that has just been chosen, or None."""
    chosen = None
    known = experiment.datasets()
    for source, (heading, note) in SOURCES.items():
        kinds = {name: part for name, part in known.items() if part.source == source}
        if not kinds:
            continue
        st.subheader(heading, anchor=False)
        st.markdown(f":gray[{note}]")
        with st.container(key=f"cards-{source.replace(' ', '-')}"):
            for name, part in kinds.items():
                if _card(name, part, name == current):
                    chosen = name
    return chosen


def _card(name: str, part: Any, current: bool) -> bool:
    """One card; the whole of it is the button."""
    with st.container(border=True, key=f"card-{name}", gap="xsmall"):
        pressed = st.button(part.title, key=f"choose-{name}", icon=_icon(name, part), type="tertiary", width="stretch")
        st.markdown(f":gray[{part.about()}]")
        if current:
            st.badge("chosen now", color="primary")
    return pressed


def _icon(name: str, part: Any) -> str:
    """A picture, points, a table or a text, as the data's inputs are; an arrow for what must be brought first."""
    if part.source == "yours":
        return ":material/upload_file:"
    if part.icon:  # it may have to be fetched before it can describe itself
        return f":material/{part.icon}:"
    try:
        kind = next(iter(experiment.fields({"data": {"kind": name}}).inputs.values()))
    except WrongInput:  # it cannot be fetched just now; whoever chooses it is told why
        return ":material/dataset:"
    if isinstance(kind, Vector):
        return ":material/scatter_plot:" if len(kind.names) == 2 else ":material/table_rows:"
    if isinstance(kind, Tokens):
        return ":material/article:"
    return ":material/image:" if isinstance(kind, Image) else ":material/dataset:"
