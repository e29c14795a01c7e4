"""Try it: a text box, a microphone or a series by which one asks a trained network; its answer follows."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.values import Audio, Kind, Series
from dlviz.training.folder import RunFolder
from dlviz.ui import try_route, try_sounds


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.try_it", html='<div class="dlviz-try"></div>', css="try_it.css", js="try_it.js", isolate_styles=False
    )


def show(run: RunFolder) -> None:
    """The box, where the run's network reads texts, the microphone, where it hears sounds, the past of a series, where
    it says how that goes on; else nothing."""
    data = read_record(run.path / "data.json") or {}
    fields = data.get("fields") or {}
    sound = _hears(fields)
    series = _foresees(fields)
    if sound is None and series is None and not _reads_texts(fields):
        return
    task = run.spec_document().get("task")
    writes = (task.get("kind") if isinstance(task, dict) else task) == "LanguageModel"
    fills = isinstance(task, dict) and task.get("kind") == "MaskedLanguageModel"
    answers = isinstance(task, dict) and task.get("kind") == "SequenceToSequence"
    music = any(one.get("kind") == "MusicEncoder" for one in (data.get("encoders") or {}).values())
    with st.container(border=True, key="try-it"):
        st.markdown(f"**{_title(sound=sound, series=series, music=music, writes=writes)}**")
        _component()(
            key=f"try-{run.id}",
            data={
                "run": run.id,
                "address": try_route.PATH.format(run=run.id),
                "step": run.state().get("step"),
                "writes": writes,
                "sound": sound,
                "series": series,
                "answers": answers,
                "music": music,
                "placeholder": _placeholder(music=music, writes=writes, fills=fills),
            },
        )


def _title(*, sound: object, series: object, music: bool, writes: bool) -> str:
    if series:
        return "Change the past, and see what it expects"
    if music or writes:
        return "Let it make music" if music else "Let it write"
    return f"Try it on {'a sound' if sound else 'a text'} of your own"


def _placeholder(*, music: bool, writes: bool, fills: bool) -> str:
    if music:
        return "Begin a tune in ABC notation, as A2 d2 f2, or leave it empty"
    if writes:
        return "Begin a text, or leave it empty"
    return "Type a sentence with ___ where a word is missing" if fills else "Type a sentence"


def _hears(fields: Any) -> dict[str, Any] | None:
    """Where one sound goes in and something comes out: at which rate a recording is sent, and how long it may be. Twice
    what the network hears, at most: silence before and after goes."""
    inputs = [Kind.parse(kind) for kind in (fields.get("inputs") or {}).values()]
    if len(inputs) != 1 or not fields.get("targets") or inputs[0] is None or inputs[0].kind() != "Audio":
        return None
    kind = cast(Audio, inputs[0])
    return {
        "rate": min(48_000, max(8000, kind.rate)),
        "most": min(try_sounds.LONGEST - 1, 2 + 2 * kind.samples / kind.rate),
    }


def _foresees(fields: Any) -> dict[str, Any] | None:
    """Where series go in and their next steps come out: the names of these, and how many steps are seen."""
    inputs = [Kind.parse(kind) for kind in (fields.get("inputs") or {}).values()]
    targets = [Kind.parse(kind) for kind in (fields.get("targets") or {}).values()]
    if not inputs or len(targets) != 1 or not all(isinstance(kind, Series) for kind in [*inputs, *targets]):
        return None
    past, future = cast(Series, inputs[0]), cast(Series, targets[0])
    return {"names": list(future.names), "window": past.steps}


def _reads_texts(fields: Any) -> bool:
    """Whether all that goes in are texts, and something comes out."""
    inputs = [Kind.parse(kind) for kind in (fields.get("inputs") or {}).values()]
    return bool(inputs) and bool(fields.get("targets")) and all(k is not None and k.kind() == "Tokens" for k in inputs)
