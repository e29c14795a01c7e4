"""The user's own texts: which columns of the upload hold them and their labels, or what is read and what is to be
written; how the file was understood."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.part import Part
from dlviz.core.problems import WrongInput
from dlviz.ui import uploaded
from dlviz.ui.field import agree, follow_among
from dlviz.ui.form import Document, part_form

#: What each column is asked for, by the kind of data.
_ASKED = {
    "TextTable": {"text": "Which column holds the texts?", "label": "Which column shall be predicted?"},
    "TextPairs": {"reads": "Which column is read?", "writes": "Which column shall be written?"},
}
#: So many texts of the file are shown beside the choice of its columns.
_FIRST = 4


def form(part: type[Part], document: Document, key: str, wide: Any) -> Document:
    """The settings of a table of texts: what its columns are, and how it was read."""
    asked = _ASKED[part.kind()]
    first, second = asked
    try:
        columns = uploaded.columns_of(document)
    except WrongInput:  # the sentence stands beside this, where the look would be
        if st.button("Read it as detected", icon=":material/restart_alt:", key=f"{key}.anew"):
            return {name: document[name] for name in ("kind", "path", *asked) if name in document}
        return _settings(part, document, key)
    names = [column.name for column in columns]
    changed = dict(document)
    for name, question in asked.items():
        at = follow_among(f"{key}.{name}", names, document.get(name) if document.get(name) in names else names[-1])
        changed[name] = st.selectbox(question, names, index=at, key=f"{key}.{name}", filter_mode="contains")
        agree(f"{key}.{name}")
    if changed[first] == changed[second]:  # the other one moves out of the way
        moved, stays = (second, first) if changed[first] != document.get(first) else (first, second)
        changed[moved] = document.get(stays, names[0])
    with wide, st.expander("**How the file was read**", key=f"{key}.read~fold", icon=":material/table:"):
        sheet = uploaded.sheet_of(document)
        st.caption(" ".join(sheet.notes))
        st.dataframe(sheet.frame.head(_FIRST).astype(str), key=f"{key}.first", hide_index=True)
    return _settings(part, changed, key)


def _settings(part: type[Part], document: Document, key: str) -> Document:
    return part_form(part, document, f"{key}.settings", hide=("path", *_ASKED[part.kind()]))
