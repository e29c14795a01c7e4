"""The list of keyboard shortcuts: behind the key `?`, and behind a button at the edge of the page."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

#: (keys, what they do), by where they work.
SHORTCUTS = {
    "Everywhere": [("Tab", "go to the next button or field"), ("Enter", "press it"), ("?", "show this list")],
    "The drawing board": [
        ("A", "add a layer by its name"),
        ("C", "connect a layer to another"),
        ("Enter", "the settings of a layer"),
        ("?", "all its keys, on the canvas"),
    ],
    "Train": [
        ("P", "pause, resume, or train again"),
        ("S", "one step, then hold"),
        ("E", "to the end of the epoch, then hold"),
        ("F", "full speed"),
    ],
    "A curve that has the focus": [
        ("+ −", "zoom in and out"),
        ("← →", "move along the epochs"),
        ("0", "show the whole curve"),
    ],
}


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.shortcuts",
        html='<div class="dlviz-shortcuts"></div>',
        css="shortcuts.css",
        js="shortcuts.js",
        isolate_styles=False,
    )


def shortcuts() -> None:
    """Put the list behind its key and its button."""
    _component()(key="shortcuts", data=SHORTCUTS, height=1)
