"""What it goes by: which columns, words or places decide, over many examples."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch

from dlviz.core.called import called
from dlviz.core.problems import WrongInput
from dlviz.core.values import Curves, Image, Tokens, Value, Vector
from dlviz.core.written import count, percent
from dlviz.explainers.explainer import Step
from dlviz.reports import figures
from dlviz.reports.blocks import Block, Example, Examples, Figure, Grid, Paragraph, Section
from dlviz.reports.case import Case
from dlviz.reports.figures import Line
from dlviz.reports.pictures import heat
from dlviz.studies.answers import answer_title
from dlviz.studies.many import Many, explain_many, method_for, taken_for
from dlviz.studies.partial_dependence import PartialDependence
from dlviz.studies.permutation_importance import PermutationImportance
from dlviz.studies.shap_summary import ShapSummary
from dlviz.studies.study import Inquiry

TITLE = "What it goes by"
_BARS, _COURSES, _WORDS = 12, 3, 8
#: Explanations for each class, classes, and all explanations together.
_EACH, _CLASSES, _ALL = 8, 10, 48
#: About how long they may take.
_SECONDS = 20.0


def goes_by(case: Case, step: Step) -> Section:
    inquiry = case.inquiry
    if inquiry is None:
        why = (
            f"{case.task.kind()} with such inputs gives no single class or number an example, so single explanations "
            "(on the page Explain) cannot be taken together."
        )
        return Section("importance", TITLE, (Paragraph(why, "aside"),))
    kind = next(iter(case.fields.inputs.values()))
    made: Callable[[Case, Inquiry, Step], list[Block]] = _table if isinstance(kind, Vector) else _others
    try:
        blocks = made(case, inquiry, step)
    except WrongInput as error:
        blocks = [Paragraph(f"It could not be found out. {error}", "aside")]
    return Section("importance", TITLE, tuple(blocks))


def _table(case: Case, inquiry: Inquiry, step: Step) -> list[Block]:
    """By shuffling, by Shapley shares, and how the answer runs along the columns that matter most."""
    blocks: list[Block] = []
    shuffled = PermutationImportance(repeats=10, examples=500)
    if shuffled.why_not(case.task, case.networks, case.fields) is None:
        found = shuffled.study(inquiry, lambda done, of: step(done, 3 * of))
        value = found.shown[0]
        blocks += [Paragraph(found.says), _bars(value, value.title, found.says, "cost")]
    summary = ShapSummary(rows=60, background=20)
    if summary.why_not(case.task, case.networks, case.fields) is None:
        found = summary.study(inquiry, lambda done, of: step(of + done, 3 * of))
        blocks += [Paragraph(found.says), _bars(found.shown[1], found.shown[1].title, found.says, "mean |share|")]
        courses = PartialDependence(many=_COURSES, rows=100)
        along = courses.study(inquiry, lambda done, of: step(2 * of + done, 3 * of))
        blocks.append(Paragraph(along.says))
        blocks += [_course(value, answer_title(inquiry.question)) for value in along.shown]
    note = (
        "The first figure shuffles a column and measures what that costs; the second shares each score out among the "
        "columns (SHAP); the last put one value after the other into a column and follow the mean answer (partial "
        "dependence). All tell what this network uses, not what would change the world; columns that say the same "
        "stand in for each other."
    )
    return [*blocks, Paragraph(note, "aside")]


def _bars(value: Value, title: str, said: str, head: str) -> Figure:
    names = getattr(value.kind, "names", ())[:_BARS]
    numbers = np.asarray(value.data, dtype=float)[:_BARS]
    low, high = (value.more.get(end) for end in ("low", "high"))
    drawn = figures.bars(
        names, numbers, f"{title}. {said}", None if low is None else low[:_BARS], None if high is None else high[:_BARS]
    )
    rows = tuple((str(name), f"{number:.4g}") for name, number in zip(names, numbers, strict=True))
    return Figure(title, drawn, f"{title}. {said}", Grid(("column", head), rows, numbers=frozenset({1})))


def _course(value: Value, answer: str) -> Figure:
    """The mean along one column; words and dates as bars."""
    kind, mean, x = value.kind, np.asarray(value.data[0], dtype=float), value.more["x"]
    assert isinstance(kind, Curves)
    words = value.more.get("words")
    places = [str(word) for word in words] if words is not None else [f"{place:.4g}" for place in x]
    rows = tuple((place, f"{number:.4g}") for place, number in zip(places, mean, strict=True))
    grid = Grid((kind.x_title, f"mean {answer}"), rows, numbers=frozenset({1}))
    alt = f"{value.title}: from {mean[0]:.4g} at {places[0]} to {mean[-1]:.4g} at {places[-1]}. {value.note}"
    if words is not None:
        return Figure(value.title, figures.bars(places, mean, alt), alt, grid)
    return Figure(
        value.title, figures.curves([Line(f"mean {answer}", x.tolist(), mean.tolist())], kind.x_title, alt), alt, grid
    )


def _others(case: Case, inquiry: Inquiry, step: Step) -> list[Block]:
    """Where the explanations of many examples lie on average, class by class."""
    question = inquiry.question
    method = method_for(question, "auto")
    names = case.task.targets(case.fields)
    taken = {target: rows for target, rows in taken_for(question, case.part, _EACH, 0).items() if rows}
    chosen = sorted(sorted(taken, key=lambda target: -len(taken[target]))[:_CLASSES])
    if not chosen:
        return [Paragraph(f"The {case.part} part has no examples to explain.", "aside")]
    began = perf_counter()
    explain_many(question, method, case.part, taken[chosen[0]][:1], chosen[0], lambda done, of: None)
    affordable = int(_SECONDS / max(perf_counter() - began, 1e-3))
    each = max(1, min(_EACH, min(_ALL, affordable) // len(chosen)))
    rows = {target: taken[target][:each] for target in chosen}
    of, done = sum(map(len, rows.values())), 0
    groups: dict[str, Many] = {}
    for target in chosen:
        groups[names[target]] = explain_many(question, method, case.part, rows[target], target, step, done, of)
        done += len(rows[target])
    head = Paragraph(
        f"{count(of, 'example')} of the {case.part} part were explained by {called(method.kind())}, and what each "
        "part of them had in the answer was taken together."
    )
    kind = next(iter(case.fields.inputs.values()))
    if isinstance(kind, Tokens):
        return [
            head,
            _words(groups),
            Paragraph("Words are named with the share of all weight that lies on them.", "aside"),
        ]
    what = "" if isinstance(kind, Image) else "From left to right runs the time. "
    note = (
        f"Blue or above speaks for the answer, orange or below against it. {what}It shows habits of place alone: what "
        "stands at another place in each example is blurred."
    )
    return [head, _places(groups, isinstance(kind, Image)), Paragraph(note, "aside")]


def _words(groups: dict[str, Many]) -> Grid:
    rows = []
    for name, group in groups.items():
        mean = group.weights.mean(0)
        order = np.argsort(-mean, kind="stable")
        speak = [f"{group.names[at]} ({percent(float(mean[at]))})" for at in order[:_WORDS] if mean[at] > 0]
        against = [
            f"{group.names[at]} ({percent(float(-mean[at]))})" for at in order[::-1][: _WORDS // 2] if mean[at] < 0
        ]
        rows.append((name, ", ".join(speak) or "–", ", ".join(against) or "–"))
    return Grid(("answer", "words that speak for it", "words that speak against it"), tuple(rows), "Words that decide")


def _places(groups: dict[str, Many], pictures: bool) -> Examples:
    items = []
    for name, group in groups.items():
        mean = np.asarray(group.features.spread(torch.from_numpy(group.weights.mean(0))).numpy())
        told = f"{count(len(group.rows), 'example')}; {_where(group)}"
        alt = f"Mean explanation of {name}, {told}"
        if mean.ndim == 3:  # a picture; of a sound its spectrogram, low pitches below
            plane = mean.sum(0) if pictures else mean.sum(0)[::-1]
            items.append(Example(name, (told,), png=heat(plane), alt=alt))
        else:
            items.append(Example(name, (told,), svg=figures.strip(np.atleast_2d(mean).sum(0), alt), alt=alt))
    return Examples(tuple(items))


def _where(group: Many) -> str:
    """How much of the weight lies on a tenth of the places: even for none, a tenth."""
    sizes = np.sort(np.abs(group.weights).mean(0))[::-1]
    tenth = max(1, round(len(sizes) / 10))
    return f"{percent(float(sizes[:tenth].sum() / max(sizes.sum(), 1e-12)))} of the weight on a tenth of the places"
