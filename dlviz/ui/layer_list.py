"""The component that shows a network as a list with its branches drawn beside it, and sends back what is done to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from dlviz.ui import layer_menu, palette
from dlviz.ui.edits import Entries, settings
from dlviz.ui.form import summary
from dlviz.ui.networks import Checked, dims, layers


def layer_list(
    entries: Entries,
    checked: Checked,
    *,
    key: str,
    selected: str | None,
    say: str,
    act: Callable[[dict[str, Any]], None],
    dark: bool,
) -> None:
    """Draw the list. What the user does comes to `act` before the page runs again:
    `{"do": "select" | "add" | "remove" | "up" | "down" | "duplicate" | "mend" | "undo" | "redo", …}`."""

    def changed() -> None:
        done = st.session_state[key].get("act")
        if done:
            act(done)

    data = {
        "rows": rows(entries, checked, dark),
        "menu": layer_menu.address(),
        "dark": dark,
        "selected": selected,
        "total": [_problem(fault) for fault in checked.at("")],
        "say": say,
    }
    _component()(key=key, data=data, on_act_change=changed)


def rows(entries: Entries, checked: Checked, dark: bool) -> list[dict[str, Any]]:
    """One row a layer, as the component draws it."""
    known, report = layers(), checked.report
    total = report.flops or 1
    made = []
    for entry in entries:
        part = known.get(entry["kind"])
        node = report.nodes.get(entry["name"])
        made.append(
            {
                "name": entry["name"],
                "kind": entry["kind"],
                "color": palette.group(part.group if part else "shape", dark),
                "settings": summary(part, settings(entry)) if part else "",
                "shape": dims(node.shape) if node else "",
                "dimensions": len(node.shape) if node and node.shape is not None else None,
                "parameters": node.parameters if node else 0,
                "share": node.flops / total if node else 0,
                "inputs": entry["inputs"],
                "problems": [_problem(fault) for fault in checked.at(entry["name"])],
            }
        )
    return made


def _problem(fault: Any) -> dict[str, Any]:
    return {"message": fault.message, "remedies": [mend.title for mend in fault.mends]}


@cache
def _component() -> Any:
    html = '<div class="layers"></div>'  # goes with every message; what is in it comes with the script, once
    return st.components.v2.component("dlviz.layer_list", html=html, css="layer_list.css", js="layer_list.js")
