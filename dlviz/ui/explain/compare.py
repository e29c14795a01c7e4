"""Compare: methods, classes, examples, epochs and runs held side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from dlviz.training.folder import RunFolder
from dlviz.ui import state, words
from dlviz.ui.explain import answers, findings, trust
from dlviz.ui.explain.example import Chosen
from dlviz.ui.explain.methods import Method
from dlviz.ui.explain.settings import chosen_settings
from dlviz.ui.explain.why import offered, pick
from dlviz.ui.gallery import gallery, parts
from dlviz.ui.overview import overview

_BY = {
    "methods": ("Methods", "Several methods about this example, ordered by how their own trials bear them out."),
    "classes": ("Classes", "One method about this example: what speaks for this class, what for another?"),
    "examples": ("Examples", "One method about several examples: does the network look at the same things?"),
    "film": (
        "Epochs",
        "One method about this example over the training: when did it begin to look there?",
    ),
    "runs": ("Runs", "One method about this example in other networks: do they decide for the same reasons?"),
}
_READING = "Where explanations agree, trust grows; where one goes a way of its own, ask why before you believe it."
#: So many others are offered at first.
_FIRST = 3


def show(run: RunFolder, chosen: Chosen) -> None:
    """What is compared, and the answers."""
    ways = [by for by in _BY if by != "classes" or len(chosen.examples.classes) > 1]
    by = st.segmented_control(
        "What to hold side by side", ways, key=f"{run.id}.compare.by", default="methods", required=True,
        format_func=lambda way: _BY[way][0],
    )  # fmt: skip
    by = str(by or "methods")
    st.caption(_BY[by][1])
    found = [method for method in offered(run) if method.why_not is None]
    if not found:
        return
    asked = _methods(run, found) if by == "methods" else _one_method(run, chosen, by, found)
    few = by != "film" and len(asked.get("methods", asked.get("others", ()))) < (2 if by == "methods" else 1)
    question = {**chosen.question(), "against": None, "compare": asked, "limit_s": answers.LIMIT}
    folder = answers.asked(run).get(answers.name(question))
    waits = answers.status(folder) != "unasked"  # what failed has a button of its own
    if st.button(
        "Compare", type="primary", icon=":material/compare:", key=f"{run.id}.compare.go", disabled=few or waits,
        help="Choose two at least." if few else None,
    ):  # fmt: skip
        folder = state.queue().ask(run, question)
    answers.await_(run, folder, f"compare.{by}", _READING, lambda key, _: _draw(folder, key), "Compare")


def _methods(run: RunFolder, free: list[Method]) -> dict[str, Any]:
    picked = pick(run, free, f"{run.id}.compare.methods", first=4)
    return {"by": "methods", "methods": [method.asked(chosen_settings(run, method.kind)) for method in picked]}


def _one_method(run: RunFolder, chosen: Chosen, by: str, free: list[Method]) -> dict[str, Any]:
    kinds = {method.kind: method for method in free}
    kind = st.selectbox("Method", list(kinds), key=f"{run.id}.compare.method", format_func=words.method)
    if by == "film":
        return {"by": by, "method": kinds[str(kind)].asked(chosen_settings(run, str(kind)))}
    others = {"classes": _classes, "examples": _examples, "runs": _runs}[by](run, chosen)
    return {"by": by, "method": kinds[str(kind)].asked(chosen_settings(run, str(kind))), "others": others}


def _classes(run: RunFolder, chosen: Chosen) -> list[int]:
    names = chosen.examples.classes
    likely = [label for label, _ in chosen.examples.probabilities(chosen.at) if label != chosen.target]
    others = [place for place in range(len(names)) if place != chosen.target]
    return list(
        st.multiselect(
            f"Beside {names[chosen.target or 0]}",
            others,
            default=likely[:_FIRST],
            max_selections=15,
            format_func=lambda place: names[place],
            key=f"{run.id}.{chosen.part}.{chosen.at}.compare.classes",
        )  # fmt: skip
    )


def _examples(run: RunFolder, chosen: Chosen) -> list[int]:
    entries = chosen.examples.entries
    others = {int(entry["index"]): place for place, entry in enumerate(entries) if entry["index"] != chosen.index}
    here = entries[chosen.at]["prediction"]
    alike = [index for index, place in others.items() if entries[place]["prediction"] == here]
    return list(
        st.multiselect(
            "Beside",
            list(others),
            default=alike[:_FIRST],
            max_selections=15,
            format_func=lambda index: f"{index}: {' · '.join(filter(None, chosen.examples.words(others[index])))}",
            key=f"{run.id}.{chosen.part}.{chosen.at}.compare.examples",
        )  # fmt: skip
    )


def _runs(run: RunFolder, chosen: Chosen) -> list[str]:
    """Runs that answer with the same classes."""
    others = {}
    for other in state.store().runs():
        if other.id == run.id or not parts(other):
            continue
        if gallery(other, parts(other)[0]).classes == chosen.examples.classes:
            others[other.id] = other
    if not others:
        st.info("No other finished run answers with the same classes. Train a second network on these data.")
        return []
    return list(
        st.multiselect(
            "Beside",
            list(others),
            default=list(others)[:1],
            max_selections=8,
            key=f"{run.id}.compare.runs",
            format_func=lambda name: f"{overview(others[name]).name} · {name}",
        )  # fmt: skip
    )


def _draw(folder: Path | None, key: str) -> None:
    assert folder is not None
    told = findings.read(str(folder))[0]
    numbers = told.get("numbers") or {}
    if numbers.get("by") == "methods":
        _order(numbers)
    findings.show(folder, key, strip=numbers.get("by") != "methods")
    left = numbers.get("left_out") or {}
    for name, why in left.items():
        st.caption(f":material/block: **{name}.** {why}")


def _order(numbers: Mapping[str, Any]) -> None:
    """The methods by their own scores, the best first."""
    lines = []
    for place, (name, told) in enumerate(zip(numbers["names"], numbers["trust"], strict=False), 1):
        if isinstance(told, Mapping):
            lines.append(f"{place}. **{name}** {trust.badge(told)} {trust.reasons(told)}")
    st.markdown("\n".join(lines))
