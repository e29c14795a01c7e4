"""Runs side by side: curves overlaid, settings that differ; open, clone, delete and bring back."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.training.folder import ACTIVE
from dlviz.ui import chrome, state, words
from dlviz.ui.components.live_chart import live_chart
from dlviz.ui.differences import differing, worded
from dlviz.ui.overview import Overview, overviews
from dlviz.ui.run_list import labels

#: So many runs are drawn together. More than eight share colours: the key shows them one at a time.
MOST = 50
#: So many of the ticked ones are named above their curves.
_NAMED = 3


def show(marked: Sequence[Overview], found: Sequence[Overview]) -> None:
    """The chosen runs (else the newest), what can be done with them, their curves and their differences."""
    _buttons(marked)
    shown = [each for each in (marked or found[:3]) if each.run.events_file.exists()][:MOST]
    names = labels(shown)
    _told(marked, names)
    if not shown:
        return
    live_chart([(each.id, name) for each, name in zip(shown, names, strict=True)], key="compare")
    if len(shown) > 1:
        _differences(shown, names)


def _told(marked: Sequence[Overview], names: Sequence[str]) -> None:
    """Which runs are drawn, always in one line: a ticked row may be out of sight, and what is below must not move."""
    if not marked:
        newest = "the newest run" if len(names) == 1 else f"the newest {len(names)} runs"
        st.caption(f"Tick rows to compare them. Shown: {newest}." if names else "Tick rows to compare them.")
    elif len(marked) > MOST:
        st.caption(f"Shown: the first {MOST} of {len(marked)} chosen runs.")
    elif not names:
        st.caption("Nothing has been learned in the ticked rows yet.")
    else:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        st.caption(f"Ticked: {', '.join(_plain(name) for name in names[:_NAMED])}{more}.")


def _buttons(marked: Sequence[Overview]) -> None:
    one = len(marked) == 1
    active = [each for each in marked if each.status in ACTIVE]
    living = [each for each in marked if each.status in ("queued", *ACTIVE)]
    with st.container(horizontal=True, key="actions"):
        if st.button(
            "Open", type="primary", icon=":material/arrow_forward:", disabled=not one, key="open",
            help=None if one else "Tick one run in the table.",
        ):  # fmt: skip
            chrome.go("train", {"run": marked[0].id})
        if st.button(
            "Clone into Build", icon=":material/content_copy:", disabled=not one, key="clone",
            help="A new draft with this run's settings.",
        ):  # fmt: skip
            chrome.go("build", {"draft": state.drafts().new(marked[0].run.spec_document())})
        if st.button(
            "Stop", icon=":material/stop_circle:", disabled=not living, key="stop",
            help="Ends those that train and takes those that wait out of the queue; what was learned is kept.",
        ):  # fmt: skip
            _stop(living)
        if st.button(
            "Delete", icon=":material/delete:", disabled=not marked or bool(active), key="delete",
            help="A run that is still training must be stopped first." if active else "Can be undone for a week.",
        ):  # fmt: skip
            _delete(marked)


def _stop(living: Sequence[Overview]) -> None:
    for each in living:
        if not (each.status == "queued" and state.queue().withdraw(each.run)):
            each.run.command("stop")
    st.toast(f"Stopped: {words.count(len(living), 'run')}.", icon=":material/stop_circle:")


def _delete(marked: Sequence[Overview]) -> None:
    deleted = []
    for each in marked:
        try:
            state.store().delete(each.id)
            deleted.append(each.id)
        except WrongInput as error:
            st.toast(str(error), icon=":material/error:")
    st.session_state["deleted"] = deleted
    st.rerun()


def undo_bar() -> None:
    """After a deletion: what went, and the button that brings it back."""
    deleted = st.session_state.get("deleted")
    if not deleted:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="undo-bar"):
        st.markdown(f"{words.count(len(deleted), 'run')} deleted.", width="stretch")
        if st.button("Undo", icon=":material/undo:", key="undo"):
            for name in deleted:
                state.store().undelete(name)
            st.session_state["deleted"] = []
            st.rerun()


def trash() -> None:
    """Runs that were deleted within the last week."""
    store = state.store()
    if not store.trash.is_dir():
        return
    from dlviz.training.folder import RunFolder

    gone = overviews(RunFolder(path) for path in sorted(store.trash.iterdir(), reverse=True) if path.is_dir())
    if not gone:
        return
    with st.expander(f"Deleted runs ({len(gone)})", icon=":material/delete:"):
        st.caption("Kept for a week.")
        for each in gone[:50]:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{each.name} :gray[{words.ago(each.created)} · {each.figure}]", width="stretch")
                if st.button("Bring back", icon=":material/undo:", key=f"back-{each.id}", type="tertiary"):
                    store.undelete(each.id)
                    st.session_state["deleted"] = []
                    st.rerun()


def _differences(shown: Sequence[Overview], names: Sequence[str]) -> None:
    st.subheader("Settings that differ", anchor=False)
    rows = differing([each.run.spec_document() for each in shown])
    if not rows:
        st.caption("These runs have the same settings.")
        return
    columns: dict[str, list[str]] = {"Setting": [_plain(worded(place)) for place in rows]}
    for number, name in enumerate(names):
        columns[_plain(name)] = [_plain(said[number]) for said in rows.values()]
    with st.container(key="differences"):  # a plain table: its cells wrap, where the other kind would cut them
        st.table(columns, border="horizontal", hide_index=True)


def _plain(text: str) -> str:
    """A user's words as they are: nothing in them is markdown."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|$:~-])", r"\\\1", text)
