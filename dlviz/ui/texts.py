"""Texts on a page: a text as it reads, a text as the network reads it."""

from __future__ import annotations

import html
from typing import cast

import numpy as np
import streamlit as st

from dlviz.core.values import Tokens, Value


def paragraphs(value: Value) -> None:
    """The texts of a value, one under the other, as they read."""
    said = "".join(f"<p>{html.escape(str(text)) or '<i>no words</i>'}</p>" for text in np.ravel(value.data))
    st.html(f'<div class="dlviz-text">{said}</div>')


def tokens(value: Value) -> None:
    """The first text of a value as the network reads it: each word over its number; unknown ones and padding look
    different."""
    kind = cast(Tokens, value.kind)
    ids = [int(number) for number in np.atleast_2d(value.data)[0]]
    real = max((place + 1 for place, number in enumerate(ids) if number), default=0)
    cells = [
        f'<span class="dlviz-token{" dlviz-unknown" if number == 1 else ""}">{html.escape(kind.vocabulary[number])}'
        f"<small>{number}</small></span>"
        for number in ids[:real]
    ]
    if real < len(ids):
        rest = len(ids) - real
        cells.append(
            f'<span class="dlviz-token dlviz-padding">{html.escape(kind.vocabulary[0])} × {rest}<small>0</small></span>'
        )
    if value.title:
        st.subheader(value.title, anchor=False)
    if value.note:
        st.markdown(f":gray[{value.note.replace('<', '&lt;')}]")
    st.html(f'<div class="dlviz-tokens">{"".join(cells)}</div>')
