"""The kinds of data as cards to choose from: built in, fetched once, your own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.ui import experiment

#: Where data comes from, in words, in the order in which a newcomer should see them.
SOURCES = {
    "built in": ("Ready at once", "Nothing to download.", ":material/inventory_2:"),
    "download": ("Fetched once, then kept", "Downloaded on first use.", ":material/cloud_download:"),
    "yours": ("Your own", "Stays on the machine that runs dlviz.", ":material/upload_file:"),
}


def choose(current: str | None) -> str | None:
    """The cards. Returns the name of the kind that has just been chosen, or None."""
    chosen = None
    known = experiment.datasets()
    for source, (title, note, icon) in SOURCES.items():
        kinds = {name: part for name, part in known.items() if part.source == source}
        if not kinds:
            continue
        st.subheader(title, anchor=False)
        st.caption(note)
        with st.container(key=f"cards-{source.replace(' ', '-')}"):
            for name, part in kinds.items():
                if _card(name, part, icon, name == current):
                    chosen = name
    return chosen


def _card(name: str, part: Any, icon: str, current: bool) -> bool:
    """One card; the whole of it is the button."""
    with st.container(border=True, key=f"card-{name}"):
        pressed = st.button(
            _title(name), key=f"choose-{name}", icon=icon, type="primary" if current else "tertiary", width="stretch"
        )
        st.caption(part.about())
    return pressed


def _title(name: str) -> str:
    """`BreastCancer` → Breast cancer; `Toy2d` stays one word."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return words[:1].upper() + words[1:]
