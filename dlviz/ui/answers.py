"""Explanations as they come: each method's answer in a place of its own, with progress, cancel, and its sentence."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dlviz.core.files import read_json
from dlviz.core.values import Value
from dlviz.training.folder import RunFolder
from dlviz.ui import figures, state, words
from dlviz.ui.methods import Method

Question = dict[str, Any]
#: How long a method may take, in seconds, before it is told to try less.
LIMIT = 120
_WAITING = ("queued", "running")


def question(part: str, index: int, target: int | None, kind: str) -> Question:
    """A question as the queue takes it."""
    return {"part": part, "index": index, "target": target, "method": {"kind": kind}, "limit_s": LIMIT}


def asked(run: RunFolder) -> dict[tuple[str, int, int | None, str], Path]:
    """All questions that this run was ever asked, with their folders, by (part, index, target, method)."""
    found: dict[tuple[str, int, int | None, str], Path] = {}
    for file in run.explanations.glob("*/request.json"):
        request = read_json(file, {})
        method = request.get("method") or {}
        if set(method) <= {"kind"}:
            key = (request.get("part"), request.get("index"), request.get("target"), str(method.get("kind")))
            found[key] = file.parent
    return found


def show(run: RunFolder, methods: list[Method], part: str, index: int, target: int | None) -> None:
    """The answers of `methods` for one example, side by side. While one is awaited, this part of the page looks again
    by itself; the rest of the page stays untouched."""
    known = asked(run)
    folders = {method.kind: known.get((part, index, target, method.kind)) for method in methods}
    waits = any(
        folder is not None and state.queue().answer_state(folder)["status"] in _WAITING for folder in folders.values()
    )
    key = f"answers.{run.id}.{part}.{index}.{target}"
    st.fragment(_board, run_every=0.4 if waits else None, key=key)(run, methods, folders, key)


def _board(run: RunFolder, methods: list[Method], folders: dict[str, Path | None], key: str) -> None:
    states = {kind: state.queue().answer_state(folder) if folder else None for kind, folder in folders.items()}
    with st.container(key="answers"):
        for method in methods:
            with st.container(border=True, key=f"answer-{method.kind}"):
                _one(run, method, folders[method.kind], states[method.kind], f"{key}.{method.kind}")
    waits = any(found is not None and found["status"] in _WAITING for found in states.values())
    if not waits and st.session_state.get(f"{key}.waited"):
        st.session_state[f"{key}.waited"] = False
        st.rerun()  # the last answer is there: the page stops looking again
    st.session_state[f"{key}.waited"] = waits


def _one(run: RunFolder, method: Method, folder: Path | None, found: dict[str, Any] | None, key: str) -> None:
    st.markdown(f"**{method.kind}**", help=f"{method.about}\n\n{method.paper}")
    status = found["status"] if found else "unasked"
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
            state.queue().ask(run, {k: v for k, v in read_json(folder / "request.json", {}).items() if k != "run"})
            st.rerun()


def _progress(folder: Path, found: dict[str, Any], key: str) -> None:
    of, done = found.get("of"), found.get("done") or 0
    if found["status"] == "queued":
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
    return Value.load(Path(folder) / "answer"), dict(read_json(Path(folder) / "summary.json"))
