"""Begin with: the run whose weights a draft's training begins with, chosen before it starts, told afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui import experiment, folds, state
from dlviz.ui.overview import overview
from dlviz.ui.run_list import labels

#: How many of the newest runs are looked through, and how many are offered.
LOOKED, OFFERED = 100, 40
_CHANCE = "Weights drawn by chance"


def choice(draft: str, document: Mapping[str, Any]) -> None:
    """The fold in which a run is chosen whose weights the training begins with."""
    now = str((document.get("start") or {}).get("run") or "")
    fold = folds.section("begin-with", "Start from the weights of another run", ":material/move_down:", open=bool(now))
    if not fold.open:
        return
    with fold:
        st.caption(
            "What another run has learned is where this one begins: layers of the same name and size take its weights, "
            "texts are taken apart as there. A network that has learned to guess hidden words knows something of the "
            "language before it sees the first label."
        )
        runs = _trained(now)
        names = dict(zip([run.id for run in runs], labels([overview(run) for run in runs]), strict=True))
        options = ["", *names]
        chosen = st.selectbox(
            "Start from", options, index=options.index(now) if now in options else 0, key=f"{draft}.begin-with",
            format_func=lambda id: names.get(id, _CHANCE), filter_mode="contains",
        )  # fmt: skip
        if chosen != now:
            state.drafts().change(draft, lambda kept: _begun(kept, chosen))
            st.rerun()
        if now:
            try:
                experiment.fields(dict(document))
            except WrongInput as error:
                st.error(str(error), icon=":material/error:")


def told(now: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """What a run took over from the one it began with."""
    if document.get("start") and now.get("notes"):
        st.caption(":material/move_down: " + " ".join(map(str, now["notes"])))


def _begun(document: Mapping[str, Any], run: str) -> dict[str, Any]:
    rest = {key: value for key, value in document.items() if key != "start"}
    return {**rest, "start": {"run": run}} if run else rest


def _trained(now: str) -> list[RunFolder]:
    """The newest runs that have weights to begin with, the chosen one among them."""
    found = [
        run for run in state.store().runs()[:LOOKED] if run.id == now or read_record(run.checkpoints / "latest.json")
    ]
    kept = found[:OFFERED]
    return kept + [run for run in found[OFFERED:] if run.id == now]
