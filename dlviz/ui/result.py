"""How good a run got: the test figure, its confidence interval and a trivial guess, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.core.files import read_record
from dlviz.training.folder import RunFolder
from dlviz.ui import words
from dlviz.ui.overview import shown

_HELP = {
    "accuracy": "The share of examples that are classified right.",
    "r2": "The share of the differences between examples that the prediction explains: 1 is perfect, 0 is as good as "
    "always guessing the mean.",
    "mase": "The mean absolute scaled error: how far forecasts are off, where 1 is how far values one season apart "
    "differed in the training part. Less is better.",
    "exact match": "The share of texts that are written right as a whole, the likeliest token each time.",
    "BLEU": "How many runs of one to four words of what it wrote stand in the wanted text, too: 0 to 100. A text has "
    "many good translations and one is asked for, so people reach far less than 100.",
    "word error rate": "How many words must be exchanged, taken out or put in to make of what was heard what was said, "
    "as a share of all words said. Less is better.",
    "coverage": "The share of real examples that have a made one close by: low where the generator leaves some out.",
    "precision": "The share of made examples that lie where real ones live: low where they do not look real.",
    "modes": "The share of classes of which the generator makes any: below 100 % it has dropped some (mode collapse).",
}
_SHARES = ("coverage", "precision", "modes")


def sentence(result: Mapping[str, Any], examples: int | None, elsewhere: bool = False) -> str:
    """The result in words: what was measured, how sure it is, what a trivial guess would reach. `elsewhere`: another
    program trained the network, so nobody knows what it has seen."""
    name, low, high, baseline = result["name"], result["low"], result["high"], result["baseline"]
    on = f"on {words.count(examples, 'test example')}" if examples else "on examples"
    on += "; nobody here knows whether it learned from some of them" if elsewhere else " it had never seen"
    text = (
        f"Measured {on}. With 95 % confidence, the {words.metric(name)} on new examples of this kind lies between "
        f"{shown(name, low)} and {shown(name, high)}."
    )
    guess = f"{result['baseline_name']} ({shown(name, baseline)})"
    more = result.get("higher_is_better", True)
    if (low > baseline) if more else (high < baseline):
        return f"{text} That is clearly better than {guess}."
    if (high < baseline) if more else (low > baseline):
        return f"{text} That is worse than {guess}."
    advice = "see how it is asked" if elsewhere else "train longer, or on more examples"
    return f"{text} That is not clearly better than {guess}: {advice}."


def show(run: RunFolder, state: Mapping[str, Any]) -> None:
    """The test result of a finished run."""
    result = state.get("result")
    if not result:
        _figures(state)
        return
    sizes = (read_record(run.path / "data.json") or {}).get("sizes", {})
    name = str(result["name"])
    with st.container(border=True, key="result"):
        figure, said = st.columns([1, 2.4], vertical_alignment="center", gap="medium")
        figure.metric(f"test {words.metric(name)}", shown(name, result["value"]), help=_HELP.get(name))
        elsewhere = (run.path / "foreign" / "card.json").is_file()
        said.markdown(sentence(result, sizes.get("test"), elsewhere))


def _figures(state: Mapping[str, Any]) -> None:
    """Of a run whose task has no single figure against a guess: how much of the real it covers, how real it looks."""
    measured = (state.get("metrics") or {}).get("test") or {}
    found = [name for name in _SHARES if isinstance(measured.get(name), (int, float))]
    if not found:
        return
    with st.container(border=True, key="result"):
        for column, name in zip(st.columns(len(found), gap="medium"), found, strict=True):
            column.metric(words.metric(name), words.percent(measured[name]), help=_HELP[name])
