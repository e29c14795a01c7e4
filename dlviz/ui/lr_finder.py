"""The learning-rate finder: a short trial with ever larger steps, and the rate that it suggests (Smith 2017)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.draw import palette
from dlviz.ui import chrome, folds, state

#: Seconds between two looks whether the answer is there.
EVERY = 0.4


def show(draft: str, document: Mapping[str, Any]) -> None:
    """The fold with the finder."""
    fold = folds.section("finder", "Find a learning rate", ":material/search_insights:", open=False)
    if not fold.open:
        return
    with fold:
        st.markdown(
            "How large may the steps be? A trial of some seconds begins with tiny steps and makes each a bit larger. "
            "Where the loss falls fastest is a good learning rate; where it rises, steps are too large."
        )
        _asked(draft, document)


def _asked(draft: str, document: Mapping[str, Any]) -> None:
    key = f"{draft}.finder"
    folder = _folder(key, document)
    status = state.queue().answer_state(folder)["status"] if folder is not None else ""
    waits = folder is not None and status in ("queued", "running")
    label, icon = ("Try again", "replay") if folder is not None else ("Find a learning rate", "search_insights")
    if folder is not None and waits and st.button("Cancel", icon=":material/close:", key=f"{key}.cancel"):
        state.queue().cancel(folder)
        st.rerun()
    if not waits and st.button(label, icon=f":material/{icon}:", key=f"{key}.go"):
        try:
            folder = state.queue().find(dict(document), again=True)
        except WrongInput as error:
            st.error(str(error), icon=":material/error:")
            return
        st.session_state[key] = (_text(document), str(folder))
        st.rerun()
    if folder is None:
        return
    st.fragment(_answer, run_every=EVERY if waits else None, key=f"{key}~answer")(draft, str(folder), status)


def _folder(key: str, document: Mapping[str, Any]) -> Path | None:
    """Where the answer to the last question stands, if it was asked of the draft as it is now."""
    asked = st.session_state.get(key)
    return Path(asked[1]) if asked and asked[0] == _text(document) else None


def _text(document: Mapping[str, Any]) -> str:
    """The draft but for the rate itself, which the trial sets."""
    plain = json.loads(json.dumps(document))
    optimizer = (plain.get("optimization") or {}).get("optimizer")
    if isinstance(optimizer, dict):
        optimizer.pop("lr", None)
    return json.dumps(plain, sort_keys=True)


def _answer(draft: str, folder: str, drawn: str) -> None:
    now = state.queue().answer_state(Path(folder))
    status = now["status"]
    if status != drawn:
        st.rerun()
    with st.container(height=430, border=False, key=f"{draft}.finder.answer"):
        if status == "queued":
            state.queue().warm()
            st.info("The trial waits for a free place; it begins by itself.", icon=":material/schedule:")
        elif status == "running":
            st.progress(_share(now), "Larger and larger steps are tried")
        elif status == "done":
            _found(draft, folder, read_record(Path(folder) / "answer.json") or {})
        else:
            st.error(str(now.get("error") or "The trial was cancelled."), icon=":material/error:")


def _share(now: Mapping[str, Any]) -> float:
    done, of = now.get("done"), now.get("of")
    if isinstance(done, (int, float)) and isinstance(of, (int, float)) and of > 0:
        return min(1.0, max(0.0, done / of))
    return 0.0


def _found(draft: str, folder: str, answer: Mapping[str, Any]) -> None:
    lr, loss, suggestion = answer.get("lr"), answer.get("loss"), answer.get("suggestion")
    if not isinstance(lr, list) or not isinstance(loss, list) or not lr:
        st.error("The trial's answer cannot be read. Try again.", icon=":material/error:")
        return
    _figure(lr, loss, suggestion if isinstance(suggestion, (int, float)) else None)
    st.caption(str(answer.get("why") or ""))
    if isinstance(suggestion, (int, float)) and st.button(
        f"Use {suggestion:g}", icon=":material/check:", key=f"{draft}.finder.use", type="secondary"
    ):
        use(draft, float(suggestion))
        st.session_state[f"{draft}.finder"] = (_text(state.drafts().read(draft)), folder)  # the answer still holds
        st.toast(f"The learning rate is now {suggestion:g}.", icon=":material/check:")
        st.rerun()


def use(draft: str, rate: float) -> None:
    """Write the rate into the draft, as one step of undo."""
    from dlviz.ui import experiment

    def put(document: dict[str, Any]) -> dict[str, Any]:
        whole = document if (document.get("optimization") or {}).get("optimizer") else experiment.completed(document)
        whole["optimization"]["optimizer"]["lr"] = rate
        return whole

    state.drafts().change(draft, put)


def _figure(lr: list[float], loss: list[float | None], suggestion: float | None) -> None:
    import plotly.graph_objects as go

    dark = chrome.dark()
    ground = palette.ground(dark)
    figure = go.Figure(
        go.Scatter(x=lr, y=loss, mode="lines", line={"color": palette.run(0, dark), "width": 2.5}, name="loss")
    )
    if suggestion:
        figure.add_vline(x=suggestion, line={"color": palette.run(1, dark), "dash": "dash", "width": 2})
        figure.add_annotation(
            x=_place(suggestion), y=1, yref="paper", text=f"suggested: {suggestion:g}", showarrow=False, xanchor="left",
            xshift=6, font={"color": palette.run(1, dark)},
        )  # fmt: skip
    figure.update_layout(
        height=280, margin={"l": 8, "r": 8, "t": 12, "b": 8}, paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)", font={"color": ground.ink, "family": "Source Sans, sans-serif", "size": 13},
        xaxis={"type": "log", "title": "learning rate", "gridcolor": ground.line, "dtick": 1,
               "exponentformat": "power", "automargin": True},
        yaxis={"title": "loss", "gridcolor": ground.line, "automargin": True},
    )  # fmt: skip
    said = (
        f"Loss against the learning rate. Suggested: {suggestion:g}."
        if suggestion
        else "Loss against the learning rate."
    )
    st.plotly_chart(
        figure, theme=None, config={"displayModeBar": False, "scrollZoom": False}, alt=said, key="finder-curve"
    )


def _place(value: float) -> float:
    """Where an annotation on a logarithmic axis stands."""
    return math.log10(value)
