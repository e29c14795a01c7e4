"""The gallery of networks to start from: those made for the data, the well-known ones, and an empty board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dlviz.ui import experiment, state, words
from dlviz.ui.board.entries import Entries, explicit
from dlviz.ui.thumbnail import thumbnail

EMPTY = "Empty network"


@dataclass(frozen=True)
class Choice:
    """A network to start from. `why_not`: why it does not fit this data, in a sentence. `task`: another task, which it
    brings along."""

    title: str
    about: str
    paper: str = ""
    why_not: str | None = None
    task: dict[str, Any] | None = None


def choices(document: dict[str, Any]) -> list[Choice]:
    """All there are for a draft: its task's own starters, an empty board, the templates; those that fit come first."""
    from dlviz.templates.offers import for_

    own = [Choice(title, "Made for this task and data.") for title in experiment.starters(document)]
    empty = Choice(EMPTY, "Only the input: everything else is yours to add.")
    known = [
        Choice(offer.title, offer.about, offer.template.paper, None if offer.task else offer.why_not, offer.task)
        for offer in for_(experiment.task(document), experiment.fields(document))
    ]
    titles = {choice.title for choice in known if choice.why_not is None}
    return [choice for choice in own if choice.title not in titles] + [empty] + known


def networks(document: dict[str, Any], title: str) -> dict[str, Entries]:
    """The networks called `title`, by role."""
    if title == EMPTY:
        return {role: [{"name": "input", "kind": "Input", "inputs": []}] for role in experiment.roles(document)}
    offer = _offer(document, title)
    if offer is None:
        return experiment.starters(document)[title]
    made = offer.template.networks(experiment.task(document), experiment.fields(document))
    return {role: explicit(graph.document(brief=True)) for role, graph in made.items()}


def begun(document: dict[str, Any], title: str) -> dict[str, Any]:
    """The draft with the networks called `title`, and what they train best with where they say so."""
    offer = _offer(document, title)
    if offer is not None and offer.task is not None:
        kept = {key: value for key, value in document.items() if key not in ("networks", "optimization", "training")}
        document = experiment.completed({**kept, "task": offer.task})
    after = {**document, "networks": networks(document, title)}
    if offer is None:
        return after
    recipe = offer.template.recipe(experiment.task(document), experiment.fields(document))
    if not recipe:
        return after
    for part in ("optimization", "training"):
        after[part] = {**document.get(part, {}), **recipe.get(part, {})}
    return experiment.completed(after)


def _offer(document: dict[str, Any], title: str) -> Any:
    from dlviz.templates.offers import for_

    offers = for_(experiment.task(document), experiment.fields(document))
    return next((offer for offer in offers if offer.title == title and (offer.why_not is None or offer.task)), None)


@st.dialog("Start from", width="large", icon=":material/grid_view:")
def start_from(draft: str) -> None:
    """The gallery. What is chosen replaces the networks of the draft; undo brings them back."""
    document = experiment.completed(state.drafts().read(draft))
    st.markdown(":gray[What you choose takes the place of the network on the board. Undo brings yours back.]")
    known = choices(document)
    with st.container(key="cards-start"):
        for number, choice in enumerate(each for each in known if each.why_not is None):
            if _card(document, choice, number):
                state.drafts().write(draft, begun(document, choice.title))
                st.rerun()
    unfit = [choice for choice in known if choice.why_not is not None]
    if unfit:
        with st.expander(f"{len(unfit)} more, which do not fit this data", icon=":material/block:"):
            for choice in unfit:
                st.markdown(f"**{choice.title}** · {choice.about}  \n:gray[{choice.why_not}]")


def _card(document: dict[str, Any], choice: Choice, number: int) -> bool:
    """One card; the whole of it is the button."""
    with st.container(border=True, key=f"card-start-{number}", gap="xsmall"):
        after = begun(document, choice.title)
        st.html(thumbnail(after, after["networks"]))
        pressed = st.button(choice.title, key=f"start-{number}", type="tertiary", width="stretch")
        if choice.task:
            name = ", ".join(words.task(str(value)) for value in choice.task.values())
            st.markdown(f":material/target: brings the task **{name}**")
        st.markdown(f":gray[{choice.about}]")
        if choice.paper:
            st.caption(choice.paper)
    return pressed
