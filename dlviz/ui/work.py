"""The style sheet that the pages Data, Build and Explain share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st


def dress() -> None:
    """Put the style sheet on the page."""
    st.html(Path(__file__).with_name("work.css"))
