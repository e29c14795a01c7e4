"""Believed: whether explanations of this network can be trusted, tried on some examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from time import perf_counter

import torch

from dlviz.core.called import called
from dlviz.core.problems import WrongInput
from dlviz.core.written import count
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.scored import field_of
from dlviz.reports.blocks import Block, Grid, Paragraph, Section
from dlviz.reports.case import Case
from dlviz.studies.many import method_for
from dlviz.studies.saying import Saying
from dlviz.trust.trial import Verdict
from dlviz.trust.trust import examine, judged

TITLE = "Whether its explanations can be believed"
#: Examples that are tried, and seconds for the trials of one.
EXAMPLES, BUDGET = 6, 2.0
_ASKS = {
    "Faithfulness": "Does what is highlighted matter to the answer?",
    "Completeness": "Do the parts add up to the score?",
    "Randomised": "Does it change on a network that has learned nothing?",
    "Stability": "Does it stay when the input hardly changes?",
}


def believed(case: Case, step: Step, trials: int = EXAMPLES) -> tuple[Section, int, int]:
    """The chapter; how many explanations were tried, of `trials` examples at most, and how many failed."""
    inquiry = case.inquiry
    if not trials:
        return Section("trust", TITLE, (Paragraph("No explanation was tried.", "aside"),)), 0, 0
    if inquiry is None:
        why = (
            f"{case.task.kind()} with such inputs gives no single class or number an example; the page Explain tries "
            "its explanations one by one."
        )
        return Section("trust", TITLE, (Paragraph(why, "aside"),)), 0, 0
    try:
        method, tried = _tried(case, inquiry.question, step, trials)
    except WrongInput as error:
        return Section("trust", TITLE, (Paragraph(f"No explanation could be tried. {error}", "aside"),)), 0, 0
    words = Counter(judged(verdicts).word for verdicts in tried)
    fails = words["fails"]
    said = ", ".join(f"{many} {'fail' if word == 'fails' else word}" for word, many in words.most_common())
    blocks: tuple[Block, ...] = (
        Paragraph(
            f"{count(len(tried), 'explanation')} by {method}, of examples of the {case.part} part, were tried: {said}.",
            "warning" if 2 * fails > len(tried) else "plain",
        ),
        _grid(tried),
        Paragraph(
            "An explanation can look convincing and be wrong. These trials ask of it what it must be able to do; the "
            "page Explain shows them for every explanation and method.",
            "aside",
        ),
    )
    return Section("trust", TITLE, blocks), len(tried), fails


def _tried(case: Case, question: Question, step: Step, trials: int) -> tuple[str, list[list[Verdict]]]:
    """The method, and the verdicts on its explanations of some examples."""
    name, _ = field_of(question)
    method = method_for(question, "auto")
    examples = case.data.part(case.part).columns[name]
    chance = torch.Generator().manual_seed(0)
    found = []
    chosen = torch.randperm(len(examples), generator=chance)[:trials].tolist()
    for done, at in enumerate(chosen):
        x = examples[at : at + 1].cpu()
        said = Saying(question)(x)
        target = int(said[0].argmax()) if said.ndim == 2 else question.target
        asked = replace(question, inputs={name: x}, target=target)
        began = perf_counter()
        explanation = method.explain(asked, lambda done, of: None)
        took = perf_counter() - began
        found.append(examine(asked, method, explanation, lambda done, of: None, BUDGET, took))
        step(done + 1, len(chosen))
    return called(method.kind()), found


def _grid(tried: list[list[Verdict]]) -> Grid:
    rows = []
    for trial, asks in _ASKS.items():
        verdicts = [verdict for one in tried for verdict in one if verdict.trial == trial]
        holds = Counter(verdict.holds for verdict in verdicts)
        if verdicts:
            rows.append((asks, str(holds[True]), str(holds[False]), str(holds[None])))
    return Grid(("trial", "yes", "no", "cannot be told"), tuple(rows), "What was tried", frozenset({1, 2, 3}))
