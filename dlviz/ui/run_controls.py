"""Steer a run: its name and status, the row that holds, steps and ends it; what its status asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.training.folder import ACTIVE, RunFolder
from dlviz.training.question import predict
from dlviz.ui import chrome, forks, in_flight, running_on, state, waiting, watching
from dlviz.ui.components.controls import First, controls
from dlviz.ui.overview import badge, name_of


def show(run: RunFolder, now: Mapping[str, Any]) -> None:
    """The run's name and status, what steers it (always in the same places), and what its status asks for."""
    status = now["status"]
    document = run.spec_document()
    st.subheader(f"{name_of(document)} {badge(status)}", anchor=False)
    forks.family(run, now)
    with st.container(horizontal=True, key="controls"):
        wanted, new = controls(run.id, status, first(run, now), now, watching.seconds(), f"steer-{run.id}")
        in_flight.popover(run, now)
        forks.button(run, now)
        if st.button(
            "Settings", icon=":material/tune:", key="settings", help="Change the settings in Build and train anew."
        ):
            edit(run, document)
    if wanted:
        act(run, wanted, document)
    if new and new != status:
        st.rerun()
    with st.container(key="say"):  # as high as its usual line, so that nothing moves when the status changes
        _say(run, status, now, document)


def first(run: RunFolder, now: Mapping[str, Any]) -> First | None:
    """The first button where no worker trains the run. It is the page's main one where going on is what comes next:
    not where there is a result to look at, nor where something must be mended first."""
    status = now["status"]
    if status == "finished":
        return First("Train again", "again", "A new run with the same settings (P).", False)
    if status in ("interrupted", "stopped", "failed"):
        main = status == "interrupted" or (status == "stopped" and not now.get("result"))
        if run.checkpoints.is_dir():
            return First("Resume", "resume", "Goes on from its last checkpoint (P).", main)
        return First("Try again", "resume", "Starts anew (P).", main)
    return None


def act(run: RunFolder, wanted: str, document: Mapping[str, Any]) -> None:
    """What the first button asks for."""
    if wanted == "again":
        launch(document, st.query_params.get("draft", ""), run.id)
    elif wanted == "resume":
        try:
            watching.resume(run)
        except WrongInput as error:
            st.toast(str(error))
        st.rerun()


def launch(document: Mapping[str, Any], draft: str = "", parent: str = "", guess: float | None = None) -> None:
    """Put a new run into the queue and open it. `guess`: what was foretold of it, where its lesson asks."""
    run = state.store().create(document, parent)
    if guess is not None:
        predict(run, guess)
    watching.submit(run)
    opened(run, draft)


def opened(run: RunFolder, draft: str = "") -> None:
    """Open a run's page."""
    chrome.go("train", {"run": run.id, **({"draft": draft} if draft else {})})


def _say(run: RunFolder, status: str, now: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """A sentence where the status alone does not say what to do."""
    if status == "queued":
        waiting.show(run)
    elif status == "failed":
        st.error(str(now.get("error") or "The training ended with an error."), icon=":material/error:")
        with st.container(horizontal=True):
            if st.button("Change the settings", type="primary", icon=":material/tune:", key="mend"):
                edit(run, document)
            log(run, "log")
    elif status == "interrupted":
        st.warning(
            "The process that trained this run is gone (the machine was shut down, or the process was killed). "
            + ("Resume goes on from the last checkpoint." if run.checkpoints.is_dir() else "Try again starts it anew."),
            icon=":material/bolt:",
        )  # fmt: skip
    elif status == "stopped":
        kept = run.checkpoints.is_dir()
        then = "What it has learned is kept, and Resume goes on from there." if kept else "Try again starts it anew."
        st.markdown(f":gray[Stopped before its end. {then}]")
    elif status == "paused" and now.get("error"):
        st.warning(str(now["error"]), icon=":material/pause:")
    else:
        running_on.show(now)


def edit(run: RunFolder, document: Mapping[str, Any]) -> None:
    """Open the draft this run was made from, or a new one with its settings."""
    draft = st.query_params.get("draft") or state.drafts().new(document)
    chrome.go("build", {"draft": draft})


def lead_on(run: RunFolder, main: bool = True) -> None:
    """The button at the end of a run; `main`: it is the page's main one."""
    if (run.path / "gallery" / "test.json").exists() and any(page.name == "explain" for page in chrome.pages()):
        chrome.next_step("Explain its decisions", "explain", {"run": run.id}, main=main)
    else:
        chrome.next_step("Compare with other runs", "runs", main=main)


def steers(now: Mapping[str, Any]) -> bool:
    """Whether a worker trains the run just now and obeys."""
    return now["status"] in ACTIVE


def log(run: RunFolder, key: str) -> None:
    """The button that hands over what the worker printed."""
    if run.log_file.exists():
        st.download_button(
            "Download the log", run.log_file.read_bytes(), f"{run.id}.log", "text/plain", icon=":material/download:",
            key=key,
        )  # fmt: skip
