"""Forks: a run that goes on from a moment of another with other settings; who came from whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui import chrome, state, watching, words
from dlviz.ui.overview import name_of

Document = dict[str, Any]
#: A run's forks are looked for among so many younger ones.
_YOUNGER = 2000
#: So many forks are listed beside each other.
_LISTED = 3


def family(run: RunFolder, now: Mapping[str, Any]) -> None:
    """Where a run comes from, and which runs have been forked from it, each a link."""
    parent, step = _origin(now)
    found = children(run)
    if not parent and not found:
        return
    with st.container(horizontal=True, key="family", gap="small", vertical_alignment="center"):
        if parent:
            _parent(parent, step)
        for child in found[:_LISTED]:
            link(child, f"Fork at step {_origin(child.state())[1]:,}: {name_of(child.spec_document())}")
        if len(found) > _LISTED:
            with st.popover(f"{len(found) - _LISTED} more", type="tertiary"):
                for child in found[_LISTED:]:
                    link(child, f"Step {_origin(child.state())[1]:,}: {name_of(child.spec_document())}")


def _parent(parent: str, step: int) -> None:
    try:
        run = state.store().run(parent)
    except WrongInput:
        st.caption(f"Forked at step {step:,} of a run that has been deleted.")
        return
    link(run, f"Forked at step {step:,} of {name_of(run.spec_document())}", icon=":material/call_split:")


def link(run: RunFolder, label: str, icon: str | None = None) -> None:
    """A link to a run's page."""
    st.page_link(
        chrome.page("train").as_streamlit(), label=label.replace("[", "(").replace("]", ")"), icon=icon,
        query_params={"run": run.id}, width="content",
    )  # fmt: skip


def children(run: RunFolder) -> list[RunFolder]:
    """The runs that were forked from `run`, the oldest first. Ids sort by age: only younger ones are asked."""
    store = state.store()
    younger = [each for each in store.runs() if each.id > run.id][-_YOUNGER:]
    return sorted((each for each in younger if _forked_from(str(each.path)) == run.id), key=lambda each: each.id)


@lru_cache(maxsize=20_000)
def _forked_from(path: str) -> str:
    """The run that a run was forked from, "" for none: it never changes, so it is read once."""
    from pathlib import Path

    found = read_record(Path(path) / "state.json") or {}
    return _origin(found)[0]


def _origin(now: Mapping[str, Any]) -> tuple[str, int]:
    """(the run it was forked from, the step), ("", 0) for none. A run made anew from another's settings is no fork."""
    parent, step = now.get("parent"), now.get("parent_step")
    if isinstance(parent, str) and parent and isinstance(step, int) and not isinstance(step, bool):
        return parent, step
    return "", 0


def button(run: RunFolder, now: Mapping[str, Any]) -> None:
    """The button that opens the dialog."""
    # a run that trains will soon have a moment to go on from, and this row is not drawn anew for it
    can = able(run, now) or now["status"] in ("running", "paused")
    if st.button(
        "Fork", icon=":material/call_split:", disabled=not can, key="fork",
        help="A new run that goes on from a moment of this one with other settings." if can else
        "There is nothing to go on from yet.",
    ):  # fmt: skip
        if able(run, run.state()):
            begin(run, _standing())
        else:
            st.toast("There is nothing to go on from yet: its first checkpoint comes in a moment.")


def able(run: RunFolder, now: Mapping[str, Any]) -> bool:
    """Whether there is a moment that one could go on from."""
    return bool(now.get("step")) and run.checkpoints.is_dir()


def begin(run: RunFolder, at: int | None) -> None:
    """Open the dialog for the step `at` (None: now), with nothing changed yet."""
    for name in [name for name in st.session_state if str(name).startswith(_key(run))]:
        del st.session_state[name]
    dialog(run.id, at)


def _standing() -> int | None:
    from dlviz.ui.components.time import standing

    return standing()


def starts(run: RunFolder, now: Mapping[str, Any], at: int | None) -> dict[str, int]:
    """The moments from which a fork can go on: what each is called → its step."""
    found = {}
    if at is not None:
        found[f"the moment you look at: step {at:,}"] = at
    if isinstance(now.get("step"), int):
        found[f"now: step {now['step']:,}"] = now["step"]
    best = (read_record(run.checkpoints / "best.json") or {}).get("step")
    if isinstance(best, int) and best not in found.values():
        found[f"the best so far: step {best:,}"] = best
    return found


@st.dialog("Go on from here with other settings", width="medium", icon=":material/call_split:")
def dialog(id: str, at: int | None) -> None:
    """Where from, what is to be other, and the button that does it."""
    run = state.store().run(id)
    now = run.state()
    moments = st.session_state.setdefault(f"{_key(run)}~moments", starts(run, now, at))
    chosen = st.radio("Go on from", list(moments), key=f"{_key(run)}~from", horizontal=True)
    step = moments[chosen]
    before = run.settings_at(step)
    document: Document = st.session_state.setdefault(_key(run), _proposed(before, now, step))
    st.caption(
        f"The same as in its parent: data, network, the weights of step {step:,}, and the chance of all that follows. "
        "What you change here begins there."
    )
    document = st.session_state[_key(run)] = _forms(document, _key(run))
    changes = differences(before, document)
    st.markdown(told(changes, before))
    with st.container(horizontal=True):
        if st.button("Fork and train", type="primary", icon=":material/play_arrow:", key=f"{_key(run)}~go"):
            go(run, step, changes)
        if st.button(
            "Other network", icon=":material/account_tree:", key=f"{_key(run)}~build",
            help="Opens Build with these settings. Another network cannot take over the weights: it learns anew.",
        ):  # fmt: skip
            chrome.go("build", {"draft": state.drafts().new(document)})


def _proposed(before: Document, now: Mapping[str, Any], step: int) -> Document:
    """The settings that the dialog begins with: those of the parent; from its end on it needs further epochs."""
    epochs, steps = before["training"].get("epochs"), now.get("steps")
    ended = isinstance(epochs, int) and isinstance(steps, (int, float)) and step >= steps
    return {**before, "training": {**before["training"], "epochs": 2 * epochs}} if ended else before


def _forms(document: Document, key: str) -> Document:
    from dlviz.training.recipe import Training
    from dlviz.ui import experiment
    from dlviz.ui.form import family_form, list_form, part_form

    optimization = dict(document["optimization"])
    training = document["training"]
    hidden = [s.name for s in Training.settings() if s.name not in ("epochs", "batch_size")]
    training = part_form(Training, training, f"{key}.training", columns=2, hide=hidden)
    optimizers, schedules = experiment.family("optimizers"), experiment.family("schedules")
    optimization["optimizer"] = family_form(
        optimizers, optimization["optimizer"], f"{key}.optimizer", label="Optimizer", columns=3
    )
    with st.expander(f"Schedule: {optimization['schedule'].get('kind')}", type="compact", key=f"{key}~schedule"):
        optimization["schedule"] = family_form(
            schedules, optimization["schedule"], f"{key}.schedule", label="Schedule", columns=3
        )
    regularizers = experiment.family("regularizers")
    parts = list(optimization.get("regularizers") or [])
    said = ", ".join(str(part.get("kind")) for part in parts) or "none"
    with st.expander(f"Regularizers: {said}", type="compact", key=f"{key}~regularizers"):
        optimization["regularizers"] = list_form(
            regularizers, parts, f"{key}.regularizers", empty=regularizers.about(), add="Add one"
        )
    return {**document, "optimization": optimization, "training": training}


def differences(before: Any, after: Any, path: str = "") -> dict[str, Any]:
    """What differs, as place → new value. A part of another kind, or a list of other parts, is one change."""
    if isinstance(before, dict) and isinstance(after, dict) and before.get("kind") == after.get("kind"):
        found: dict[str, Any] = {}
        for name in after:
            found |= differences(before.get(name), after[name], f"{path}.{name}" if path else name)
        return found
    kinds = [[each.get("kind") for each in side] if _parts(side) else None for side in (before, after)]
    if kinds[0] and kinds[0] == kinds[1]:
        found = {}
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            found |= differences(old, new, f"{path}.{number}")
        return found
    return {} if before == after else {path: after}


def _parts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def told(changes: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """The changes in words."""
    if not changes:
        return ":gray[Nothing is changed yet: the fork would go exactly the way its parent went.]"
    from dlviz.ui.field import shown
    from dlviz.ui.in_flight import words_of

    lines = []
    for path, value in changes.items():
        if isinstance(value, dict):
            lines.append(f"{words_of(path)}: **{value.get('kind')}**")
        elif isinstance(value, list):
            kinds = ", ".join(str(each.get("kind")) for each in value if isinstance(each, dict))
            lines.append(f"{words_of(path)}: **{kinds or 'none'}**")
        else:
            lines.append(f"{words_of(path)}: {shown(_value(before, path))} → **{shown(value)}**")
    return f"{words.count(len(changes), 'change')}: " + " · ".join(lines)


def _value(document: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(document, list):
            document = document[int(name)]
        elif isinstance(document, Mapping):
            document = document.get(name)
    return document


def go(run: RunFolder, step: int, changes: Mapping[str, Any], title: str = "") -> None:
    """Make the fork, put it into the queue and open its page."""
    try:
        child = state.store().fork(run, step, dict(changes), title)
        watching.submit(child)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state.pop(_key(run), None)
    chrome.go("train", {"run": child.id})


def _key(run: RunFolder) -> str:
    return f"fork-{run.id}"
