"""The drawing board of the page Build: one role's network as a list, the chosen layer's settings beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui import chrome, edits, experiment, networks, state
from dlviz.ui.edits import Entries
from dlviz.ui.field import agree, follow
from dlviz.ui.form import part_form
from dlviz.ui.layer_list import layer_list
from dlviz.ui.networks import Checked, dims
from dlviz.ui.recipe import again
from dlviz.ui.words import count, number


@dataclass
class Board:
    """A draft's network of one role on the drawing board. Everything that matters is in the draft on disk; it is read
    once a run of the page, and again before anything is done to it."""

    draft: str
    role: str
    _read: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        if self._read is None:
            self._read = state.drafts().read(self.draft)
        return self._read

    def entries(self) -> Entries:
        return list(self.document()["networks"][self.role])

    def write(self, entries: Entries) -> None:
        """Put the network into the draft, as one step that can be undone."""
        drafts = state.drafts()
        document = drafts.read(self.draft)
        if document["networks"][self.role] != entries:
            document["networks"][self.role] = entries
            drafts.write(self.draft, document)
        self._read = document

    @property
    def selected(self) -> str | None:
        name = st.session_state.get(f"{self.draft}.{self.role}.selected")
        return str(name) if name else None

    @selected.setter
    def selected(self, name: str | None) -> None:
        st.session_state[f"{self.draft}.{self.role}.selected"] = name

    def say(self, text: str) -> None:
        """Tell a screen reader what has just been done."""
        st.session_state[f"{self.draft}.say"] = text

    def checked(self) -> Checked:
        document = self.document()
        return networks.check(document["networks"][self.role], experiment.roles(document)[self.role])

    def act(self, done: dict[str, Any]) -> None:
        """Do what the list of layers asks for."""
        self._read = None  # another tab may have been here since
        entries, node = self.entries(), done.get("node")
        match done["do"]:
            case "select":
                self.selected = node
            case "add":
                part = networks.layers()[done["kind"]]
                entries, self.selected = edits.add(
                    entries, done["kind"], done.get("after"), source=part.inputs[1] == 0,
                    new=edits.settings(part.clicked().document(brief=True)),
                )  # fmt: skip
                self.say(f"{done['kind']} added.")
            case "remove":
                place = next((n for n, entry in enumerate(entries) if entry["name"] == node), 0)
                entries = edits.remove(entries, str(node))
                self.selected = entries[min(place, len(entries) - 1)]["name"] if entries else None
                self.say(f"{node} removed.")
            case "up" | "down":
                moved = edits.move(entries, str(node), -1 if done["do"] == "up" else 1)
                self.say(f"{node} moved {done['do']}." if moved != entries else f"{node} cannot move further here.")
                entries, self.selected = moved, node
            case "duplicate":
                entries, self.selected = edits.duplicate(entries, str(node))
                self.say(f"{node} duplicated.")
            case "mend":
                self._mend(done)
                return
            case "undo":
                state.drafts().undo(self.draft)
                self.say("Undone.")
                return
            case "redo":
                state.drafts().redo(self.draft)
                self.say("Redone.")
                return
        self.write(entries)

    def _mend(self, done: dict[str, Any]) -> None:
        for fault in self.checked().at(done["node"]):
            if fault.message == done["message"] and done["choice"] < len(fault.mends):
                mend = fault.mends[done["choice"]]
                self.write(mend.entries)
                self.say(f"{mend.title}: done.")
                return


def board(draft: str, role: str) -> Checked:
    """Draw the network of `role`: list on the left, the chosen layer on the right. Returns what is known of it.

    The list is sent first: what an edit did to the shapes is then on the screen before the panel's fields are. Where
    the panel in turn edits the network, all is drawn again.
    """
    here = Board(draft, role)
    left, right = st.columns([5, 3], gap="large")
    drawn, checked = here.entries(), here.checked()
    with left:
        if not here.entries():
            st.markdown("This network has no layer yet. Begin with an **Input**: where the data comes in.")
        layer_list(
            here.entries(), checked, key=f"{draft}.{role}.list", selected=here.selected,
            say=st.session_state.get(f"{draft}.say", ""), act=here.act, dark=chrome.dark(),
        )  # fmt: skip
    with right, st.container(border=True, key="layer-panel"):
        entry = edits.find(drawn, here.selected)
        if entry is None:
            _nothing_selected(here)
        else:
            _panel(here, entry)
    if here.entries() != drawn:
        again()
    return checked


def _nothing_selected(here: Board) -> None:
    role = experiment.roles(here.document())[here.role]
    st.markdown("**The network as a whole**")
    takes = ", ".join(f"{name} ({dims(shape)})" for name, shape in role.inputs.items())
    st.markdown(f"It takes {takes}" + (f" and must give {dims(role.output)}." if role.output is not None else "."))
    if role.about:
        st.caption(role.about)
    st.caption("Choose a layer in the list to change its settings. Keys: ↑ ↓ to walk, A to add, Alt+↑ ↓ to move, "
               "Delete to remove, Ctrl+D to duplicate, Ctrl+Z to undo.")  # fmt: skip


def _panel(here: Board, entry: edits.Entry) -> None:
    part = networks.layers().get(entry["kind"])
    if part is None:
        st.error(f"There is no layer called {entry['kind']}.")
        return
    name = entry["name"]
    key = f"{here.draft}.{here.role}.{name}"
    st.markdown(f"**{part.kind()}**")
    st.caption(part.about())
    new = part_form(part, edits.settings(entry), key)
    if new != edits.settings(entry):
        here.write(edits.change(here.entries(), name, new))
    _wiring(here, entry, part.inputs, key)
    facts = here.checked().report.nodes.get(name)
    if facts is not None and facts.shape is not None:
        came = ", ".join(dims(shape) for shape in facts.inputs) or "–"
        st.caption(
            f"In: {came} · out: **{dims(facts.shape)}** · {count(facts.parameters, 'weight')} · "
            f"{number(facts.flops)} operations for one example"
        )


def _wiring(here: Board, entry: edits.Entry, takes: tuple[int, int | None], key: str) -> None:
    """The layer's inputs and name. Only layers that do not follow from it can be its inputs: data flows one way."""
    name = entry["name"]
    if takes[1] != 0:
        entries = here.entries()
        barred = {name, *_followers(entries, name)}
        free = [other["name"] for other in entries if other["name"] not in barred]
        follow(f"{key}~inputs", [item for item in entry["inputs"] if item in free])
        chosen = st.multiselect(
            "Inputs", free, key=f"{key}~inputs", max_selections=takes[1], placeholder="where its data comes from",
            help="Which layers this one reads. Several make a branch meet again (Add, Concat).",
        )  # fmt: skip
        agree(f"{key}~inputs")
        if chosen != entry["inputs"]:
            here.write(edits.connect(entries, name, chosen))
    follow(f"{key}~name", name)
    new = st.text_input("Name", key=f"{key}~name", help="Its name in the code.").strip()
    if new != name:
        try:
            here.write(edits.rename(here.entries(), name, new))
            here.selected = new
        except WrongInput as error:
            st.error(str(error), icon=":material/error:")


def _followers(entries: Entries, name: str) -> set[str]:
    """Every layer that the output of `name` reaches."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for reader in edits.readers(entries, waiting.pop()):
            if reader["name"] not in found:
                found.add(reader["name"])
                waiting.append(reader["name"])
    return found
