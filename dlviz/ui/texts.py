"""Texts on a page: a text as it reads, a text as the network reads it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from dlviz.core.values import Tokens, Value
from dlviz.datasets.tokenizer import NOUNS, visible

if TYPE_CHECKING:
    from dlviz.datasets.text_encoder import TextEncoder


def paragraphs(value: Value) -> None:
    """The texts of a value, one under the other, as they read."""
    said = "".join(f"<p>{html.escape(str(text)) or '<i>no text</i>'}</p>" for text in np.ravel(value.data))
    st.html(f'<div class="dlviz-text">{said}</div>')


def tokens(value: Value) -> None:
    """The first text of a value as the network reads it: each token over its number; unknown ones and padding look
    different. `more["written"]`: what stands there in the text, which is shown where it is unknown."""
    kind = cast(Tokens, value.kind)
    ids = [int(number) for number in np.atleast_2d(value.data)[0]]
    real = max((place + 1 for place, number in enumerate(ids) if number), default=0)
    written = [str(text) for text in value.more.get("written", ())]
    cells = []
    for place, number in enumerate(ids[:real]):
        shown, below = visible(kind.vocabulary[number]), str(number)
        if number == 1 and place < len(written):
            shown, below = visible(written[place]), f"{number} {shown}"
        mark = " dlviz-unknown" if number == 1 else ""
        cells.append(f'<span class="dlviz-token{mark}">{html.escape(shown)}<small>{html.escape(below)}</small></span>')
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


def way_to_ids(encoder: TextEncoder, key: str) -> None:
    """A field to type a text into, and what becomes of it: its tokens and their numbers, as the training texts made
    them known."""
    typed = st.text_input(
        "Type a text of your own and see its way to numbers", key=key, max_chars=2000,
        placeholder="What becomes of a word that no training text has?",
    )  # fmt: skip
    if not typed.strip():
        return
    ids = encoder.encode([typed]).numpy()
    real, unknown = int((ids != 0).sum()), int((ids == 1).sum())
    noun = NOUNS[encoder.tokenizer]
    written = encoder.taken_apart().written(typed)
    cut = " What comes after is cut off." if len(written) > real else ""
    note = (
        f"{real:,} {noun}, {unknown:,} unknown.{cut} An Embedding has a row of learned numbers for each of these: "
        "Build shows the rows of an example in the look inside."
    )
    tokens(Value(encoder.kind_of_text(), ids, "", note, {"written": np.array(written[:real], dtype=str)}))
