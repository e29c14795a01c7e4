"""Settings in flight: what may be changed while a run trains, shown as it stands; a change goes to the worker."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dlviz.training.folder import ACTIVE, RunFolder
from dlviz.ui import state
from dlviz.ui.marks import setting

if TYPE_CHECKING:
    from dlviz.core.part import Part

Document = dict[str, Any]
#: Seconds within which a change is told as taken; later it is on its way.
PATIENCE = 1.0
#: Of `training`, what may change on the way.
_TRAINING = ("batch_size", "epochs")


def popover(run: RunFolder, now: Mapping[str, Any]) -> None:
    """The button behind which the settings are; open only where there is somebody to obey."""
    alive = now["status"] in ACTIVE
    key = f"in-flight-{run.id}"
    place = st.popover(
        "In flight", icon=":material/instant_mix:", disabled=not alive, key=key, on_change="rerun",
        help="Change the learning rate and other settings while it trains." if alive else
        "Settings can be changed in flight only while the run trains. Fork it to go on otherwise.",
    )  # fmt: skip
    if alive and place.open:
        with place:
            st.fragment(_panel, key=f"{key}~panel")(run.id)


def _panel(id: str) -> None:
    run = state.store().run(id)
    document = run.settings_at()
    st.markdown("**Change it while it trains**")
    # on top, where it is seen; its room is kept, so that neither what is below nor the edge of the panel moves
    told = st.container(height=96, width=300, border=False)
    changes: dict[str, Any] = {}
    for part, path, title, names in _parts(document):
        changes |= _form(run, part, path, title, names, _at(document, path))
    if changes:
        _send(run, changes)
    with told:
        _told(run)


def _form(run: RunFolder, part: type[Part], path: str, title: str, names: tuple[str, ...], now: Document) -> Document:
    """The fields of one part; the changes that the user has just made."""
    from dlviz.ui.field import field, same

    if not names:
        return {}
    st.markdown(f":gray[{title}]")
    found = {}
    for each in part.settings():
        if each.name not in names:
            continue
        value = field(part, each, now, f"flight-{run.id}.{st.session_state.get(_drawn(run), 0)}.{path}")
        if value is not None and not same(value, now.get(each.name, each.default)):
            found[f"{path}.{each.name}"] = value
    return found


def _parts(document: Mapping[str, Any]) -> Iterator[tuple[type[Part], str, str, tuple[str, ...]]]:
    """(part, its place, its title, the settings that may change) of a run's spec."""
    from dlviz.training.recipe import Training
    from dlviz.ui import experiment

    optimization = document.get("optimization") or {}
    optimizer = experiment.family("optimizers").kinds().get(str((optimization.get("optimizer") or {}).get("kind")))
    if optimizer is not None:
        yield optimizer, "optimization.optimizer", optimizer.kind(), _numbers(optimizer)
    kinds = experiment.family("regularizers").kinds()
    for number, each in enumerate(optimization.get("regularizers") or []):
        part = kinds.get(str(each.get("kind"))) if isinstance(each, dict) else None
        if part is not None:
            yield part, f"optimization.regularizers.{number}", part.kind(), _numbers(part)
    yield Training, "training", "Training", _TRAINING


def _numbers(part: type[Part]) -> tuple[str, ...]:
    """The settings that are plain numbers, without the advanced ones."""
    return tuple(s.name for s in part.settings() if s.type in ("int", "float") and not s.advanced and not s.optional)


def _at(document: Mapping[str, Any], path: str) -> Document:
    found: Any = document
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else (found or {}).get(step, {})
    return dict(found)


def _send(run: RunFolder, changes: Mapping[str, Any]) -> None:
    """Hand the changes over, and wait a moment for the worker's word on them."""
    seen, sent = _size(run), time.time()
    run.command("set", changes=dict(changes))
    deadline = time.monotonic() + PATIENCE
    said: list[tuple[str, str]] = []
    while not said and time.monotonic() < deadline:
        time.sleep(0.02)
        said = _taken(run, seen) or _refused(run, sent)
    st.session_state[_key(run)] = said or [("waits", "On its way: the worker obeys at its next step.")]
    if any(what == "refused" for what, _ in said):
        # the fields say again what holds: what was refused must not be asked for with the next change
        st.session_state[_drawn(run)] = st.session_state.get(_drawn(run), 0) + 1
        _anew()


def _told(run: RunFolder) -> None:
    """What became of the last change."""
    said = st.session_state.get(_key(run))
    for what, sentence in said or [
        ("", "Each change takes effect at the next step and is drawn on the curves as a mark.")
    ]:
        if what == "refused":
            st.error(sentence, icon=":material/block:")
        else:
            st.caption(sentence)


def _anew() -> None:
    """Draw the panel again: by itself, where it is what runs."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


def _drawn(run: RunFolder) -> str:
    return f"flight-{run.id}~drawn"


def _key(run: RunFolder) -> str:
    return f"flight-{run.id}~told"


def _size(run: RunFolder) -> int:
    return run.events_file.stat().st_size if run.events_file.exists() else 0


def _taken(run: RunFolder, seen: int) -> list[tuple[str, str]]:
    """The changes told in the events after the first `seen` bytes."""
    try:
        with run.events_file.open("rb") as file:
            file.seek(seen)
            lines = file.read().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # half a line that is just being written
        if isinstance(record, dict) and record.get("type") == "change":
            what, step = words_of(str(record.get("what"))), record.get("step")
            found.append(("taken", f"Step {step:,}: {what} {_said(record.get('from'))} → {_said(record.get('to'))}."))
    return found


def _refused(run: RunFolder, sent: float) -> list[tuple[str, str]]:
    """What the worker refused after the moment `sent`."""
    found = run.state().get("refused")
    if isinstance(found, Mapping) and isinstance(found.get("time"), (int, float)) and found["time"] >= sent:
        return [("refused", in_words(str(found.get("why"))))]
    return []


def in_words(why: str) -> str:
    """A worker's sentence, with the place that it begins with as people say it."""
    place, colon, rest = why.partition(": ")
    if not colon or not re.fullmatch(r"(optimization|training)[\w.]*", place):
        return why
    said = setting(place)
    return f"{said[:1].upper()}{said[1:]}: {rest}"


def words_of(path: str) -> str:
    """A setting's place as people say it: `optimization.optimizer.lr` → "learning rate"."""
    name = path.rpartition(".")[2]
    known = {"lr": "learning rate", "batch_size": "batch size"}
    return known.get(name, name.replace("_", " "))


def _said(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)
