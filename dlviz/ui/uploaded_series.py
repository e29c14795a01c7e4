"""The user's own series: which column holds the time, which are forecast, which are seen beside them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.part import Part
from dlviz.core.problems import WrongInput
from dlviz.ui import uploaded
from dlviz.ui.field import agree, follow_among
from dlviz.ui.form import Document, part_form

#: So many rows of the file are shown beside the choice of its columns.
_FIRST = 4
_CHOSEN = ("time", "targets", "covariates")


def form(part: type[Part], document: Document, key: str, wide: Any) -> Document:
    """The settings of a series: its columns, how far to forecast, and how the file was read."""
    try:
        columns = uploaded.columns_of(document)
    except WrongInput:  # the sentence stands beside this, where the look would be
        if st.button("Read it as detected", icon=":material/restart_alt:", key=f"{key}.anew"):
            return {name: document[name] for name in ("kind", "path", *_CHOSEN) if name in document}
        return _settings(part, document, key)
    names = [column.name for column in columns]
    changed = dict(document)
    time = document["time"] if document.get("time") in names else names[0]
    changed["time"] = st.selectbox(
        "Which column holds the time?", names, index=follow_among(f"{key}.time", names, time), key=f"{key}.time",
        filter_mode="contains",
    )  # fmt: skip
    agree(f"{key}.time")
    numbers = [column.name for column in columns if column.name != changed["time"] and column.kind != "text"]
    targets = [name for name in document.get("targets", ()) if name in numbers]
    chosen = st.multiselect("Which columns shall be forecast?", numbers, targets, key=f"{key}.targets")
    changed["targets"] = chosen or targets  # at least one must be left
    rest = [name for name in numbers if name not in changed["targets"]]
    beside = st.multiselect(
        "Which may help?", rest, [name for name in document.get("covariates", ()) if name in rest],
        key=f"{key}.covariates", help="They are seen in the past and not forecast.",
    )  # fmt: skip
    changed["covariates"] = beside
    if not beside and "covariates" not in document:
        del changed["covariates"]
    with wide, st.expander("**How the file was read**", key=f"{key}.read~fold", icon=":material/table:"):
        sheet = uploaded.sheet_of(document)
        st.caption(" ".join(sheet.notes))
        st.dataframe(sheet.frame.head(_FIRST).astype(str), key=f"{key}.first", hide_index=True)
    return _settings(part, changed, key)


def _settings(part: type[Part], document: Document, key: str) -> Document:
    return part_form(part, document, f"{key}.settings", hide=("path", *_CHOSEN))
