"""The same experiment as text: its PyTorch code, its spec; and a spec opened as a draft."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.ui import experiment, networks, state

#: No spec that a person wrote is longer; a longer text is not read at all.
_LONGEST = 2_000_000


def sheets(draft: str, document: dict[str, Any]) -> None:
    """A fold with the code, the spec, and a place to open another one."""
    fold = st.expander(
        "**As text** \u2002 :gray[PyTorch code, spec, open a spec]", key=f"{draft}.fold.text", icon=":material/code:",
        on_change="rerun",
    )  # fmt: skip
    if not fold.open:
        return
    with fold:
        code, spec, other = st.tabs(["PyTorch", "Spec", "Open a spec"], key=f"{draft}.sheets")
        with code:
            _code(draft, document)
        with spec:
            _spec(draft, document)
        with other:
            _open(draft)


def _code(draft: str, document: dict[str, Any]) -> None:
    st.caption("The drawing as PyTorch. It runs as it stands, without dlviz.")
    try:
        text = networks.code(document["networks"], experiment.roles(document), experiment.task(document).adds)
    except WrongInput as error:
        st.info(str(error), icon=":material/info:")
        return
    st.code(text, language="python", height=420)
    st.download_button(
        "Download network.py", text, "network.py", "text/x-python", icon=":material/download:", key=f"{draft}.py",
        on_click="ignore",
    )  # fmt: skip


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
