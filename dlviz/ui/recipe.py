"""How a network learns, as folds with a line each: optimizer, schedule, regularizers, augmentations, training, seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dlviz.core.part import Part
from dlviz.ui import experiment, state, words
from dlviz.ui.field import agree, follow
from dlviz.ui.form import Document, family_form, list_form, part_form, summary


def recipe(draft: str, document: Document) -> None:
    """The folds. Each closed one says in a line what is in it; an open one is a form."""
    _task(draft, document["task"])
    optimization = document["optimization"]
    for slot, icon in (("optimizer", ":material/directions_run:"), ("schedule", ":material/timeline:")):
        _one(draft, slot, icon, optimization[slot])
    _several(draft, "regularizers", ":material/balance:", optimization["regularizers"], None)
    _several(draft, "augmentations", ":material/auto_awesome_motion:", optimization["augmentations"], _fits(document))
    _training(draft, document["training"])
    _seed(draft, document)


def _fold(draft: str, name: str, icon: str, line: str) -> Any:
    """A fold with `line` in its head; `.open` says whether its content is to be drawn."""
    key, label = f"{draft}.fold.{name}", f"**{name.capitalize()}** \u2002 :gray[{_plain(line)}]"
    stay_open(key, label)
    fold = st.expander(label, key=key, icon=icon, on_change="rerun")
    st.session_state[f"{key}~open"] = fold.open
    return fold


def stay_open(key: str, label: str) -> None:
    """To Streamlit, a fold with another label is another fold, and closed: one whose line tells of an edit that has
    just been made in it stays open."""
    said = f"{key}~label"
    if st.session_state.get(said, label) != label and st.session_state.get(f"{key}~open"):
        st.session_state[key] = True
    st.session_state[said] = label


def _task(draft: str, document: Document) -> None:
    """The task's own settings, where it has any."""
    from dlviz.tasks.task import Task

    part = Task.kinds()[document["kind"]]
    if not part.settings():
        return
    fold = _fold(draft, "task", ":material/target:", _line(Task, document))
    if fold.open:
        with fold:
            st.caption(part.about())
            new = part_form(part, document, f"{draft}.task~form", columns=3)
        _put(draft, ("task",), new)


def _one(draft: str, slot: str, icon: str, part: Document) -> None:
    family = experiment.family(f"{slot}s")
    fold = _fold(draft, slot, icon, _line(family, part))
    if fold.open:
        with fold:
            new = family_form(family, part, f"{draft}.{slot}", label=slot.capitalize(), columns=3)
        _put(draft, ("optimization", slot), new)


def _several(
    draft: str, slot: str, icon: str, parts: list[Document], why_not: Callable[[type[Part]], str | None] | None
) -> None:
    family = experiment.family(slot)
    fold = _fold(draft, slot, icon, "; ".join(_line(family, part) for part in parts) or "none")
    if fold.open:
        with fold:
            new = list_form(family, parts, f"{draft}.{slot}", empty=family.about(), add="Add one", why_not=why_not)
        _put(draft, ("optimization", slot), new)


def _fits(document: Document) -> Callable[[type[Part]], str | None]:
    """Asks an augmentation whether it can serve the draft's data."""
    fields = experiment.fields(document)

    def why_not(part: type[Part]) -> str | None:
        made: Any = part()
        answer: str | None = made.why_not(fields.inputs, fields.targets)
        return answer

    return why_not


def _training(draft: str, training: Document) -> None:
    from dlviz.training.recipe import Training

    line = f"{training['epochs']:,} epochs, {training['batch_size']:,} examples a step"
    stopping = training.get("early_stopping")
    line += f", stops after {stopping.get('patience', 5)} epochs without a gain" if stopping else ""
    fold = _fold(draft, "training", ":material/schedule:", line)
    if fold.open:
        with fold:
            new = part_form(Training, training, f"{draft}.training", columns=3)
        _put(draft, ("training",), new)


def _seed(draft: str, document: Document) -> None:
    title = str(document.get("title", ""))
    fold = _fold(draft, "title and seed", ":material/casino:", f"{title or 'no title'}, seed {document['seed']}")
    if not fold.open:
        return
    with fold:
        left, right = st.columns([2, 1], gap="medium")
        title = left.text_input(
            "Title", value=follow(f"{draft}.title", title), key=f"{draft}.title", max_chars=120,
            help="How the run is called in lists.",
        )  # fmt: skip
        seed = right.number_input(
            "Seed", min_value=0, max_value=2**53, value=follow(f"{draft}.seed", int(document["seed"])), step=1,
            key=f"{draft}.seed",
            help="All chance of a run comes from this number: the same seed gives the same run.",
        )  # fmt: skip
    agree(f"{draft}.title")
    agree(f"{draft}.seed")
    if title != str(document.get("title", "")):
        _put(draft, ("title",), title)
    _put(draft, ("seed",), int(seed))


def _put(draft: str, way: tuple[str, ...], value: Any) -> None:
    """Write `value` into the draft at `way`, where it differs, and draw the page's summaries anew."""

    def place(document: Document) -> Document:
        for step in way[:-1]:
            document = document[step]
        return document

    def put(document: Document) -> Document:
        place(document)[way[-1]] = value
        return document

    if place(state.drafts().read(draft)).get(way[-1]) != value:
        state.drafts().change(draft, put)  # the drawing board may write just now, too: this one setting alone changes
        again()


def again() -> None:
    """Run the fragment once more, or the page where it runs as a whole."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:  # the page runs as a whole just now
        st.rerun()


def _line(family: type[Part], document: Document) -> str:
    part = family.kinds().get(str(document.get("kind")))
    if part is None:
        return str(document.get("kind"))
    said, name = summary(part, document), words.task(part.kind())
    return f"{name}, {said}" if said else name


def _plain(text: str) -> str:
    """Text that markdown leaves as it is inside a coloured span."""
    return text.replace("[", "(").replace("]", ")").replace("*", "×")
