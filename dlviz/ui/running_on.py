"""On what a run computes, and why: threads, number format, layout, kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def show(now: Mapping[str, Any]) -> None:
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
