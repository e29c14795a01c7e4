"""Trust: what the trials of an explanation found, in a line under its picture; how they were made folds out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.values import Curves, Value
from dlviz.ui import figures, words

#: What an explanation's trials came to, as an icon and a word: colour never speaks alone.
_LOOKS = {
    "supported": (":material/verified:", "green", "Supported"),
    "doubtful": (":material/help:", "orange", "Doubtful"),
    "fails": (":material/dangerous:", "red", "Not supported"),
    "not tried": (":material/pending:", "gray", "Not tried"),
}
_HOLDS = {True: ":material/check_circle:", False: ":material/cancel:", None: ":material/remove:"}


def read(folder: Path) -> dict[str, Any]:
    """What the trials of an answer found; empty where none were made."""
    return read_record(folder / "trust.json") or {}


def badge(told: Mapping[str, Any]) -> str:
    """The judgement as a few words with an icon, in Markdown."""
    icon, color, word = _LOOKS.get(str(told.get("judgement")), _LOOKS["not tried"])
    return f":{color}[{icon} **{word}.**]"


def reasons(told: Mapping[str, Any]) -> str:
    """Why it was judged so, without the word of the judgement itself."""
    said = str(told.get("says", ""))
    word, colon, rest = said.partition(": ")
    return rest[:1].upper() + rest[1:] if colon and word in {look[2] for look in _LOOKS.values()} else said


def show(folder: Path, key: str) -> None:
    """The judgement and its sentence; the single trials in a fold."""
    told = read(folder)
    if not told:
        return
    st.markdown(f"{badge(told)} {reasons(told)}")
    verdicts = [verdict for verdict in told.get("verdicts", ()) if isinstance(verdict, Mapping)]
    if not verdicts:
        return
    fold = st.expander("How it was tried", type="compact", key=f"{key}.trust", on_change="rerun")
    if fold.open:
        with fold:
            for number, verdict in enumerate(verdicts):
                _verdict(verdict, f"{key}.trust.{number}")


def _verdict(verdict: Mapping[str, Any], key: str) -> None:
    asks, mark = verdict.get("asks") or verdict.get("trial"), _HOLDS.get(verdict.get("holds"), _HOLDS[None])
    st.markdown(f"{mark} **{asks}** {figure(verdict)}")
    st.markdown(str(verdict.get("says", "")))
    curves = curves_of(verdict)
    if curves is not None:
        figures.show(curves, key)


def figure(verdict: Mapping[str, Any]) -> str:
    """The trial's number, grey; nothing where it was not tried."""
    value = verdict.get("value")
    return f":gray[{words.number(float(value))}]" if isinstance(value, (int, float)) and value == value else ""


def curves_of(verdict: Mapping[str, Any]) -> Value | None:
    """The curves of a verdict, to draw; None where it has none."""
    curves = verdict.get("curves")
    if not isinstance(curves, Mapping) or "x" not in curves or len(curves) < 2:
        return None
    lines = {name: line for name, line in curves.items() if name != "x" and len(line) == len(curves["x"])}
    kind = Curves(
        names=tuple(name.strip() for name in lines),
        x_title="share taken away, or put in",
        y_title=str(verdict.get("height") or "prediction"),
    )
    return Value(kind, np.array(list(lines.values()), float), more={"x": np.array(curves["x"], float)})
