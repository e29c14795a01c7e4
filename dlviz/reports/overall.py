"""Overall: how well the network does, against a trivial guess and how sure that is."""

from __future__ import annotations

import numpy as np

from dlviz.core.values import Array, Scalar
from dlviz.core.written import count, figure, number, percent
from dlviz.reports import figures
from dlviz.reports.blocks import Block, Figure, Grid, Paragraph, Section
from dlviz.reports.case import Case
from dlviz.studies.outcomes import Outcomes
from dlviz.tasks.task import Interval

#: Classes drawn in one confusion matrix, classes listed, and points in one scatter plot.
_CLASSES, _LISTED, _POINTS = 10, 60, 400
#: Figures that are shares of 1.
SHARES = ("accuracy", "f1")


def overall(case: Case) -> Section:
    blocks: list[Block] = []
    result = result_of(case)
    if result is not None:
        blocks.append(_headline(result, len(case.data.test)))
    blocks += _metrics(case)
    found = case.found
    if found is not None and found.classes and found.true is not None and found.predicted is not None:
        blocks += _classes(found)
    elif found is not None and found.measure == "mean absolute error" and found.true is not None:
        blocks.append(_scatter(found))
    return Section("performance", "How well it does", tuple(blocks))


def result_of(case: Case) -> Interval | None:
    """The test figure with its interval as it was measured at the end of the run; None: there is none."""
    kept = case.state.get("result")
    try:
        return Interval(**kept) if isinstance(kept, dict) else None
    except TypeError:  # of a damaged file, or an older one
        return None


def told(result: Interval, examples: int) -> str:
    """The test figure in a sentence."""
    said = percent if result.name in SHARES else number
    surely = result.low > result.baseline if result.higher_is_better else result.high < result.baseline
    verdict = "better than" if surely else "not surely better than"
    return (
        f"On {count(examples, 'example')} that it never saw, the {figure(result.name)} is {said(result.value)} (95 % "
        f"interval {said(result.low)} to {said(result.high)}): {verdict} {result.baseline_name}, which reaches "
        f"{said(result.baseline)}."
    )


def _headline(result: Interval, examples: int) -> Figure:
    share = result.name in SHARES
    said = percent if share else number
    sentence = told(result, examples)
    drawn = figures.headline(result.value, result.low, result.high, result.baseline, share, sentence)
    rows = (
        (figure(result.name), said(result.value)),
        ("95 % interval", f"{said(result.low)} to {said(result.high)}"),
        (f"trivial guess: {result.baseline_name}", said(result.baseline)),
    )
    return Figure("The test figure", drawn, sentence, Grid(("", ""), rows, numbers=frozenset({1})))


def _metrics(case: Case) -> list[Block]:
    kept = case.state.get("metrics")
    parts = {part: found for part, found in (kept or {}).items() if isinstance(found, dict)}
    order = [part for part in ("train", "validation", "test") if parts.get(part)]
    if not order:
        return [Paragraph("No figure was kept: the run did not come to its end.", "warning")]
    names = list(dict.fromkeys(name for part in order for name in parts[part]))
    sizes = {"train": len(case.data.train), "validation": len(case.data.validation), "test": len(case.data.test)}

    def said(name: str, value: object) -> str:
        if not isinstance(value, int | float):
            return "–"
        return percent(float(value)) if name in SHARES or name.startswith("f1_") else number(float(value))

    rows = tuple((figure(name), *(said(name, parts[part].get(name)) for part in order)) for name in names)
    head = ("figure", *(f"{part} ({sizes[part]:,})" for part in order))
    training = case.restored.spec.training
    chose = "chose the weights" if training is not None and training.early_stopping else "was watched while it learned"
    note = f"The validation part {chose}, so its figures may be a little too good. "
    note += "The test part was touched once, at the end." if "test" in order else "The test part was not measured."
    return [
        Grid(head, rows, "All figures, with the number of examples", frozenset(range(1, len(head)))),
        Paragraph(note, "aside"),
    ]


def _classes(found: Outcomes) -> list[Block]:
    """Precision, recall and F1 of each class, and which are taken for which."""
    assert found.true is not None and found.predicted is not None
    names, size = found.classes, len(found.classes)
    counts = np.bincount(found.true.astype(int) * size + found.predicted.astype(int), minlength=size * size)
    table = counts.reshape(size, size)
    rows = []
    for at, name in enumerate(names):
        right, said, true = int(table[at, at]), int(table[:, at].sum()), int(table[at].sum())
        precision, recall = right / said if said else float("nan"), right / true if true else float("nan")
        both = 2 * right / (said + true) if said + true else float("nan")
        rows.append((name, f"{true:,}", percent(precision), percent(recall), percent(both)))
    head = ("class", "examples", "of what is called so, is", "of these, found", "F1")
    title = f"Each class in the {found.part} part (precision, recall, F1)"
    title += f", the first {_LISTED} of {size}" if size > _LISTED else ""
    made: list[Block] = [Grid(head, tuple(rows[:_LISTED]), title, frozenset(range(1, 5)))]
    mixed = [(int(table[i, j]), names[i], names[j]) for i in range(size) for j in range(size) if i != j and table[i, j]]
    mixed.sort(key=lambda one: -one[0])
    said_mixed = (
        "; ".join(f"{i} taken for {j} ({many} times)" for many, i, j in mixed[:3]) or "none is taken for another"
    )
    if size <= _CLASSES:
        alt = f"Confusion matrix of the {found.part} part: {said_mixed}."
        grid = Grid(("true", *names), tuple((name, *map(str, table[at])) for at, name in enumerate(names)), "Confusion")
        made.append(Figure("What is taken for what", figures.confusion(table, names, alt), alt, grid))
    else:
        made.append(Paragraph(f"Most often mixed up: {said_mixed}."))
    return made


def _scatter(found: Outcomes) -> Figure:
    assert found.true is not None and found.predicted is not None
    at = np.linspace(0, len(found.true) - 1, min(_POINTS, len(found.true))).astype(int)
    true, predicted = found.true[at], found.predicted[at]
    unit = found.kind.unit if isinstance(found.kind, Scalar) else ""
    together = _correlation(true, predicted)
    alt = (
        f"Predicted against true {found.target} of {count(len(at), 'example')} of the {found.part} part; their "
        f"correlation is {together:.3f}."
    )
    return Figure("Predicted and true", figures.scatter(true, predicted, unit, alt), alt)


def _correlation(one: Array, other: Array) -> float:
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
