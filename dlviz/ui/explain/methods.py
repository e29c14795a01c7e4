"""Which methods and studies can serve a run, and the sentence of each that cannot. Imports torch, when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dlviz.core.part import Part
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder

#: The methods that are offered first, in this order: fast and easily read ones.
USUAL = ("GradCam", "Occlusion", "IntegratedGradients", "Shap", "Lime")


@dataclass(frozen=True)
class Method:
    """One explainer or study as the page offers it; `why_not`: the reason why it cannot serve this run; `part`: its
    declaration, where its settings are to be chosen. `group` and `about_what` are a study's."""

    kind: str
    about: str
    reading: str
    paper: str
    why_not: str | None
    part: type[Part] | None = None
    misleads: str = ""
    cost: str = ""
    trusted: bool = True
    group: str = ""
    about_what: str = "example"

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
    found = _offered(str(run.path), _stamp(run))[0]
    places = {kind: place for place, kind in enumerate(USUAL)}
    return sorted(found, key=lambda one: (one.why_not is not None, places.get(one.kind, len(places)), one.kind))


def studies(run: RunFolder) -> list[Method]:
    """All studies. Raises `WrongInput` where the run cannot be opened."""
    return _offered(str(run.path), _stamp(run))[1]


def units_of(run: RunFolder) -> dict[str, int]:
    """How many units each layer has that can be muted. Raises `WrongInput` where the run cannot be opened."""
    return _offered(str(run.path), _stamp(run))[2]


def about(method: Method) -> None:
    """What a student should know of a method: what it asks, how to read it, when it misleads, what it costs, where it
    comes from; behind a small button."""
    with st.popover("How to read it", type="tertiary", icon=":material/help:", key=f"about-{method.kind}"):
        st.markdown(method.about)
        st.markdown(f"**How to read it.** {method.reading}")
        if method.misleads:
            st.markdown(f"**When it misleads.** {method.misleads}")
        if method.cost:
            st.markdown(f"**What it costs.** {method.cost[:1].upper()}{method.cost[1:].rstrip('.')}.")
        st.caption(method.paper)


def _stamp(run: RunFolder) -> int:
    newest = run.checkpoints / "best.json"
    return newest.stat().st_mtime_ns if newest.exists() else 0


@st.cache_resource(max_entries=64, show_spinner=False)
def _offered(path: str, stamp: int) -> tuple[list[Method], list[Method], dict[str, int]]:
    """The explainers, the studies, and how many units each layer has: all of one look at the network."""
    from pathlib import Path

    from dlviz.explainers.explainer import Explainer
    from dlviz.studies.muted import units
    from dlviz.studies.study import Study
    from dlviz.training.restore import restore

    restored = restore(RunFolder(Path(path)))
    found: tuple[list[Method], list[Method]] = ([], [])
    families: tuple[dict[str, Any], dict[str, Any]] = (dict(Explainer.kinds()), dict(Study.kinds()))
    for family, list_ in zip(families, found, strict=True):
        for kind, part in family.items():
            try:
                why = part().why_not(restored.task, restored.networks, restored.fields)
            except WrongInput as error:
                why = str(error)
            list_.append(
                Method(
                    kind, part.about(), part.reading, part.paper, why, part, part.misleads, part.cost,
                    getattr(part, "trusted", True), getattr(part, "group", ""),
                    getattr(part, "about_what", "example"),
                )
            )  # fmt: skip
    layers = {name: many for network in restored.networks.values() for name, many in units(network).items()}
    return *found, layers
