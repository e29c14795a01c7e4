"""Limits: what must be known before anyone relies on the network; each sentence follows from a figure."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Category
from dlviz.core.written import count, figure, number, percent
from dlviz.reports.blocks import Block, Paragraph, Points, Section
from dlviz.reports.case import Case
from dlviz.reports.overall import SHARES, result_of
from dlviz.studies.calibration import Reliability
from dlviz.studies.slices import Slice
from dlviz.tasks.task import Interval

#: An interval of a share that is wider than this says little; a class with fewer training examples is hardly known.
_WIDE, _FEW = 0.1, 20
#: A part of fewer examples than this is small whatever its figures say.
_SMALL = 100


def limits(case: Case, cut: list[Slice], made: Reliability | None, tried: int, failed: int) -> Section:
    known = (
        *_figures(case),
        *_weak(case, cut),
        *_sure(made),
        *_explained(tried, failed),
        *_classes(case),
        *_doctor(case),
    )
    always = (
        "All figures are of examples from the same source as those it learned from. Of other places, other times or "
        "other ways to measure they say nothing.",
        "What is shown of its reasons tells what the network uses, not what causes what.",
    )
    head = "What the figures of this report speak against:" if known else "No figure of this report speaks against it."
    blocks: list[Block] = [Paragraph(head)]
    if known:
        blocks.append(Points(known, "warning"))
    blocks += [Paragraph("What holds of every such report:"), Points(always)]
    return Section("limits", "Known limits", tuple(blocks))


def _figures(case: Case) -> list[str]:
    """Whether the test figure is good, and how well it is known."""
    result, told = result_of(case), []
    status = case.state.get("status")
    if result is None:
        told.append("It was never measured on a test part: its figures are of examples that helped to choose it.")
    else:
        said = percent if result.name in SHARES else number
        better = result.low > result.baseline if result.higher_is_better else result.high < result.baseline
        if not better:
            told.append(
                f"It is not surely better than {result.baseline_name}: the interval of the {figure(result.name)} "
                f"({said(result.low)} to {said(result.high)}) does not leave out what that reaches, "
                f"{said(result.baseline)}."
            )
        if result.name == "accuracy" and result.high - result.low > _WIDE:
            told.append(
                f"Its test accuracy is known only to within {percent(result.high - result.low)} "
                f"({percent(result.low)} to {percent(result.high)}): the test part has "
                f"{count(len(case.data.test), 'example')}."
            )
        told += _apart(case, result)
    if 0 < len(case.data.part(case.part)) < _SMALL:
        told.append(
            f"The {case.part} part, at which this report looks closely, has only "
            f"{count(len(case.data.part(case.part)), 'example')}: weak groups and the hardest examples may be chance."
        )
    if status not in ("finished", "stopped"):
        told.append(f"The run did not come to its end: it is {status}.")
    return told


def _apart(case: Case, result: Interval) -> list[str]:
    """Whether the test part found out what the validation part could not."""
    kept = ((case.state.get("metrics") or {}).get("validation") or {}).get(result.name)
    if result.name not in SHARES or not isinstance(kept, float):
        return []
    # so far above the test figure's interval that the validation figure's own is left out, too
    if kept <= result.high + (result.high - result.low):
        return []
    return [
        f"The {figure(result.name)} of the test part is {100 * (kept - result.value):.1f} points below that of the "
        f"validation part, {percent(kept)}: the test part differs from what it learned from and was chosen by. Find "
        "out in what, before you believe either."
    ]


def _weak(case: Case, cut: list[Slice]) -> list[str]:
    weak = [one for one in cut if one.worse]
    if not weak or case.found is None:
        return []
    said = percent if case.found.higher_is_better else number
    named = "; ".join(f"{one.name} ({said(one.value)} of {count(one.count, 'example')})" for one in weak[:4])
    more = f" and {len(weak) - 4} more" if len(weak) > 4 else ""
    measure = case.found.measure
    return [f"It does worse than the rest for {named}{more}; over all the {measure} is {said(case.found.mean)}."]


def _sure(made: Reliability | None) -> list[str]:
    if made is None or not made.off:
        return []
    by = percent(abs(made.gap))
    way = {
        "overconfident": f"overconfident: it is surer than it is right, by {by} on average",
        "underconfident": f"underconfident: it is right more often than it says, by {by} on average",
        "uneven": "too sure of some answers and not sure enough of others",
    }[made.way]
    return [f"It is {way} (calibration error {percent(made.ece)}). Do not take its probabilities as they are."]


def _explained(tried: int, failed: int) -> list[str]:
    if not failed:
        return []
    return [f"{failed} of {tried} explanations that were tried failed: read none without its trials."]


def _classes(case: Case) -> list[str]:
    name, kind = next(iter(case.fields.targets.items()), ("", None))
    if not isinstance(kind, Category):
        return []
    labels = np.asarray(case.data.train.columns[name].cpu().numpy())
    if labels.ndim != 1:
        return []
    counts = np.bincount(labels.astype(int), minlength=len(kind.names))
    few = [f"{kind.names[at]} ({counts[at]})" for at in np.argsort(counts, kind="stable") if counts[at] < _FEW]
    if not few:
        return []
    more = f" and {len(few) - 5} more" if len(few) > 5 else ""
    return [f"Of some classes it saw fewer than {_FEW} examples: {', '.join(few[:5])}{more}."]


def _doctor(case: Case) -> list[str]:
    return [f"{one['title']}: {one['sentence']}" for one in case.doctor()]
