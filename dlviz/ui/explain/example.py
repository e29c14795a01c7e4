"""The example that is explained: chosen from the gallery, shown large, with the classes that one asks about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dlviz.core.values import Table, Value, Vector
from dlviz.training.folder import RunFolder
from dlviz.ui import figures
from dlviz.ui.gallery import Gallery, gallery, parts
from dlviz.ui.picker import picker
from dlviz.ui.probabilities import bars
from dlviz.ui.words import number, percent

#: How the name of what stands at a place of a text goes on: "cat at place 3".
_AT = " at place "
#: So many examples are shown at first.
_SHOWN = 22


@dataclass(frozen=True)
class Chosen:
    """An example of a part, and what is asked about it: `target` None: what the network says; `against`: the class that
    it is held against."""

    part: str
    index: int
    target: int | None
    against: int | None
    examples: Gallery
    at: int

    def question(self) -> dict[str, Any]:
        """The part of a question that says what it is about."""
        asked = {"part": self.part, "index": self.index, "target": self.target}
        return asked if self.against is None else {**asked, "against": self.against}


def choose(run: RunFolder) -> Chosen | None:
    """The pickers, and the chosen example; None where there is none."""
    name, here = run.id, parts(run)
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
        return None
    target, against = _example(name, examples, part, at)
    return Chosen(part, int(examples.entries[at]["index"]), target, against, examples, at)


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


def _example(name: str, examples: Gallery, part: str, at: int) -> tuple[int | None, int | None]:
    """The example large, what the network says of it, and what is to be explained: (target, against)."""
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
            return _classes(f"{name}.{part}.{at}", examples, entry)
        if examples.worded:
            return _worded(f"{name}.{part}.{at}", examples, at)
        said, true = (f"{number(entry[key])} {examples.unit}".strip() for key in ("prediction", "target"))
        st.subheader(f"Why {said}?", anchor=False)
        st.markdown(f"The network says **{said}** for {examples.target}; it is **{true}**.")
    return None, None


def _worded(key: str, examples: Gallery, at: int) -> tuple[int, int | None]:
    """Of an answer that takes words: what is said, and which part of it is to be explained."""
    entry, names = examples.entries[at], dict(examples.choices(at))
    st.subheader(f"Why {entry['said']}?", anchor=False)
    verdict = "That is **right**." if entry["wrong"] is False else f"It is **{entry['true']}**."
    st.markdown(f"The network says **{entry['said']}**. {verdict}")
    targets = list(names)
    chosen: int = st.selectbox(
        "Explain what speaks for", targets, key=f"{key}.target", format_func=names.__getitem__, filter_mode="contains",
        index=targets.index(entry["prediction"]) if entry["prediction"] in names else 0,
    )  # fmt: skip
    others = _beside(examples, at, chosen)
    against: int | None = st.selectbox(
        "and not for", others, index=None, key=f"{key}.{chosen}.against", format_func=names.__getitem__,
        placeholder="anything else (the score itself)", filter_mode="contains",
        help="Hold it against another one: then it is explained what speaks for the one rather than for the other.",
    )  # fmt: skip
    return chosen, against


def _beside(examples: Gallery, at: int, chosen: int) -> list[int]:
    """What a choice can be held against: where it lies at a place of a text, what else may stand just there."""
    named = {int(target): str(name) for target, name, _ in examples.entries[at]["choices"]}
    _, there, place = named.get(chosen, "").rpartition(_AT)
    return [
        target for target, name in named.items() if target != chosen and (not there or name.endswith(f"{_AT}{place}"))
    ]


def _classes(key: str, examples: Gallery, entry: dict[str, Any]) -> tuple[int, int | None]:
    names = list(range(len(examples.classes)))
    chosen: int = st.selectbox(
        "Explain what speaks for", names, index=entry["prediction"], key=f"{key}.target",
        format_func=lambda place: _class(examples, entry, place), filter_mode="contains",
        help="Any class can be asked about: why this one, and why not another?",
    )  # fmt: skip
    others = [place for place in names if place != chosen]
    against: int | None = st.selectbox(
        "and not for", others, index=None, key=f"{key}.{chosen}.against", placeholder="any other (the score itself)",
        format_func=lambda place: _class(examples, entry, place), filter_mode="contains",
        help="Hold it against another class: then it is explained what speaks for the one rather than for the other.",
    )  # fmt: skip
    return chosen, against


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
