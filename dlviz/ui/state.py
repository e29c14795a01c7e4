"""Where the pages keep what matters: on disk and in the address (`?run=`, `?draft=`, `?runs=`). Sessions are caches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.runs.drafts import Drafts
from dlviz.runs.home import home
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training.folder import RunFolder
from dlviz.ui import workspace


def store() -> Store:
    """The runs of this machine; those that it makes are this browser's."""
    return Store(home(), workspace.current())


def queue() -> Queue:
    """The queue of this machine, asked by this browser."""
    return Queue(home(), workspace.current())


def drafts() -> Drafts:
    """The drafts of this machine."""
    return Drafts(home())


def run() -> RunFolder | None:
    """The run that the address names; without one, the run this session looked at last."""
    name = named("run")
    if name is None:
        return None
    try:
        return store().run(name)
    except WrongInput:
        forget("run")
        return None


def draft() -> tuple[str, dict[str, Any]] | None:
    """The draft that the address names, as (id, document); without one, the session's last draft."""
    name = named("draft")
    if name is None:
        return None
    try:
        return name, drafts().read(name)
    except WrongInput:
        forget("draft")
        return None


def chosen() -> list[str]:
    """The ids of the runs that are ticked to be compared, as the address (`?runs=a,b`) or the session has them."""
    return [name for name in (named("runs") or "").split(",") if name]


def choose(names: Sequence[str]) -> None:
    """Put the ids of the ticked runs into the address: the first fifty, as an address has an end."""
    if names:
        remember(runs=",".join(names[:50]))
    else:
        forget("runs")


def remember(**names: str) -> None:
    """Put names (`run=…`, `draft=…`) into the address and the session."""
    for key, name in names.items():
        st.session_state[f"_{key}"] = name
        if st.query_params.get(key) != name:
            st.query_params[key] = name


def forget(*keys: str) -> None:
    """Take names out of the address and the session."""
    for key in keys:
        st.session_state.pop(f"_{key}", None)
        st.query_params.pop(key, None)


def named(key: str) -> str | None:
    """What the address says under `key`; without that, what it said in this session last."""
    name = st.query_params.get(key)
    if name:
        st.session_state[f"_{key}"] = name
        return str(name)
    name = st.session_state.get(f"_{key}")
    if name:
        st.query_params[key] = name
    return name
