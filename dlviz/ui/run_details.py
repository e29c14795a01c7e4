"""What few need of a run: the whole spec, the log, where it lies; on what it computes, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def running_on(now: Mapping[str, Any]) -> None:
    """On what the run computes, in a line; behind it the reasons, and what was tried and declined."""
    found = now.get("running_on")
    if not isinstance(found, Mapping) or not found.get("title"):
        return
    with st.popover(f"Running on: {found['title']}", type="tertiary", icon=":material/speed:", key="running-on"):
        because, declined = _sentences(found.get("because")), _sentences(found.get("declined"))
        st.markdown("**Why so**")
        st.markdown("\n".join(f"- {each}" for each in because) or "It is what this network and machine are fastest on.")
        if declined:
            st.markdown("**Tried, and not taken**")
            st.markdown("\n".join(f"- {each}" for each in declined))
        st.caption("Each of these can be pinned in Build, under Training, Advanced.")


def _sentences(found: Any) -> list[str]:
    return [str(each) for each in found] if isinstance(found, list) else []
