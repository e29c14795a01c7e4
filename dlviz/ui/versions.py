"""Versions of a draft: kept with a title, compared side by side, opened as drafts of their own."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.runs.drafts import LONGEST_TITLE, Kept
from dlviz.ui import experiment, state
from dlviz.ui.differences import differing
from dlviz.ui.recipe import again
from dlviz.ui.thumbnail import thumbnail
from dlviz.ui.words import ago

NOW = "as it stands now"
#: Width and height of each of two pictures beside each other, in pixels.
_SIDE = (420, 460)


@st.dialog("Versions", width="large", icon=":material/history:")
def versions(draft: str) -> None:
    """Keep the version that stands now; look at those kept before."""
    st.markdown(":gray[Undo reaches every step by itself. Keep a version to find it by its name, and to compare.]")
    _keep(draft)
    kept = state.drafts().kept(draft)
    if not kept:
        return
    for one in reversed(kept):
        _row(draft, one)
    _compare(draft, kept)


def _keep(draft: str) -> None:
    with (
        st.form("keep-version", clear_on_submit=True, border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        title = st.text_input(
            "Keep this version as", max_chars=LONGEST_TITLE, placeholder="With a skip", key="keep-title"
        )
        pressed = st.form_submit_button("Keep", icon=":material/bookmark_add:")
    if pressed:
        try:
            state.drafts().keep(draft, title)
        except WrongInput as error:
            st.error(str(error), icon=":material/error:")


def _row(draft: str, one: Kept) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"version-{one.number}"):
        st.markdown(f"**{_plain(one.title)}** :gray[{ago(one.when)}]")
        if st.button("Open as a new draft", key=f"open-version-{one.number}", icon=":material/file_open:"):
            new = state.drafts().new(state.drafts().version(draft, one.number))
            state.remember(draft=new)
            st.rerun()
        if st.button("Drop", key=f"drop-version-{one.number}", icon=":material/delete:", help="Forget this title."):
            state.drafts().drop(draft, one.number)
            again()


def _compare(draft: str, kept: list[Kept]) -> None:
    st.subheader("Side by side", anchor=False)
    numbers: dict[str, int] = {NOW: state.drafts().at(draft)}
    for one in kept:
        numbers[one.title if one.title not in numbers else f"{one.title} ({one.number})"] = one.number
    names = list(numbers)
    found = []
    sides = (("Left", len(names) - 1), ("Right", 0))  # the newest that was kept, and what became of it
    columns = st.columns(2, gap="medium")
    for column, (label, start) in zip(columns, sides, strict=True):
        name = column.selectbox(label, names, key=f"compare-{label}", index=start)
        found.append((str(name), experiment.completed(state.drafts().version(draft, numbers[str(name)]))))
    (_, before), (_, after) = found
    both = _ringed(before, after)
    for column, (name, document), ringed in zip(columns, found, both, strict=True):
        column.html(thumbnail(document, document["networks"], f"The network {name}", *_SIDE, True, ringed))
    lines = told(before, after)
    if not lines:
        st.markdown(":material/check: They are the same.")
    elif any(both):
        st.caption("Ringed: the layers that differ.")
    for line in lines:
        st.markdown(f"- {line}")


def _ringed(one: dict[str, Any], other: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The paths of the nodes that differ, in the first version and in the second."""
    from dlviz.network.difference import networks_difference

    steps = [
        (role, step)
        for role, each in networks_difference(one["networks"], other["networks"]).items()
        for step in each.steps
    ]
    return (
        {f"{role}.{step.before}" for role, step in steps if step.before},
        {f"{role}.{step.path}" for role, step in steps if step.change != "removed"},
    )


def told(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What has to be done to the first version to get the second, a sentence each: the drawing first, then the rest."""
    from dlviz.network.difference import networks_difference

    found = networks_difference(one["networks"], other["networks"])
    lines = [
        f"**{role.capitalize()}**: {sentence}" if len(found) > 1 else sentence
        for role, difference in found.items()
        for sentence in difference.sentences()
    ]
    rest = [{key: value for key, value in each.items() if key != "networks"} for each in (one, other)]
    return lines + [f"`{place}`: {before} → {after}" for place, (before, after) in differing(rest).items()]


def _plain(title: str) -> str:
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|$:~" else letter for letter in title)
