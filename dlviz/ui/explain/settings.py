"""The settings of a method or study, chosen on the page: a session keeps them; other settings are another question."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.part import Part
from dlviz.training.folder import RunFolder
from dlviz.ui.explain import concept
from dlviz.ui.explain.methods import known
from dlviz.ui.form import part_form, summary
from dlviz.ui.named import idle
from dlviz.ui.recipe import again, stay_open


def chosen_settings(run: RunFolder, kind: str) -> dict[str, Any]:
    """What this session has set for a method; empty: all as it comes."""
    return dict(st.session_state.get(f"{run.id}.{kind}.settings", {}))


def asked_first(run: RunFolder, kind: str, part: type[Part] | None) -> str | None:
    """What a part cannot be asked without: the concept that its user has in mind. Returns what is still lacking, in a
    sentence; None: nothing."""
    if part is None or not _shown_by_examples(part):
        return None
    key, now = f"{run.id}.{kind}", chosen_settings(run, kind)
    new, lacks = concept.form(run, now, known(run), f"{key}.concept")
    if new != now:
        st.session_state[f"{key}.settings"] = new
    return lacks


def settings_fold(run: RunFolder, kind: str, part: type[Part] | None) -> None:
    """The fold with the settings of a part."""
    if part is None or not part.settings():
        return
    key, now, there = f"{run.id}.{kind}", chosen_settings(run, kind), known(run)
    hidden = concept.SETTINGS if _shown_by_examples(part) else ()
    unused = [one.name for one in part.settings() if idle(part, one, now, there)]
    label = f"Settings \u2002 :gray[{summary(part, now, hide=[*hidden, *unused])}]"
    stay_open(f"{key}.fold", label)
    fold = st.expander(label, key=f"{key}.fold", type="compact", on_change="rerun")
    st.session_state[f"{key}.fold~open"] = fold.open
    if fold.open:
        with fold:
            new = part_form(part, now, f"{key}.form", hide=hidden, known=there)
        if new != now:
            st.session_state[f"{key}.settings"] = new
            again()


def _shown_by_examples(part: type[Part]) -> bool:
    return any(setting.names == "example" for setting in part.settings())
