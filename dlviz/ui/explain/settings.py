"""The settings of a method or study, chosen on the page: a session keeps them; other settings are another question."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.part import Part
from dlviz.training.folder import RunFolder
from dlviz.ui.explain import concept
from dlviz.ui.form import part_form, summary
from dlviz.ui.recipe import again


def chosen_settings(run: RunFolder, kind: str) -> dict[str, Any]:
    """What this session has set for a method; empty: all as it comes."""
    return dict(st.session_state.get(f"{run.id}.{kind}.settings", {}))


def settings_fold(run: RunFolder, kind: str, part: type[Part] | None) -> None:
    """The fold with the settings of a part."""
    if part is None or not part.settings():
        return
    key, now = f"{run.id}.{kind}", chosen_settings(run, kind)
    fold = st.expander(
        f"Settings \u2002 :gray[{summary(part, now)}]", key=f"{key}.fold", type="compact", on_change="rerun"
    )
    if fold.open:
        with fold:
            # places on the server's disk are not for a browser to name: pictures are taken in
            places = [setting.name for setting in part.settings() if setting.widget == "path"]
            new = part_form(part, now, f"{key}.form", hide=places)
            for name in places:
                place = concept.pictures(f"{key}.{name}.pictures")
                if place is not None:
                    new = {**new, name: place}
        if new != now:
            st.session_state[f"{key}.settings"] = new
            again()
