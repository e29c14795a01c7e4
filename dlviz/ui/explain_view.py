"""The page Explain: choose a run, an example, a target and methods; see the answers side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Table, Value, Vector
from dlviz.training.folder import RunFolder
from dlviz.ui import answers, chrome, figures, state, work
from dlviz.ui.gallery import Gallery, gallery, parts
from dlviz.ui.methods import Method, methods
from dlviz.ui.overview import overview
from dlviz.ui.picker import picker
from dlviz.ui.words import number, percent

#: So many examples are shown at first.
_SHOWN = 22


def show() -> None:
    """The whole page."""
    work.dress()
    runs = [run for run in state.store().runs() if parts(run)]
    wanted = state.run()
    if wanted is not None and not parts(wanted):
        if wanted.status() == "finished":
            st.info("This run's task gives nothing to explain: it predicts no class and no number.")
        else:
            chrome.empty("This run has not finished yet. Its examples appear here at its end.", "Watch it", "train")
        wanted = None
    if not runs:
        if wanted is None and state.run() is None:
            chrome.empty(
                "There is no trained network yet. Train one first, then come back and ask it why.",
                "Choose what to learn", "data",
            )  # fmt: skip
        return
    run = _run(runs, wanted)
    state.remember(run=run.id)
    _page(run.id)


def _run(runs: list[RunFolder], wanted: RunFolder | None) -> RunFolder:
    names = {run.id: run for run in runs}
    if wanted is not None and st.session_state.get("explain.run") not in names:
        st.session_state["explain.run"] = wanted.id
    if st.query_params.get("run") in names and st.session_state.get("explain.seen") != st.query_params["run"]:
        st.session_state["explain.run"] = st.session_state["explain.seen"] = st.query_params["run"]
    chosen = st.selectbox(
        "Run", list(names), key="explain.run", format_func=lambda id: _line(names[id]), filter_mode="contains"
    )
    st.session_state["explain.seen"] = chosen
    return names[chosen]


def _line(run: RunFolder) -> str:
    found = overview(run)
    return " · ".join(part for part in (found.name, found.figure, run.id) if part)


@st.fragment
def _page(name: str) -> None:
    run = state.store().run(name)
    here = parts(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        part = st.segmented_control(
            "Part of the data", here, key=f"{name}.part", default=here[0], required=True, format_func=str.capitalize,
            help="Both parts were never learned from; the test part was not even used to choose settings.",
        )  # fmt: skip
        examples = gallery(run, str(part or here[0]))
        wanted = st.segmented_control(
            "Which examples", examples.filters(), key=f"{name}.filter", default=examples.filters()[0], required=True
        )
    part = str(part or here[0])
    at = _choose(name, examples, part, str(wanted))
    if at is None:
        return
    target = _example(name, examples, part, at)
    _ask(run, examples, part, at, target)


def _choose(name: str, examples: Gallery, part: str, wanted: str) -> int | None:
    """The examples to choose from. Returns the place of the chosen one."""
    places = examples.places(wanted)
    if not places:
        st.info(
            f"No example of the {part} part is {wanted.lower()}." if wanted != "Wrong"
            else f"The network has no example of the {part} part wrong.", icon=":material/check_circle:",
        )  # fmt: skip
        return None
    more = f"{name}.{part}.{wanted}.more"
    shown = places if st.session_state.get(more) else places[:_SHOWN]
    key = f"{name}.{part}.example"
    if key not in st.session_state and st.query_params.get("example", "").isdigit():
        st.session_state[key] = examples.place(int(st.query_params["example"]))

    def pick(at: int) -> None:
        st.session_state[key] = at

    at = st.session_state.get(key)
    if at not in places:
        at = shown[0]
    chosen = Value(examples.inputs.kind, examples.inputs.data[shown])
    picker(
        chosen, [examples.words(place) for place in shown], key=f"{name}.{part}.{wanted}.picker",
        label="Examples", heads=examples.heads(), chosen=at, pick=pick, ids=shown,
        marked=[examples.wrong(place) for place in shown],
    )  # fmt: skip
    if len(shown) < len(places) and st.button(f"Show all {len(places)}", key=f"{more}~button", type="tertiary"):
        st.session_state[more] = True
        st.rerun(scope="fragment")
    st.query_params["example"] = str(examples.entries[at]["index"])
    return int(at)


def _example(name: str, examples: Gallery, part: str, at: int) -> int | None:
    """The example large, what the network says of it, and the choice of what is to be explained."""
    entry = examples.entries[at]
    left, right = st.columns([1, 2], gap="large", vertical_alignment="center")
    with left:
        _input(Value(examples.inputs.kind, examples.inputs.data[at : at + 1]), f"{name}.{part}.{at}.input")
    with right:
        if examples.classes:
            said, true = examples.classes[entry["prediction"]], examples.classes[entry["target"]]
            st.subheader(f"Why {said}?", anchor=False)
            verdict = f"That is **wrong: it is {true}**." if examples.wrong(at) else "That is **right**."
            st.markdown(f"The network is {percent(entry['probability'])} sure of **{said}**. {verdict}")
            names = list(range(len(examples.classes)))
            chosen: int = st.selectbox(
                "Explain what speaks for", names, index=entry["prediction"], key=f"{name}.{part}.{at}.target",
                format_func=lambda place: _class(examples, entry, place), filter_mode="contains",
                help="Any class can be asked about: why this one, and why not another?",
            )  # fmt: skip
            return chosen
        said, true = (f"{number(entry[key])} {examples.unit}".strip() for key in ("prediction", "target"))
        st.subheader(f"Why {said}?", anchor=False)
        st.markdown(f"The network says **{said}** for {examples.target}; it is **{true}**.")
    return None


def _input(one: Value, key: str) -> None:
    """The example by itself: a picture large, a row from top to bottom."""
    if isinstance(one.kind, Table | Vector):
        cells = {column: str(cells[0]) for column, cells in figures.rows(one).items()}
        st.dataframe({"column": list(cells), "value": list(cells.values())}, key=key, hide_index=True, height=300)
    else:
        figures.show(one, key=key)


def _class(examples: Gallery, entry: dict[str, Any], place: int) -> str:
    notes = [word for word, found in (("predicted", entry["prediction"]), ("true", entry["target"])) if found == place]
    return examples.classes[place] + (f" ({', '.join(notes)})" if notes else "")


def _ask(run: RunFolder, examples: Gallery, part: str, at: int, target: int | None) -> None:
    """The methods, the main button, and the answers."""
    try:
        with st.spinner("Asking which methods fit this network …", show_time=True):
            found = methods(run)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    free = [method for method in found if method.why_not is None]
    if not free:
        st.info("No method can explain this network.")
    chosen = st.pills(
        "Methods", [method.kind for method in free], selection_mode="multi", default=[m.kind for m in free[:2]],
        key=f"{run.id}.methods", help="Each asks in its own way; where they agree, trust grows.",
    )  # fmt: skip
    for method in found:
        if method.why_not is not None:
            st.caption(f":material/block: **{method.kind}** {method.why_not}")
    picked = [method for method in free if method.kind in chosen]
    index = int(examples.entries[at]["index"])
    known = answers.asked(run)
    open_ = [method for method in picked if not _answered(known, part, index, target, method)]
    if st.button(
        "Explain", type="primary", icon=":material/lightbulb:", key="explain", disabled=not open_,
        help=None if picked else "Choose at least one method.",
    ):  # fmt: skip
        for method in open_:
            state.queue().ask(run, answers.question(part, index, target, method.kind))
    if picked:
        _probabilities(run, picked, part, index, target, examples, at)
        answers.show(run, picked, part, index, target)


def _answered(known: Any, part: str, index: int, target: int | None, method: Method) -> bool:
    folder = known.get((part, index, target, method.kind))
    return folder is not None and state.queue().answer_state(folder)["status"] in ("done", "queued", "running")


def _probabilities(
    run: RunFolder, picked: list[Method], part: str, index: int, target: int | None, examples: Gallery, at: int
) -> None:
    """How sure the network is of each class, once an answer has told it."""
    known = answers.asked(run)
    for method in picked:
        folder = known.get((part, index, target, method.kind))
        if folder is None or state.queue().answer_state(folder)["status"] != "done":
            continue
        summary = answers.answer(str(folder))[1]
        if "probabilities" not in summary:
            return  # a number needs no picture: it stands above
        value = Value(
            Category(names=examples.classes), np.array([summary["probabilities"]]),
            "What the network says", more={"target": np.array([examples.entries[at]["target"]])},
        )  # fmt: skip
        figures.show(value, key=f"{run.id}.{part}.{index}.probabilities")
        return
