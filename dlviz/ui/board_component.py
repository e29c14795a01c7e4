"""The drawing board as a component. It speaks with `/dlviz/board/…` itself; the page only hears that it was edited."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from dlviz.ui import layer_menu


def board(draft: str, rev: int, *, key: str, dark: bool, edited: Callable[[], None] | None = None) -> None:
    """Show the network of `draft` at its version `rev`; `edited` is called some time after the board changed it."""
    data = {"draft": draft, "rev": rev, "dark": dark, "menu": layer_menu.address(), "address": f"/dlviz/board/{draft}"}
    _component()(key=key, data=data, on_edited_change=edited or _nothing)


def _nothing() -> None:
    """A trigger exists only where a callback is named."""


@cache
def _component() -> Any:
    html = '<div class="board"></div>'  # goes with every message; what is in it comes with the script, once
    return st.components.v2.component("dlviz.board", html=html, css="board.css", js="board.js")
