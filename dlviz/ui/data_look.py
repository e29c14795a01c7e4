"""A look at loaded data: how it is split, what it holds, how it is spread, and what a person should know about it."""

from __future__ import annotations

import streamlit as st

from dlviz.ui.loading import Loaded


def look(loaded: Loaded, key: str) -> None:
    """Show the look."""
    data = loaded.data
    st.write({"train": len(data.train), "validation": len(data.validation), "test": len(data.test)})
