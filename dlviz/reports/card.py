"""Card: a whole report of a run, chapter by chapter."""

from __future__ import annotations

import re
import time

from dlviz.core.written import figure
from dlviz.explainers.explainer import Step
from dlviz.reports.believed import EXAMPLES, believed
from dlviz.reports.blocks import Block, Facts, Paragraph, Points, Report
from dlviz.reports.case import Case
from dlviz.reports.goes_by import goes_by
from dlviz.reports.hardest import hardest
from dlviz.reports.learned_from import learned_from
from dlviz.reports.limits import limits
from dlviz.reports.overall import overall, result_of, told
from dlviz.reports.recipe import recipe
from dlviz.reports.trueness import reliability_of, trueness
from dlviz.reports.weak_spots import slices_of, weak_spots


def report(case: Case, step: Step, trials: int = EXAMPLES) -> Report:
    """Everything that a run can say of itself. `step` is told how far it is, of 100; `trials`: of how many examples an
    explanation is tried."""
    cut, made = slices_of(case), reliability_of(case)
    step(15, 100)
    importance = goes_by(case, lambda done, of: step(15 + 45 * done / max(of, 1), 100))
    trust, tried, failed = believed(case, lambda done, of: step(60 + 35 * done / max(of, 1), 100), trials)
    limited = limits(case, cut, made, tried, failed)
    sections = (
        overall(case), weak_spots(case, cut), trueness(case, made), hardest(case), importance, trust,
        learned_from(case), recipe(case), limited,
    )  # fmt: skip
    step(100, 100)
    spec = case.restored.spec
    title = spec.title or f"{spec.data.title or spec.data.kind()}: {case.task.kind().lower()}"
    made_on = time.strftime("%Y-%m-%d %H:%M")
    return Report(title, f"Report on run {case.run.id}, made on {made_on}", _summary(case, limited.blocks), sections)


def _summary(case: Case, limited: tuple[Block, ...]) -> tuple[Block, ...]:
    """What it is, how good it is, and the first limits."""
    result = result_of(case)
    targets = ", ".join(case.fields.targets) or "nothing in particular"
    inputs = ", ".join(case.fields.inputs)
    rows = (
        ("what it does", f"{case.task.kind()}: {targets} from {inputs}"),
        ("judged by", figure(case.task.primary)),
        ("looked at closely", f"the {case.part} part ({len(case.data.part(case.part)):,} examples)"),
    )
    blocks: list[Block] = [Facts(rows)]
    if result is not None:
        blocks.insert(0, Paragraph(told(result, len(case.data.test))))
    first = next((block for block in limited if isinstance(block, Points) and block.tone == "warning"), None)
    if first is not None:
        blocks += [Paragraph("Know before you rely on it:"), Points(first.items[:4], "warning")]
    if case.restored.spec.notes:
        blocks += [Paragraph("Notes of its maker:"), *_notes(case.restored.spec.notes)]
    return tuple(blocks)


def _notes(notes: str) -> list[Paragraph]:
    """Notes by paragraphs. They are written in Markdown, of which only the marks of emphasis are taken off."""
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", notes) if part.strip()]
    return [Paragraph(re.sub(r"(\*\*|\*|`)(?=\S)(.+?)(?<=\S)\1", r"\2", part), "aside") for part in parts]
