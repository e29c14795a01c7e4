"""Explanations as they come: each method's answer in a place of its own, with progress, cancel, and its sentence."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.values import Value
from dlviz.training.folder import RunFolder
from dlviz.ui import figures, state, words
from dlviz.ui.methods import Method

Question = dict[str, Any]
#: How long a method may take, in seconds, before it is told to try less.
LIMIT = 120
_WAITING = ("queued", "running")


def question(part: str, index: int, target: int | None, method: Mapping[str, Any]) -> Question:
    """A question as the queue takes it; `method`: `{"kind", settings that differ from their default …}`."""
    return {"part": part, "index": index, "target": target, "method": dict(method), "limit_s": LIMIT}


def asked(run: RunFolder) -> dict[str, Path]:
    """The folders of all questions that this run was ever asked, by `name` of the question."""
    found = {}
    for file in run.explanations.glob("*/request.json"):
        request = read_record(file)
        if request is not None:
            found[name(request)] = file.parent
    return found


def name(question: Mapping[str, Any]) -> str:
    """What tells a question from the other ones of a run, as text."""
    return json.dumps([question.get(key) for key in ("part", "index", "target", "method")], sort_keys=True)


def status(folder: Path | None) -> str:
    """How far an answer is; "unasked" without a folder."""
    return str(state.queue().answer_state(folder)["status"]) if folder is not None else "unasked"


def show(run: RunFolder, method: Method, folder: Path | None) -> None:
    """The answer of one method. While it is awaited, this part of the page looks again by itself; the rest of the page
    stays untouched."""
    key = f"answer.{run.id}.{folder.name if folder else method.kind}"
    waits = status(folder) in _WAITING
    st.fragment(_one, run_every=0.4 if waits else None, key=key)(run, method, folder, waits, key)


def _one(run: RunFolder, method: Method, folder: Path | None, waited: bool, key: str) -> None:
    found = state.queue().answer_state(folder) if folder else None
    status = found["status"] if found else "unasked"
    if waited and status not in _WAITING:
        st.rerun()  # the answer is there: the page stops looking again
    if folder is None or status == "unasked":
        st.markdown(f":gray[{method.reading}]")
        st.caption("Press Explain to ask it.")
    elif status == "done":
        _answer(folder, method, key)
    elif status in _WAITING:
        assert found is not None
        _progress(folder, found, key)
    else:
        assert found is not None
        words_ = "Cancelled." if status == "cancelled" else str(found.get("error") or "It ended without an answer.")
        (st.info if status == "cancelled" else st.error)(words_)
        if st.button("Ask again", key=f"{key}.again", icon=":material/refresh:"):
            state.queue().ask(
                run, {k: v for k, v in (read_record(folder / "request.json") or {}).items() if k != "run"}
            )
            st.rerun()


def _progress(folder: Path, found: dict[str, Any], key: str) -> None:
    of, done = found.get("of"), found.get("done") or 0
    if found["status"] == "queued":
        state.queue().warm()  # what waits must not wait for a host that died
        st.progress(0.0, "Waiting for a free place …")
    else:
        st.progress(min(1.0, done / of) if of else 0.0, f"Working … {100 * done / of:.0f} %" if of else "Working …")
    if st.button("Cancel", key=f"{key}.cancel", icon=":material/close:", type="tertiary"):
        state.queue().cancel(folder)


def _answer(folder: Path, method: Method, key: str) -> None:
    value, summary = answer(str(folder))
    figures.show(dataclasses.replace(value, title=""), key=f"{key}.figure")
    st.markdown(f":gray[{summary.get('note') or method.reading}]")
    facts = [f"explains **{summary['target_name']}**"] if summary["target_name"] != "value" else []
    facts.append(f"score {words.number(float(summary['score']))}")
    if summary.get("gap") is not None:
        total = float(np.sum(value.data))
        facts.append(f"completeness gap {words.number(abs(float(summary['gap'])))} (sum {words.number(total)})")
    facts.append(words.duration(float(summary["seconds"])))
    st.caption(" · ".join(facts), help=_GAP if summary.get("gap") is not None else None)


_GAP = (
    "The score is what the network says for the target before it is turned into a probability. The gap is the part of "
    "the score that the attributions do not account for: near 0 is good."
)


@st.cache_resource(max_entries=64, show_spinner=False)
def answer(folder: str) -> tuple[Value, dict[str, Any]]:
    """An answer and what is said beside it. What stands on disk no longer changes."""
    return Value.load(Path(folder) / "answer"), read_record(Path(folder) / "summary.json") or {}
