"""The model card of a run: made on demand, looked at and taken away."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui.explain import answers

_SAYS = (
    "How good it is and where it is weak, whether it is right as often as it says, its hardest examples, what it goes "
    "by, and its limits: one page that opens anywhere, without a server."
)


def show(run: RunFolder) -> None:
    """The button that makes it, and what came of it."""
    with st.container(border=True, key="model-card"):
        st.markdown("**Model card**")
        answers.once(
            run, "report", _SAYS, "Write it", ":material/description:", lambda key, folder: _card(run, folder, key)
        )


def _card(run: RunFolder, folder: Path, key: str) -> None:
    page, text = folder / "report.html", folder / "report.md"
    if not page.is_file() or not text.is_file():
        st.info("The card was taken away. Write it again.")
        return
    with st.container(horizontal=True):
        st.download_button(
            "HTML", page.read_bytes(), f"{run.id}.html", "text/html", key=f"{key}.html", icon=":material/download:"
        )
        st.download_button(
            "Markdown", text.read_bytes(), f"{run.id}.md", "text/markdown", key=f"{key}.md", icon=":material/download:"
        )
    st.iframe(page.read_text(encoding="utf-8"), height=720)
