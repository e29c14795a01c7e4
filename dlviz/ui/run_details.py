"""What few need of a run: the whole spec, the log, where it lies."""

from __future__ import annotations

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui import folds, run_controls


def details(run: RunFolder) -> None:
    """The fold with the spec and the log."""
    fold = folds.section("details", "Details", ":material/notes:", open=False)
    if not fold.open:
        return
    with fold:
        import yaml

        text = yaml.safe_dump(run.spec_document(), sort_keys=False, allow_unicode=True, width=100)
        st.caption(f"Run {run.id}, kept in {run.path}")
        st.code(text, language="yaml", height=320)
        with st.container(horizontal=True):
            st.download_button("Download the spec", text, f"{run.id}.yaml", icon=":material/download:", key="spec")
            run_controls.log(run, "log-below")
