"""Bring a network that another program trained: its file, the data it is for, how it is read; a run comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.foreign.limits import ALL_SECONDS, MOST_BYTES
from dlviz.runs import models
from dlviz.runs.home import home
from dlviz.ui import experiment, state
from dlviz.ui.form import part_form
from dlviz.ui.overview import data_of, name_of

#: Seconds between two looks whether the run is there; how many of the newest runs are asked for their data.
EVERY, _RUNS = 0.4, 60
_JOB, _SETTINGS = "bring.job", "bring.reading"
_WAITS = ("queued", "running")


def bring_form() -> str | None:
    """The form. Returns the id of the run, once, as soon as it is made; what is wrong stands here as a sentence."""
    job = str(st.session_state.get(_JOB, ""))
    now = state.queue().answer_state(Path(job)) if job else {"status": "unasked"}
    if now["status"] == "done":
        del st.session_state[_JOB]
        run = (read_record(Path(job) / "answer.json") or {}).get("run")
        return str(run) if run else None
    waits = now["status"] in _WAITS
    _asked(waits)  # what was chosen stays, for another try
    if waits:
        st.fragment(_wait, run_every=EVERY, key="bring~wait")(job)
    elif now["status"] == "failed" and _JOB in st.session_state:
        st.error(_lines(now.get("error")), icon=":material/error:")
    return None


def _lines(error: object) -> str:
    """What is wrong, its lines apart: Markdown would run them together."""
    return str(error).replace("\n", "  \n")


def _wait(job: str) -> None:
    now = state.queue().answer_state(Path(job))
    if now["status"] not in _WAITS:
        st.rerun()
    if now["status"] == "queued":
        state.queue().warm()  # what waits must not wait for a host that died
    doing = str(now.get("doing") or "waiting for a free place")
    st.progress(0.0, f"{doing[:1].upper()}{doing[1:]} …")
    if st.button("Cancel", key="bring.cancel", icon=":material/close:", type="tertiary"):
        state.queue().cancel(Path(job))
        st.rerun()


def _asked(waits: bool) -> None:
    """What must be known, and the button; `waits`: a network is being brought."""
    file = st.file_uploader(  # any file, since what is refused here is told what would serve
        "A model: ONNX, a program of torch.export (.pt2), or safetensors", key="bring.file",
        max_upload_size=min(500, MOST_BYTES // 2**20),  # as the server allows for all uploads
        help="Nothing in it is executed. A pickle (.pt, .pth, .pkl) can run any program when it is opened, so none is "
        "read: write the model with torch.onnx.export or torch.export.save.",
    )  # fmt: skip
    known = choices()
    left, right = st.columns(2, gap="medium")
    chosen = left.selectbox(
        "What it was trained for", range(len(known)), format_func=lambda place: known[place][0], key="bring.data",
        filter_mode="contains",
        help="Its data: of the draft at hand, of earlier runs, or ready ones. Your own come in on the page Data. "
        "safetensors need a draft or run that draws the network as well.",
    )  # fmt: skip
    name = right.text_input("What the run shall be called", key="bring.name", max_chars=80)
    with st.expander("How it takes inputs, and what its outputs are", key="bring.reading~fold"):
        reading = _reading()
    pressed = st.button(
        "Bring it", key="bring.go", icon=":material/input:", disabled=waits or file is None or chosen is None
    )
    if pressed and file is not None and chosen is not None:
        st.session_state.pop(_JOB, None)  # what was wrong before is no longer told
        try:
            with st.spinner("Looking at the file …"):
                place = models.keep(file.name, file, home())
            document = known[chosen][1]
            experiment.only_uploads(document["data"])
            st.session_state[_JOB] = str(state.queue().bring(request(place, document, name, reading)))
        except WrongInput as error:
            st.error(_lines(error), icon=":material/error:")
            return
        st.rerun()


def _reading() -> dict[str, Any]:
    from dlviz.foreign.reading import Reading

    now = dict(st.session_state.get(_SETTINGS, {}))
    changed = part_form(Reading, now, "bring.reading", columns=2)
    if changed != now:
        st.session_state[_SETTINGS] = changed
    return changed


def choices() -> list[tuple[str, dict[str, Any]]]:
    """What a network may have been trained for: (what it is called, a document with `data`): the draft at hand, what
    the newest runs learned from, ready data sets; each data once with each network that was drawn for them."""
    found: list[tuple[str, dict[str, Any]]] = []

    def told(document: Mapping[str, Any]) -> bool:
        return any(all(other.get(key) == document.get(key) for key in ("data", "networks")) for _, other in found)

    draft = state.draft()
    if draft is not None and draft[1].get("data"):
        found.append((f"{data_of(draft[1])} (the draft {name_of(draft[1])})", draft[1]))
    for run in state.store().runs()[:_RUNS]:
        document = run.spec_document()
        if document.get("data") and not told(document):
            found.append((f"{data_of(document)} (as in {name_of(document)})", document))
    for kind, part in experiment.datasets().items():
        data = {"kind": kind}
        if part.source != "yours" and all(data != other["data"] for _, other in found):
            found.append((part.title, {"data": data}))
    return found


def request(model: Path, document: Mapping[str, Any], name: str, reading: Mapping[str, Any]) -> dict[str, Any]:
    """What the job is asked (see `training/bring.py`): of a spec what says what the network is for. What draws a
    network is needed for bare weights alone."""
    taken = ["data", "task", "seed", *(["networks"] if model.suffix.lower() == ".safetensors" else [])]
    spec = {key: document[key] for key in taken if document.get(key) is not None}
    return {
        "model": str(model), "name": model.name, "title": name.strip() or model.stem, "spec": spec,
        "reading": dict(reading), "limit_s": 3 * ALL_SECONDS,
    }  # fmt: skip
