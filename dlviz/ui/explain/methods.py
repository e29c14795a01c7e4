"""Which methods and studies can serve a run, and the sentence of each that cannot. Imports torch, when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dlviz.core.choice import Known
from dlviz.core.part import Part
from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder

#: The methods that are offered first, in this order, unless they are weak on the network: fast and easily read ones.
USUAL = ("GradCam", "Occlusion", "IntegratedGradients", "Shap", "Lime")


@dataclass(frozen=True)
class Method:
    """One explainer or study as the page offers it; `why_not`: the reason why it cannot serve this run; `weak`: why
    little is to be expected of it here; `part`: its declaration, where its settings are to be chosen. `trusted`: it may
    be chosen at first. `group` and `about_what` are a study's."""

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
    weak: str | None = None

    def asked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The method as a question names it: settings at their default are left out, so that one question has one
        form. Raises `WrongInput`."""
        if self.part is None:
            return {"kind": self.kind}
        made = self.part.parse({"kind": self.kind, **settings})
        assert made is not None
        return made.document(brief=True)


def methods(run: RunFolder) -> list[Method]:
    """All explainers, those that can serve first, of them those that may be trusted here. Raises `WrongInput` where
    the run cannot be opened."""
    places = {kind: place for place, kind in enumerate(USUAL)}
    return sorted(
        _offered(str(run.path), _stamp(run)).explainers,
        key=lambda one: (one.why_not is not None, not one.trusted, places.get(one.kind, len(places)), one.kind),
    )


def studies(run: RunFolder) -> list[Method]:
    """All studies. Raises `WrongInput` where the run cannot be opened."""
    return _offered(str(run.path), _stamp(run)).studies


def units_of(run: RunFolder) -> dict[str, int]:
    """How many units each layer has that can be muted. Raises `WrongInput` where the run cannot be opened."""
    return _offered(str(run.path), _stamp(run)).units


def known(run: RunFolder) -> Known:
    """What the run has of what settings name: its classes, columns, layers. Nothing is known of one that cannot be
    opened."""
    try:
        return _offered(str(run.path), _stamp(run)).known
    except WrongInput:
        return {}


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
    if method.weak:
        st.caption(f":orange[:material/warning: **Weak here.**] {method.weak}")


def _stamp(run: RunFolder) -> int:
    newest = run.checkpoints / "best.json"
    return newest.stat().st_mtime_ns if newest.exists() else 0


@dataclass(frozen=True)
class _Offered:
    """All that one look at a run's network tells."""

    explainers: list[Method]
    studies: list[Method]
    units: dict[str, int]
    known: Known


@st.cache_resource(max_entries=64, show_spinner=False)
def _offered(path: str, stamp: int) -> _Offered:
    from pathlib import Path

    from dlviz.asking.choices import choices
    from dlviz.explainers.explainer import Explainer
    from dlviz.studies.muted import units
    from dlviz.studies.study import Study
    from dlviz.training.restore import restore

    restored = restore(RunFolder(Path(path)))
    asked = restored.task, restored.networks, restored.fields
    found: tuple[list[Method], list[Method]] = ([], [])
    families: tuple[dict[str, Any], dict[str, Any]] = (dict(Explainer.kinds()), dict(Study.kinds()))
    for family, list_ in zip(families, found, strict=True):
        for kind, part in family.items():
            weak = None
            try:
                why = part().why_not(*asked)
                if why is None and isinstance(part(), Explainer):
                    weak = part().weak(*asked)
            except WrongInput as error:
                why = str(error)
            list_.append(
                Method(
                    kind, part.about(), part.reading, part.paper, why, part, part.misleads, part.cost,
                    getattr(part, "trusted", True) and weak is None, getattr(part, "group", ""),
                    getattr(part, "about_what", "example"), weak,
                )
            )  # fmt: skip
    layers = {name: many for network in restored.networks.values() for name, many in units(network).items()}
    return _Offered(*found, layers, choices(*asked, restored.encoders))
