"""Predict, then see: the question of a lesson. One answers it before the training; then it stands beside what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dlviz.core.problems import Problems
from dlviz.training.folder import RunFolder
from dlviz.training.question import Question, measured, predict, prediction
from dlviz.ui import words
from dlviz.ui.overview import shown

#: A run in one of these states has its answer.
ENDED = ("finished", "stopped")


def of(document: Mapping[str, Any]) -> Question | None:
    """The question of a spec, where it asks one that can be understood."""
    asked = document.get("question")
    return Question.parse(asked, "question", Problems()) if asked is not None else None


def ask(question: Question, key: str) -> float | None:
    """The question with its choices, or a field for a number; what is chosen now. It stays chosen over reruns."""
    st.markdown(f"**Predict, then see.** {question.asks}")
    if not question.choices:
        return st.number_input("Your guess", value=None, key=key, label_visibility="collapsed", placeholder="A number")
    chosen = st.radio(
        question.asks, range(1, len(question.choices) + 1), index=None, key=key, label_visibility="collapsed",
        format_func=lambda number: question.choices[number - 1].says,
    )  # fmt: skip
    return float(chosen) if chosen is not None else None


def show(run: RunFolder, now: Mapping[str, Any]) -> None:
    """The question of a run: to be answered while it trains, then what was measured beside what was foretold."""
    question = of(run.spec_document())
    if question is None:
        return
    told = prediction(run)
    with st.container(border=True, key="question"):
        if now["status"] in ENDED:
            _verdict(question, told, measured(question, run))
        elif told is None:
            guess = ask(question, f"guess-{run.id}")
            if st.button("That is my guess", key="foretell", disabled=guess is None) and guess is not None:
                predict(run, guess)
                st.rerun(scope="fragment")
        else:
            st.markdown(f"**Predict, then see.** {question.asks}")
            st.markdown(
                f"You said: **{said(question, told['guess'])}**. The answer comes with the end of the training."
            )


def _verdict(question: Question, told: Mapping[str, Any] | None, number: float | None) -> None:
    st.markdown(f"**Predict, then see.** {question.asks}")
    for line in verdict(question, told, number):
        st.markdown(line)
    if number is not None:
        st.markdown(question.why)


def verdict(question: Question, told: Mapping[str, Any] | None, number: float | None) -> list[str]:
    """What was foretold, what was measured, and whether it came true, in Markdown."""
    lines = []
    if told is not None:
        after = f", after {words.count(int(told['epoch']), 'epoch')}" if told["epoch"] >= 1 else ""
        lines.append(f"You said{after}: **{said(question, told['guess'])}**.")
    if number is None:
        return [*lines, "This run ended before it was measured."]
    what = figure(question, number)
    choice = question.choice(number)
    if choice is not None:
        what += f", that is: **{question.choices[choice - 1].says}**"
    elif question.choices:
        what += ", which is none of the answers"
    if told is not None:
        right = question.right(told["guess"], number)
        what = f":material/{'check_circle' if right else 'cancel'}: {'Right' if right else 'Not so'}. {what}"
    lines.append(f"{what}.")
    usual = choice == question.answer if question.choices else question.right(question.answer, number)
    if not usual:
        lines.append(f"With the lesson's own settings it is: **{said(question, question.answer)}**.")
    return lines


def said(question: Question, guess: float) -> str:
    """A guess in words: the choice of this number, or the number itself."""
    if not question.choices:
        return f"{guess:g}"
    return question.choices[int(guess) - 1].says if 1 <= guess <= len(question.choices) else "another answer"


def figure(question: Question, number: float) -> str:
    """What was measured: `Measured: test accuracy 52 %`."""
    if question.part == "views":
        return f"Measured: {words.number(number)}"
    return f"Measured: {question.part} {words.metric(question.figure)} {shown(question.figure, number)}"
