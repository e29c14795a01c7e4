"""Shows a value on a page: its figure, and its spoken summary for those who do not see it."""

from __future__ import annotations

import html

import streamlit as st

from dlviz.core.values import Value
from dlviz.ui import chrome


def show(value: Value, key: str) -> None:
    """Draw `value`. The figure does not change its height or ask for the wheel when it is drawn anew."""
    from dlviz.ui import draw  # plotly is not needed for a page's title

    if value.title:
        st.markdown(f"**{value.title}**")
    st.plotly_chart(
        draw.figure(value, chrome.dark()), key=key, theme=None, config={"displayModeBar": False, "scrollZoom": False}
    )
    spoken(draw.summary(value))


def spoken(sentence: str) -> None:
    """A sentence for screen readers alone."""
    st.html(f'<p class="dlviz-spoken">{html.escape(sentence)}</p>')
