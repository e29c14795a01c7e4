"""Trueness: whether the probabilities that the network gives are true."""

from __future__ import annotations

from dlviz.core.written import percent
from dlviz.reports import figures
from dlviz.reports.blocks import Figure, Grid, Paragraph, Section
from dlviz.reports.case import Case
from dlviz.studies.calibration import Reliability, reliability

TITLE = "Whether it is as sure as it may be"


def reliability_of(case: Case) -> Reliability | None:
    found = case.found
    if found is None or found.probabilities is None or found.true is None:
        return None
    return reliability(found.probabilities, found.true)


def trueness(case: Case, made: Reliability | None) -> Section:
    if made is None:
        why = f"That needs one class an example, with its probability; {case.task.kind()} gives something else."
        return Section("calibration", TITLE, (Paragraph(f"It cannot be told. {why}", "aside"),))
    sentence = made.says()
    rows = tuple(
        (f"{round(100 * sure)} %", f"{count:.0f}", percent(right), f"{percent(low)} to {percent(high)}")
        for sure, count, right, low, high in zip(
            made.confidence, made.count, made.accuracy, made.low, made.high, strict=True
        )
    )
    grid = Grid(("how sure", "answers", "right", "95 % interval"), rows, numbers=frozenset({0, 1, 2, 3}))
    alt = f"Reliability diagram of the {case.part} part. {sentence}"
    return Section(
        "calibration",
        TITLE,
        (
            Paragraph(sentence, "warning" if made.off else "plain"),
            Figure("Sure and right", figures.reliability(made, alt), alt, grid),
            Paragraph(
                "Each point stands for the answers of which it was about as sure (ten groups of equal width). The "
                "calibration error is the mean distance from the diagonal, weighed by the answers; it depends on the "
                "groups, and few examples make it larger (Guo et al. 2017).",
                "aside",
            ),
        ),
    )
