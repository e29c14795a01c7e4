"""The user's own data: taken in through the checks of `datasets/uploads`, and a table's file as it was understood."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dlviz.core.part import Part
from dlviz.core.problems import WrongInput
from dlviz.runs.home import home
from dlviz.ui.field import agree, follow_among
from dlviz.ui.form import Document, part_form

#: What a page may be asked to take in, by the kind of data.
_ENDS = {
    "Table": ["csv", "tsv", "txt", "jsonl", "parquet"],
    "TextTable": ["csv", "tsv", "txt", "jsonl", "parquet"],
    "TextPairs": ["csv", "tsv", "txt", "jsonl", "parquet"],
    "SeriesTable": ["csv", "tsv", "txt", "jsonl", "parquet"],
    "ImageFolder": ["zip"],
    "SoundFolder": ["zip"],
    "MusicFolder": ["zip", "abc"],
    "SpeechFolder": ["zip"],
    "TaggedText": ["conll", "conllu", "bio", "iob", "iob2", "bioes", "tags", "txt", "tsv", "dat", "data"],
}
_ASKS = {
    "Table": "A table: CSV, TSV, JSON lines or Parquet, one example a row",
    "TextTable": "A table: CSV, TSV, JSON lines or Parquet, a text and its label in each row",
    "TextPairs": "A table: CSV, TSV, JSON lines or Parquet, a text and the one to be written in each row",
    "SeriesTable": "A table: CSV, TSV, JSON lines or Parquet, a row for each hour, day or month",
    "ImageFolder": "A zip of pictures, one folder for each class",
    "TaggedText": "Sentences: a word and its tag a line, a blank line between sentences",
    "MusicFolder": "A zip of MIDI files (.mid) or tunes in ABC notation (.abc), or one .abc file with several tunes",
    "SoundFolder": "A zip of sounds (WAV, FLAC, OGG, MP3), one folder for each class, or with a table labels.csv",
    "SpeechFolder": "A zip of sounds (WAV, FLAC, OGG, MP3) with a table transcripts.csv: file, text",
}


def take_in(kind: str) -> Document | None:
    """The field that takes a file of the user's. Returns the data document as soon as a file has passed the checks;
    a refused file leaves a sentence here and nothing on disk."""
    file = st.file_uploader(_ASKS.get(kind, "A file"), _ENDS.get(kind), key=f"upload-{kind}")
    if file is None:
        return None
    try:
        with st.spinner("Checking the file …", show_time=True):
            from dlviz.datasets import uploads
            from dlviz.datasets.preview import (
                likely_label,
                likely_pair,
                likely_series,
                likely_target,
                likely_text,
                likely_time,
            )

            path = uploads.keep(file.name, file, home() / "uploads")
            document: Document = {"kind": kind, "path": str(path)}
            if kind == "Table":
                document["target"] = likely_target(columns_of(document))
            elif kind == "TextTable":
                columns = columns_of(document)
                document["text"] = likely_text(columns)
                document["label"] = likely_label(columns, document["text"])
            elif kind == "TextPairs":
                document["reads"], document["writes"] = likely_pair(columns_of(document))
            elif kind == "SeriesTable":
                columns = columns_of(document)
                document["time"] = likely_time(columns)
                document["targets"] = [likely_series(columns, document["time"])]
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return None
    return document


def table_form(part: type[Part], document: Document, key: str, wide: Any) -> Document:
    """The settings of a table: its target, how the file is written; in `wide`, what each column was taken for."""
    try:
        columns = columns_of(document)
    except WrongInput:  # the sentence stands beside this, where the look would be
        if st.button("Read it as detected", icon=":material/restart_alt:", key=f"{key}.anew"):
            return {name: document[name] for name in ("kind", "path", "target") if name in document}
        return _read_form(part, document, key)
    names = [column.name for column in columns]
    changed = dict(document)
    target = document.get("target") if document.get("target") in names else names[-1]
    changed["target"] = st.selectbox(
        "Which column shall be predicted?", names, index=follow_among(f"{key}.target", names, target),
        key=f"{key}.target", filter_mode="contains",
        help="The target. All other columns that can be used become inputs.",
    )  # fmt: skip
    agree(f"{key}.target")
    if changed["target"] in changed.get("ignore", []):
        changed["ignore"] = [name for name in changed["ignore"] if name != changed["target"]]
    line = f"**What each column was taken for** \u2002 :gray[{_tally(columns, changed['target'])}]"
    with wide, st.expander(line, key=f"{key}.columns~fold", icon=":material/table:"):
        changed = _overrule(columns, changed, f"{key}.columns")
    with st.expander("**How the file was read**", key=f"{key}.read~fold"):
        st.caption(" ".join(sheet_of(document).notes))
        return _read_form(part, changed, key)


def _read_form(part: type[Part], document: Document, key: str) -> Document:
    """How the file is written, as far as a person overrules what was detected."""
    return part_form(part, document, f"{key}.settings", hide=("path", "target", "columns", "ignore"))


def sheet_of(document: Document) -> Any:
    """The file as it was read. Settings that are wrong are told at their field, not here."""
    from dlviz.datasets.sheet import How, read_sheet

    said = {name: document[name] for name in ("delimiter", "decimal", "encoding", "header") if name in document}
    return read_sheet(document["path"], How(**said, missing=tuple(document.get("missing", ()))))


def columns_of(document: Document) -> list[Any]:
    from dlviz.datasets.columns import detect_columns

    return list(detect_columns(sheet_of(document), document.get("columns")))


def _tally(columns: list[Any], target: str) -> str:
    inputs = [column for column in columns if column.used and column.name != target]
    out = len(columns) - 1 - len(inputs)
    return f"{len(inputs)} to learn from" + (f", {out} left out" if out else "")


def _overrule(columns: list[Any], document: Document, key: str) -> Document:
    """What each column was taken for and why; the first cell of a row overrules it."""
    said = dict(document.get("columns", {}))
    target = document["target"]
    frame = pd.DataFrame(
        {
            "use as": [said.get(column.name, "auto") for column in columns],
            "column": [column.name for column in columns],
            "is": ["target" if column.name == target else column.kind for column in columns],
            "because": [column.why for column in columns],
            "missing": [column.missing for column in columns],
            "different": [column.distinct for column in columns],
            "for example": [", ".join(column.examples[:3]) for column in columns],
        }
    )
    options = ["auto", "number", "category", "date", "ignore"]
    edited = st.data_editor(
        frame, key=key, hide_index=True, disabled=[name for name in frame.columns if name != "use as"],
        column_config={"use as": st.column_config.SelectboxColumn(options=options, required=True, width="small")},
        alt="What each column was taken for, with the reason; the first column can be changed.",
    )  # fmt: skip
    chosen = {
        str(name): str(use) for name, use in zip(edited["column"], edited["use as"], strict=True) if use != "auto"
    }
    return document if chosen == said else {**document, "columns": chosen}
