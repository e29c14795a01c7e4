"""Weak spots: for which examples the network does worse than for the rest."""

from __future__ import annotations

from functools import partial

from dlviz.core.values import Scalar
from dlviz.core.written import number, percent
from dlviz.reports import figures
from dlviz.reports.blocks import Block, Figure, Grid, Paragraph, Section
from dlviz.reports.case import Case
from dlviz.reports.figures import Range
from dlviz.studies.outcomes import Outcomes
from dlviz.studies.slices import Slice, says, slices
from dlviz.studies.traits import traits

_DRAWN, _TOLD = 8, 15
_WORSE = {True: "▼ yes", False: "no"}


def slices_of(case: Case) -> list[Slice]:
    """The groups of the part that is looked at, the surely worst first; empty where there are none."""
    return slices(case.found, traits(case.data, case.found)) if case.found is not None else []


def weak_spots(case: Case, cut: list[Slice]) -> Section:
    title = "Where it is weak"
    if case.found is None or not cut:
        why = case.missing or "No group of examples is large enough to be told apart."
        return Section("weak", title, (Paragraph(f"It cannot be told by groups of examples: {why}", "aside"),))
    found = case.found
    said = percent if found.higher_is_better else partial(_in_unit, found)
    shown = cut[:_DRAWN]
    rows = [Range(f"{one.name} ({one.count:,})", one.value, one.low, one.high, one.worse) for one in shown]
    sentence = says(found, cut)
    drawn = figures.ranges(rows, found.mean, said, sentence, found.higher_is_better)
    grid = Grid(
        ("group", "examples", found.measure, "95 % interval", "worse by more than chance"),
        tuple(
            (one.name, f"{one.count:,}", said(one.value), f"{said(one.low)} to {said(one.high)}", _WORSE[one.worse])
            for one in cut[:_TOLD]
        ),
        f"The {min(_TOLD, len(cut))} surely worst of {len(cut)} groups",
        frozenset({1, 2, 3}),
        frozenset(at for at, one in enumerate(cut[:_TOLD]) if one.worse),
    )  # fmt: skip
    blocks: tuple[Block, ...] = (
        Paragraph(sentence, "warning" if any(one.worse for one in cut) else "plain"),
        Figure(f"{found.measure} of the {found.part} part, by group", drawn, sentence, grid),
        Paragraph(
            "The line through a mark is its 95 % interval; the dashed line is the figure of all examples. ▼ marks "
            "groups that are worse than the rest by more than chance would make one of so many (Holm's correction). A "
            "group may be weak for another reason than its name.",
            "aside",
        ),
    )
    return Section("weak", title, blocks)


def _in_unit(found: Outcomes, value: float) -> str:
    unit = found.kind.unit if isinstance(found.kind, Scalar) else ""
    return f"{number(value)} {unit}".rstrip()
