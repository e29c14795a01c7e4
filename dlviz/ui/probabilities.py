"""How sure a network is of each class, as bars that stand at once: no figure to be built, readable as a list."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from dlviz.draw import palette
from dlviz.ui import chrome
from dlviz.ui.words import percent


def bars(found: Sequence[tuple[int, float]], names: Sequence[str], true: int) -> None:
    """`found`: (class, probability), the likeliest first; a tick marks the true class."""
    st.markdown("**What the network says**")
    lines = "".join(_line(names[label], label, share, label == true) for label, share in found)
    rest = len(names) - len(found)
    more = f'<p class="dlviz-rest">and {rest:,} more, less likely</p>' if rest else ""
    st.html(f'<ul class="dlviz-bars">{lines}</ul>{more}')


def _line(name: str, label: int, share: float, true: bool) -> str:
    mark = ' <span title="the true class" aria-label="the true class">✓</span>' if true else ""
    color = palette.category(label, chrome.dark())
    return (
        f'<li><span class="dlviz-name">{escape(name)}{mark}</span>'
        f'<span class="dlviz-bar" aria-hidden="true"><i style="width:{100 * share:.2f}%;background:{color}"></i></span>'
        f'<span class="dlviz-share">{percent(share)}</span></li>'
    )
