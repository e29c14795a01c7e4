"""Sections of a page that fold away; which are open is remembered: in the session, and in the address (`?folds=`)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.ui import state


def section(name: str, title: str, icon: str, *, open: bool) -> Any:
    """A fold called `name`, `open` unless the user decided otherwise; its `.open` says whether to draw what is in it.

    The address lists those that stand otherwise than they would by themselves."""
    key = f"fold-{name}"
    other = name in _others()
    if key not in st.session_state:
        st.session_state[key] = open is not other
    fold = st.expander(title, key=key, icon=icon, on_change="rerun")
    stands = bool(fold.open)
    if (stands is not open) is not other:
        others = sorted(_others() ^ {name})
        if others:
            state.remember(folds=".".join(others))
        else:
            state.forget("folds")
    return fold


def _others() -> set[str]:
    return {name for name in (state.named("folds") or "").split(".") if name}
