"""Shows a value on a page: its figure, and its spoken summary for those who do not see it."""

from __future__ import annotations

from typing import cast

import numpy as np
import streamlit as st

from dlviz.core.values import Audio, Image, Notes, Table, Text, Value, Vector
from dlviz.ui import chrome, music, sounds, texts

#: So many texts are written out below each other.
_WRAPPED = 12


def show(value: Value, key: str) -> None:
    """Draw `value` under its title. Rows are shown as a table that can be scrolled; all else as a figure that neither
    changes its height nor catches the wheel when it is drawn anew."""
    from dlviz import draw  # plotly is not needed for a page's title

    if value.title:
        st.markdown(f"**{value.title}**", help=value.note or None)
    if isinstance(value.kind, Text) and not is_table(value):
        texts.paragraphs(value)
        return
    if is_table(value):
        cells = rows(value)
        many = len(next(iter(cells.values()), []))
        if isinstance(value.kind, Text) and many <= _WRAPPED:
            st.table(cells, hide_index=True, border="horizontal")  # long texts are wrapped, not cut
        else:
            st.dataframe(cells, key=key, hide_index=True, height=min(360, 37 + 35 * many))
        return
    if isinstance(value.kind, Audio) and np.ndim(value.data) == 2 and len(value.data) > 1:
        sounds.predicted(value)
        return
    if isinstance(value.kind, Notes):
        music.rolls(value, key, value.title or "A tune")
        return
    st.plotly_chart(
        draw.figure(value, chrome.dark()), key=key, theme=None, alt=draw.summary(value),
        config={"displayModeBar": False, "scrollZoom": False},
    )  # fmt: skip
    if isinstance(value.kind, Audio):
        sounds.player(value)
    if isinstance(value.kind, Image) and "names" in value.more and "prediction" in value.more:
        st.caption("Below each picture: the predicted class. ✗ marks a wrong one and is followed by the true class.")


def is_table(value: Value) -> bool:
    """Whether it is shown as rows, and so takes the page's whole width."""
    return isinstance(value.kind, Table) or (isinstance(value.kind, Vector | Text) and len(value.data) > 1)


def rows(value: Value) -> dict[str, list[object]]:
    """A table's columns by name; where it holds predictions, these come first."""
    kind = cast("Table | Vector | Text", value.kind)
    names = kind.columns if isinstance(kind, Table) else kind.names if isinstance(kind, Vector) else ("text",)
    cells = value.data.reshape(-1, 1) if isinstance(kind, Text) else value.data
    columns: dict[str, list[object]] = {}
    classes = value.more.get("names")
    for title, key in (("true", "target"), ("predicted", "prediction")):
        column = value.more.get(key)
        if column is not None:
            columns[title] = [str(classes[int(x)]) for x in column] if classes is not None else list(_plain(column))
    for number, name in enumerate(names):
        columns[name if name not in columns else f"{name} "] = list(_plain(cells[:, number]))
    return columns


def _plain(column: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> list[object]:
    return [round(x, 4) if isinstance(x, float) else x for x in column.tolist()]
