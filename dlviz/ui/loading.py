"""Loads data for a page: with its progress shown, kept for the next run of the page, given up when the user leaves."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from dlviz.ui import experiment

if TYPE_CHECKING:
    from dlviz.datasets.data import Data
    from dlviz.datasets.look import Look

_KEPT = 3


@dataclass(frozen=True)
class Loaded:
    """A data set and the look at it."""

    data: Data
    look: Look


@dataclass
class _Shelf:
    """The data sets that pages looked at last, for all sessions of this server."""

    kept: OrderedDict[str, Loaded] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(show_spinner=False)
def _shelf() -> _Shelf:
    return _Shelf()


def loaded(document: Mapping[str, Any], seed: int = 0) -> Loaded:
    """The data of `document`, loaded here with a progress bar where it is not at hand yet. Raises `WrongInput`.

    Leaving the page stops the loading: Streamlit ends a script at its next call, and the bar is such a call.
    """
    key = json.dumps([document, seed], sort_keys=True)
    shelf = _shelf()
    with shelf.lock:
        found = shelf.kept.get(key)
        if found is not None:
            shelf.kept.move_to_end(key)
            return found
    place = st.empty()
    bar = place.progress(0.0, "Reading the data …")

    def progress(doing: str, done: float, of: float | None) -> None:
        bar.progress(min(1.0, done / of) if of else 0.0, f"{doing} …")

    from dlviz.datasets.look import look

    data = experiment.dataset(document).load(seed, progress)
    bar.progress(1.0, "Taking a look …")
    made = Loaded(data, look(data))
    with shelf.lock:
        shelf.kept[key] = made
        while len(shelf.kept) > _KEPT:
            shelf.kept.popitem(last=False)
    place.empty()
    return made


def fetch(document: Mapping[str, Any]) -> None:
    """Download what the data still needs, with its progress. Raises `WrongInput`."""
    bar = st.progress(0.0, "Asking for the files …")

    def progress(doing: str, done: float, of: float | None) -> None:
        bar.progress(min(1.0, done / of) if of else 0.0, f"{doing} …")

    try:
        experiment.dataset(document).fetch(progress)
    finally:
        bar.empty()
