"""Try it: a text box in which one asks a trained network, its answer following as one types."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.values import Kind
from dlviz.training.folder import RunFolder
from dlviz.ui import try_route


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.try_it", html='<div class="dlviz-try"></div>', css="try_it.css", js="try_it.js", isolate_styles=False
    )


def show(run: RunFolder) -> None:
    """The box, where the run's network reads texts; else nothing."""
    fields = (read_record(run.path / "data.json") or {}).get("fields") or {}
    if not _reads_texts(fields):
        return
    task = run.spec_document().get("task")
    writes = (task.get("kind") if isinstance(task, dict) else task) == "LanguageModel"
    with st.container(border=True, key="try-it"):
        st.markdown("**Let it write**" if writes else "**Try it on a text of your own**")
        _component()(
            key=f"try-{run.id}",
            data={
                "run": run.id,
                "address": try_route.PATH.format(run=run.id),
                "step": run.state().get("step"),
                "writes": writes,
                "placeholder": "Begin a text, or leave it empty" if writes else "Type a sentence",
            },
        )


def _reads_texts(fields: Any) -> bool:
    """Whether all that goes in are texts, and something comes out."""
    inputs = [Kind.parse(kind) for kind in (fields.get("inputs") or {}).values()]
    return bool(inputs) and bool(fields.get("targets")) and all(k is not None and k.kind() == "Tokens" for k in inputs)
