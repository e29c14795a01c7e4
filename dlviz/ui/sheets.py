"""The same experiment as text: its spec; and a spec opened as a draft. (Its code stands beside the drawing board.)"""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui import experiment, state

#: No spec that a person wrote is longer; a longer text is not read at all.
_LONGEST = 2_000_000


def sheets(draft: str, document: dict[str, Any]) -> None:
    """A fold with the spec, and a place to open another one."""
    fold = st.expander(
        "**As a spec** \u2002 :gray[the whole experiment as text; open another]", key=f"{draft}.fold.text",
        icon=":material/description:", on_change="rerun",
    )  # fmt: skip
    if not fold.open:
        return
    with fold:
        spec, other = st.tabs(["Spec", "Open a spec"], key=f"{draft}.sheets")
        with spec:
            _spec(draft, document)
        with other:
            _open(draft)


def _spec(draft: str, document: dict[str, Any]) -> None:
    st.caption("The whole experiment as one document. `dlviz train spec.yaml` trains it from a terminal.")
    try:
        text = experiment.as_yaml(document)
    except WrongInput as error:
        st.info(str(error), icon=":material/info:")
        return
    st.code(text, language="yaml", height=420)
    st.download_button(
        "Download spec.yaml", text, "spec.yaml", "application/yaml", icon=":material/download:", key=f"{draft}.yaml",
        on_click="ignore",
    )  # fmt: skip


def _open(draft: str) -> None:
    st.caption("Paste a spec or choose a file. It opens as a new draft; this one stays as it is.")
    pasted = st.text_area("Spec as YAML or JSON", key=f"{draft}.pasted", height=200, max_chars=_LONGEST)
    file = st.file_uploader("Or a file", ["yaml", "yml", "json"], key=f"{draft}.file", max_upload_size=2)
    if st.button("Open as a new draft", key=f"{draft}.open", icon=":material/file_open:"):
        try:
            text = file.getvalue().decode("utf-8") if file is not None else pasted
            if not text.strip():
                raise WrongInput("There is nothing to open yet: paste a spec or choose a file first.")
            new = state.drafts().new(experiment.opened(text))
        except UnicodeDecodeError:
            st.error("The file is not text in UTF-8, so it is no spec.", icon=":material/error:")
        except WrongInput as error:
            st.error(str(error), icon=":material/error:")
        else:
            state.remember(draft=new)
            st.rerun()
