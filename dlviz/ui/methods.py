"""Which explainers can serve a run, and the sentence of each that cannot. Imports torch, but only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dlviz.core.part import Part
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui.words import count


@dataclass(frozen=True)
class Method:
    """One explainer as the page offers it; `why_not`: the reason why it cannot serve this run; `part`: its
    declaration, where its settings are to be chosen."""

    kind: str
    about: str
    reading: str
    paper: str
    why_not: str | None
    part: type[Part] | None = None

    def asked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The method as a question names it: settings at their default are left out, so that one question has one
        form. Raises `WrongInput`."""
        if self.part is None:
            return {"kind": self.kind}
        made = self.part.parse({"kind": self.kind, **settings})
        assert made is not None
        return made.document(brief=True)


def methods(run: RunFolder) -> list[Method]:
    """All explainers, those that can serve first. Raises `WrongInput` where the run cannot be opened."""
    newest = run.checkpoints / "best.json"
    stamp = newest.stat().st_mtime_ns if newest.exists() else 0
    return _methods(str(run.path), stamp)


@st.cache_resource(max_entries=64, show_spinner=False)
def _methods(path: str, stamp: int) -> list[Method]:
    from pathlib import Path

    from dlviz.explainers.explainer import Explainer
    from dlviz.training.restore import restore

    restored = restore(RunFolder(Path(path)))
    found = []
    for kind, part in Explainer.kinds().items():
        try:
            why = part().why_not(restored.task, restored.networks, restored.fields)
        except WrongInput as error:
            why = str(error)
        found.append(Method(kind, part.about(), part.reading, part.paper, why, part))
    return sorted(found, key=lambda method: method.why_not is not None)


def offered(found: list[Method]) -> str:
    """How many of them can serve, in words."""
    free = sum(method.why_not is None for method in found)
    return f"{count(free, 'method')} can explain this network."
