"""The page Explain: choose a run, an example, a target and methods; see the answers side by side."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.core.values import Table, Value, Vector
from dlviz.training.folder import RunFolder
from dlviz.ui import answers, chrome, figures, state, work
from dlviz.ui.form import part_form, summary
from dlviz.ui.gallery import Gallery, gallery, parts
from dlviz.ui.methods import Method, methods
from dlviz.ui.overview import overview
from dlviz.ui.picker import picker
from dlviz.ui.probabilities import bars
from dlviz.ui.recipe import again
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
    ids, at = list(names), st.session_state.get("explain.run")
    chosen = st.selectbox(
        "Run", ids, index=ids.index(at) if at in ids else 0, key="explain.run",
        format_func=lambda id: _line(names[id]), filter_mode="contains",
    )  # fmt: skip
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
    shares = [3, 4, 4] if examples.classes else [1, 2]
    left, right, *beside = st.columns(shares, gap="large", vertical_alignment="center")
    for place in beside:
        with place:
            bars(examples.probabilities(at), examples.classes, entry["target"])
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
        height = min(300, 37 + 35 * len(cells))
        st.dataframe({"column": list(cells), "value": list(cells.values())}, key=key, hide_index=True, height=height)
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
            st.caption(f":material/block: **{method.kind}.** {method.why_not}")
    bar = st.container()
    picked = [method for method in free if method.kind in chosen]
    places = _cards(run, picked)
    index, known = int(examples.entries[at]["index"]), answers.asked(run)
    questions = {
        method.kind: answers.question(part, index, target, method.asked(_settings(run, method))) for method in picked
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


def _cards(run: RunFolder, picked: list[Method]) -> dict[str, Any]:
    """A card for each method: its name, the place for its answer, and its settings. Returns the places."""
    places = {}
    with st.container(key="answers"):
        for method in picked:
            with st.container(border=True, key=f"answer-{method.kind}"):
                st.markdown(f"**{method.kind}**", help=f"{method.about}\n\n{method.paper}")
                places[method.kind] = st.container()
                _settings_form(run, method)
    return places


def _settings(run: RunFolder, method: Method) -> dict[str, Any]:
    """What this session has set for a method; empty: all as it comes."""
    return dict(st.session_state.get(f"{run.id}.{method.kind}.settings", {}))


def _settings_form(run: RunFolder, method: Method) -> None:
    """The fold with a method's settings; other settings are another question."""
    if method.part is None or not method.part.settings():
        return
    key, now = f"{run.id}.{method.kind}", _settings(run, method)
    fold = st.expander(
        f"Settings \u2002 :gray[{summary(method.part, now)}]", key=f"{key}.fold", type="compact", on_change="rerun"
    )
    if fold.open:
        with fold:
            new = part_form(method.part, now, f"{key}.form")
        if new != now:
            st.session_state[f"{key}.settings"] = new
            again()
