"""Why: attributions of one prediction by several methods side by side, each with what speaks for and against it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui import state, words
from dlviz.ui.explain import answers
from dlviz.ui.explain.example import Chosen
from dlviz.ui.explain.methods import Method, about, methods
from dlviz.ui.explain.settings import chosen_settings, settings_fold


def show(run: RunFolder, chosen: Chosen) -> None:
    """The methods, the main button, and the answers."""
    found = offered(run)
    if not found:
        return
    free = [method for method in found if method.why_not is None]
    picked = pick(run, free, f"{run.id}.methods")
    bar = st.container()
    places = _cards(run, picked)
    known = answers.asked(run)
    questions = {
        method.kind: answers.question(chosen.question(), method.asked(chosen_settings(run, method.kind)))
        for method in picked
    }
    folders = {kind: known.get(answers.name(question)) for kind, question in questions.items()}
    open_ = [kind for kind, folder in folders.items() if answers.status(folder) not in ("done", "queued", "running")]
    if bar.button(
        "Explain", type="primary", icon=":material/lightbulb:", key="explain", disabled=not open_,
        help=None if picked else "Choose at least one method.",
    ):  # fmt: skip
        folders |= {kind: state.queue().ask(run, questions[kind]) for kind in open_}
    for method in picked:
        with places[method.kind]:
            answers.show(run, method, folders[method.kind])
    _refused([method for method in found if method.why_not is not None])


def offered(run: RunFolder) -> list[Method]:
    """All methods, those that can serve first; empty where the run cannot be opened, which is then said."""
    try:
        with st.spinner("Asking which methods fit this network …", show_time=True):
            found = methods(run)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return []
    if all(method.why_not is not None for method in found):
        st.info("No method can explain this network.")
    return found


def pick(run: RunFolder, free: list[Method], key: str, first: int = 2) -> list[Method]:
    """The methods that are chosen: at first the most usual ones that may be trusted."""
    usual = [method.kind for method in free if method.trusted][:first]
    chosen = st.pills(
        "Methods", [method.kind for method in free], selection_mode="multi", default=usual, key=key,
        format_func=words.method, help="Each asks in its own way; where they agree, trust grows.",
    )  # fmt: skip
    return [method for method in free if method.kind in chosen]


def _cards(run: RunFolder, picked: list[Method]) -> dict[str, Any]:
    """A card for each method: its name, the place for its answer, and its settings. Returns the places."""
    places = {}
    with st.container(key="answers"):
        for method in picked:
            with st.container(border=True, key=f"answer-{method.kind}"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(f"**{words.method(method.kind)}**")
                    about(method)
                places[method.kind] = st.container()
                settings_fold(run, method.kind, method.part)
    return places


def _refused(found: list[Method]) -> None:
    """Why the others cannot serve: folded away, never missing."""
    if not found:
        return
    with st.expander(f"{len(found)} more cannot explain this network", type="compact"):
        for method in found:
            st.caption(f":material/block: **{words.method(method.kind)}.** {method.why_not}")
