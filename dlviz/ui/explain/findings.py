"""Findings: what a study found, on the page: its sentence, then its figures side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.values import Attention, Attribution, Image, Matrix, Table, Value
from dlviz.training.folder import RunFolder
from dlviz.ui import figures, state, words
from dlviz.ui.explain import answers
from dlviz.ui.explain.methods import Method, about
from dlviz.ui.explain.settings import asked_first, chosen_settings, settings_fold

#: The folders of all questions that a run was asked (`answers.asked`).
Known = Mapping[str, Path]
#: These need the page's whole width, a matrix where it has more rows or columns than this.
_WIDE, _CELLS = (Table, Attention, Image), 6
#: How wide a picture of a strip is.
_FRAME = 168


def card(run: RunFolder, study: Method, asked_about: Mapping[str, Any], known: Known, *, ask: str = "Ask") -> None:
    """A study with its button, its settings and, once asked, what it found. `known`: what the run was asked before."""
    with st.container(border=True, key=f"study-{study.kind}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.method(study.kind)}**")
            about(study)
        lacks = asked_first(run, study.kind, study.part)
        question = answers.study(asked_about, study.asked(chosen_settings(run, study.kind)))
        folder = known.get(answers.name(question))
        place = st.container()
        status = answers.status(folder)
        waits = status in ("queued", "running")  # what failed has a button of its own, below its reason
        if (waits or status == "unasked") and st.button(
            ask, key=f"ask-{run.id}-{study.kind}", icon=":material/search:", disabled=waits or lacks is not None,
            help=lacks,
        ):  # fmt: skip
            folder = state.queue().ask(run, question)
        settings_fold(run, study.kind, study.part)
        with place:
            answers.await_(run, folder, study.kind, study.reading, lambda key, _: show(folder, key), ask)


def asked_before(run: RunFolder, study: Method, asked_about: Mapping[str, Any], known: Known) -> bool:
    """Whether this very question was put already: its answer is shown at once."""
    question = answers.study(asked_about, study.asked(chosen_settings(run, study.kind)))
    return answers.name(question) in known


def show(folder: Path | None, key: str, strip: bool = False) -> None:
    """What stands in the folder of an answered study. `strip`: explanations of pictures stand small in one row, as the
    pictures of a film do."""
    assert folder is not None
    told, values = read(str(folder))
    says = told.get("says", "")
    st.markdown(says)
    values = [dataclasses.replace(value, note="") if value.note in says else value for value in values]  # said once
    narrow: list[tuple[int, Value]] = []
    frames = [own for own in enumerate(values) if strip and _over_a_picture(own[1])]
    if frames:
        values = [value for value in values if not _over_a_picture(value)]
        _strip(frames, key)
    for number, value in enumerate(values):
        if _wide(value) or len(values) == 1:
            _row(narrow, key)
            narrow = []
            _one(value, f"{key}.{number}")
        else:
            narrow.append((number, value))
    _row(narrow, key)


def _wide(value: Value) -> bool:
    if isinstance(value.kind, Matrix):
        return max(len(value.kind.rows), len(value.kind.columns)) > _CELLS
    return isinstance(value.kind, _WIDE)


def _over_a_picture(value: Value) -> bool:
    own = isinstance(value.kind, Attribution) and value.kind.lies_over() == "picture"
    return own and "ranked" not in value.more


def _strip(frames: list[tuple[int, Value]], key: str) -> None:
    with st.container(horizontal=True, key=f"{key}.strip"):
        for number, value in frames:
            with st.container(width=_FRAME):
                _one(dataclasses.replace(value, more={**value.more, "small": np.array(True)}), f"{key}.f{number}")
    st.caption("Blue speaks for it, orange against it; in each picture the colours reach to its own largest weight.")


def _row(values: list[tuple[int, Value]], key: str) -> None:
    """Values beside each other, two in a row."""
    for start in range(0, len(values), 2):
        pair = values[start : start + 2]
        for column, (number, value) in zip(st.columns(2, gap="medium"), pair, strict=False):
            with column:
                _one(value, f"{key}.{number}")


def _one(value: Value, key: str) -> None:
    if isinstance(value.kind, Attention):
        value = _head(value, value.kind, key)
    figures.show(dataclasses.replace(value, note=""), key)  # what the note says is written below, for all to read
    if value.note:
        st.caption(value.note)


def _head(value: Value, kind: Attention, key: str) -> Value:
    """Attention with the head drawn large that one chooses; at first the clearest."""
    heads = int(value.data.shape[1])
    first = value.more.get("chosen")
    layer, head = (int(number) for number in first) if first is not None else (0, 0)
    places = [(at, own) for at in range(len(kind.layers)) for own in range(heads)]
    if len(places) < 2:
        return value
    chosen = st.selectbox(
        "Head to draw large", places, index=places.index((layer, head)), key=f"{key}.head", width=320,
        format_func=lambda place: f"{kind.layers[place[0]]}, head {place[1] + 1}",
    )  # fmt: skip
    return dataclasses.replace(value, more={**value.more, "chosen": np.array(chosen)})


@st.cache_resource(max_entries=64, show_spinner=False)
def read(folder: str) -> tuple[dict[str, Any], list[Value]]:
    """A finding as it stands on disk."""
    path = Path(folder)
    told = read_record(path / "finding.json") or {}
    return told, [Value.load(path / f"finding_{number}") for number in range(int(told.get("shown", 0)))]
