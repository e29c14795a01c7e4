"""Explanations as they come: each method's answer in a place of its own, with progress, cancel, and its sentence."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.values import Value
from dlviz.training.folder import RunFolder
from dlviz.ui import figures, sounds, state, words
from dlviz.ui.explain import trust
from dlviz.ui.explain.methods import Method

Question = dict[str, Any]
#: How long a method may take, in seconds, before it is told to try less.
LIMIT = 120
#: How long what is asked of a run as a whole may take.
LONG = 300
_WAITING = ("queued", "running")
#: What tells one question from another.
_ASKED = ("part", "index", "target", "against", "method", "trust", "study", "compare", "lab", "report", "passing")


def question(about: Mapping[str, Any], method: Mapping[str, Any]) -> Question:
    """A question as the queue takes it; `about`: part, index, target; `method`: `{"kind", settings that differ from
    their default …}`. Whether the answer can be believed is always asked, too."""
    return {**about, "method": dict(method), "trust": True, "limit_s": LIMIT}


def study(about: Mapping[str, Any], asked: Mapping[str, Any]) -> Question:
    """The same for a study."""
    return {**about, "study": dict(asked), "limit_s": LIMIT}


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
    asked = [question.get(key) for key in _ASKED]
    return json.dumps([None if value in ({}, []) else value for value in asked], sort_keys=True)


def status(folder: Path | None) -> str:
    """How far an answer is; "unasked" without a folder."""
    return str(state.queue().answer_state(folder)["status"]) if folder is not None else "unasked"


def once(run: RunFolder, kind: str, says: str, label: str, icon: str, draw: Callable[[str, Path], None]) -> None:
    """What is asked of a run as a whole, by one button: `{kind: true}`. `says` tells what it will show, `draw` shows it
    from the folder where it stands."""
    question: Question = {kind: True, "limit_s": LONG}
    folder = asked(run).get(name(question))
    place, button = st.container(), st.empty()
    unasked = status(folder) == "unasked"  # what failed has a button of its own, below its reason
    if unasked and button.button(label, type="primary", icon=icon, key=f"{run.id}.{kind}"):
        folder = state.queue().ask(run, question)
        button.empty()

    def drawn(key: str, done: bool) -> None:
        assert folder is not None
        draw(key, folder)

    with place:
        await_(run, folder, kind, says, drawn, label)


def show(run: RunFolder, method: Method, folder: Path | None) -> None:
    """The answer of one method. While it is awaited, this part of the page looks again by itself; the rest of the page
    stays untouched."""

    def draw(key: str, done: bool) -> None:
        assert folder is not None
        _answer(folder, method, key, done)

    await_(run, folder, method.kind, method.reading, draw, sketch=_so_far)


def await_(
    run: RunFolder, folder: Path | None, kind: str, first: str, draw: Callable[[str, bool], None], ask: str = "Explain",
    sketch: Callable[[Path, str], bool] = lambda folder, key: False,
) -> None:  # fmt: skip
    """What stands in an answer's place: what it will tell (`first`), how far it is, what went wrong, or what `draw`
    shows, which is called with a key and whether all is done. Until then `sketch` may show what was found so far, of a
    folder under a key; it says whether it did."""
    key = f"answer.{run.id}.{folder.name if folder else kind}"
    waits = status(folder) in _WAITING
    st.fragment(_one, run_every=0.4 if waits else None, key=key)(run, folder, first, waits, key, draw, sketch, ask)


def _one(
    run: RunFolder, folder: Path | None, first: str, waited: bool, key: str, draw: Callable[[str, bool], None],
    sketch: Callable[[Path, str], bool], ask: str,
) -> None:  # fmt: skip
    found = state.queue().answer_state(folder) if folder else None
    status = found["status"] if found else "unasked"
    if waited and status not in _WAITING:
        st.rerun()  # the answer is there: the page stops looking again
    if folder is None or found is None or status == "unasked":
        st.markdown(f":gray[{first}]")
        st.caption(f"Press {ask} to ask it.")
    elif status == "done":
        draw(key, True)
    elif status in _WAITING:
        drawn = bool(found.get("answered")) or sketch(folder, key)
        if found.get("answered"):
            draw(key, False)
        _progress(folder, found, key, drawn)
    else:
        kept = sketch(folder, key)
        words_ = "Cancelled." if status == "cancelled" else str(found.get("error") or "It ended without an answer.")
        words_ += " This is what it had found by then." if kept else ""
        (st.info if status == "cancelled" else st.error)(words_)
        if st.button("Ask again", key=f"{key}.again", icon=":material/refresh:"):
            state.queue().ask(
                run, {k: v for k, v in (read_record(folder / "request.json") or {}).items() if k != "run"}
            )
            st.rerun()


def _progress(folder: Path, found: dict[str, Any], key: str, drawn: bool) -> None:
    of, done = found.get("of"), found.get("done") or 0
    if found["status"] == "queued":
        state.queue().warm()  # what waits must not wait for a host that died
        st.progress(0.0, "Waiting for a free place …")
    else:
        sketched = "Found so far, coarsely" if drawn else "Working"
        doing = "Trying whether it can be believed" if found.get("answered") else sketched
        st.progress(min(1.0, done / of) if of else 0.0, f"{doing} … {100 * done / of:.0f} %" if of else f"{doing} …")
    if st.button("Cancel", key=f"{key}.cancel", icon=":material/close:", type="tertiary"):
        state.queue().cancel(folder)
    if not found.get("answered"):
        st.html(_ROOM.format(6 if drawn else 24))


def _so_far(folder: Path, key: str) -> bool:
    """What a method has found so far, in the place of its answer."""
    try:
        value = Value.load(folder / "so_far")
    except OSError:
        return False  # nothing yet, or the answer took its place just now
    _figure(value, key)
    return True


def _figure(value: Value, key: str) -> None:
    figures.show(dataclasses.replace(value, title=""), key=f"{key}.figure")


def _answer(folder: Path, method: Method, key: str, done: bool) -> None:
    value, summary = answer(str(folder))
    _figure(value, key)
    sounds.mattered(value)
    if done:
        trust.show(folder, key)
    st.markdown(f":gray[{summary.get('note') or method.reading}]")
    facts = []
    if summary["target_name"] != "value":
        against = f", not **{summary['against']}**" if summary.get("against") else ""
        facts.append(f"explains **{summary['target_name']}**{against}")
    facts.append(f"score {words.number(float(summary['score']))}")
    if summary.get("gap") is not None:
        total = float(np.sum(value.data))
        facts.append(f"completeness gap {words.number(abs(float(summary['gap'])))} (sum {words.number(total)})")
    facts.append(words.duration(float(summary["seconds"])))
    st.caption(" · ".join(facts), help=_GAP if summary.get("gap") is not None else None)


#: The room that the answer will take, so that nothing below it jumps when it comes.
_ROOM = '<div style="height: {}rem" aria-hidden="true"></div>'
_GAP = (
    "The score is what the network says for the target before it is turned into a probability. The gap is the part of "
    "the score that the attributions do not account for: near 0 is good."
)


@st.cache_resource(max_entries=64, show_spinner=False)
def answer(folder: str) -> tuple[Value, dict[str, Any]]:
    """An answer and what is said beside it. What stands on disk no longer changes."""
    return Value.load(Path(folder) / "answer"), read_record(Path(folder) / "summary.json") or {}
