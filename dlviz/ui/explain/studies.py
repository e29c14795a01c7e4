"""Look closer: what can be studied of one example besides its attributions, group by group."""

from __future__ import annotations

import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui import words
from dlviz.ui.explain import answers
from dlviz.ui.explain.example import Chosen
from dlviz.ui.explain.findings import asked_before, card
from dlviz.ui.explain.methods import Method, studies

#: What a group tells of the network as a whole.
OF_THE_NETWORK = {
    "what if": ("What it cannot do without", "Parts of the network that are made to say nothing."),
    "columns": ("What it goes by", "How its predictions hang on each column, over many examples."),
    "concepts": (
        "Habits and concepts",
        "What its explanations have in common, and whether it uses an idea of yours.",
    ),
    "inside": ("Inside", "What its layers have learned to look for."),
    "report": ("How far to trust it", "Where it is weak, and whether it is right as often as it says."),
}
#: The groups in their order: what they are called, and what they tell of one example.
GROUPS = {
    "attention": ("Where it looked", "What attention weights say: where the network looked, which is not yet why."),
    "what if": ("What would change it", "The nearest change of this example that gets another answer."),
    "columns": ("Its columns", "How the columns make up this prediction."),
    "examples": ("Which examples taught it", "Training examples that are like this one, or that moved its prediction."),
    "concepts": ("Concepts", "Ideas of yours, shown by examples: does the network use them?"),
    "inside": ("Inside", "What its layers make of this example."),
    "report": ("Report", ""),
}


def show(run: RunFolder, chosen: Chosen) -> None:
    """The studies of one example."""
    found = [study for study in known(run) if study.about_what == "example"]
    grouped(run, found, chosen.question() | {"against": None})


def known(run: RunFolder) -> list[Method]:
    """All studies; none where the run cannot be opened, which is then said."""
    try:
        with st.spinner("Asking which studies fit this network …", show_time=True):
            return studies(run)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return []


def grouped(run: RunFolder, found: list[Method], asked_about: dict[str, object]) -> None:
    """Studies under the heading of their group; those that cannot serve are folded away."""
    free = [study for study in found if study.why_not is None]
    before = answers.asked(run)
    whole = all(study.about_what == "network" for study in free)
    for group, told in GROUPS.items():
        title, says = OF_THE_NETWORK.get(group, told) if whole else told
        here = [study for study in free if study.group == group]
        if not here:
            continue
        st.subheader(title, anchor=False)
        if says:
            st.caption(says)
        kinds = {study.kind: study for study in here}
        answered = [kind for kind in kinds if asked_before(run, kinds[kind], asked_about, before)]
        chosen = st.pills(
            title, list(kinds), selection_mode="multi", default=answered, format_func=words.method,
            key=f"{run.id}.{asked_about.get('part')}.{asked_about.get('index')}.{group}", label_visibility="collapsed",
        )  # fmt: skip
        for kind in chosen:
            card(run, kinds[kind], asked_about, before)
    refused = [study for study in found if study.why_not is not None]
    if refused:
        with st.expander(f"{len(refused)} more cannot be made of this network", type="compact"):
            for study in refused:
                st.caption(f":material/block: **{words.method(study.kind)}.** {study.why_not}")
