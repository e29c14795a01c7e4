"""FeatureMaps: what a layer makes of the example."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.frames import reach
from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Audio, Bars, Image, Matrix, Series, Tokens, Value, Vector
from dlviz.datasets.data import Fields
from dlviz.datasets.tokenizer import PAD_ID, visible
from dlviz.explainers.explainer import Question, Step
from dlviz.explainers.passing import passing
from dlviz.explainers.scored import field_of, scorer, why_not
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.studies.units_of import units_along
from dlviz.tasks.task import Networks, Task, as_array

#: Columns of a heat map at most: of longer series and sounds so many stretches are averaged.
_ACROSS = 200


class FeatureMaps(Study):
    """Shows what a layer gives for the example: of a convolution one picture a channel, of other layers how strongly
    each unit answers."""

    paper: ClassVar[str] = (
        "Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks, arXiv:1311.2901; Yosinski et al. "
        "2015, Understanding Neural Networks Through Deep Visualization, arXiv:1506.06579"
    )
    reading: ClassVar[str] = (
        "Each map shows where in the input its pattern was found: bright where strongly. Early layers find edges and "
        "tones, later ones parts of things, at fewer places."
    )
    misleads: ClassVar[str] = (
        "That a unit answers does not say that the decision used it. And one unit may answer to several unlike things."
    )
    cost: ClassVar[str] = "one answer"
    group: ClassVar[Group] = "inside"

    layer: str = setting(
        "auto", "Which layer. `auto`: the first with weights.", min_length=1, names="layer",
        usual="the first with weights",
    )  # fmt: skip
    count: int = setting(24, "How many of its units to show: those that answer most strongly.", ge=1, le=64)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question, layers = inquiry.question, InnerLayers.of(inquiry.question)
        name = self.layer
        if name == "auto":
            named = [one for one in layers.weighted if one in layers.shapes]
            if not named:
                raise WrongInput("This network has no layer with weights. Name the layer to look at.")
            name = named[0]
        field, _ = field_of(question)
        step(0, 1)
        given = passing(layers.layer(name), scorer(question), question.inputs[field])
        step(1, 1)
        units = as_array(given.movedim(units_along(question, layers, name), 1)[0])  # (units, *places)
        strength = np.abs(units).reshape(len(units), -1).max(1)
        shown = np.sort(np.argsort(-strength, kind="stable")[: self.count])
        low, high = float(units.min()), float(units.max())
        silent = int((strength == 0).sum())
        numbers = {"layer": name, "shape": list(layers.shapes[name]), "low": low, "high": high, "silent": silent,
                   "units": [int(unit) for unit in shown]}  # fmt: skip
        what = "places" if units.ndim > 1 else "units"
        says = (
            f"Layer `{name}` gives {_size(units)} for this example, from {low:.3g} to {high:.3g}; "
            f"{100 * float((units == 0).mean()):.0f} % of its {what} are 0."
        )
        if silent and units.ndim > 1:
            says += f" {silent} of its {len(units)} units do not answer at all."
        return Finding(says, [_drawn(question, name, units, shown)], numbers)


def _size(units: Array) -> str:
    if units.ndim == 1:
        return f"{len(units)} numbers"
    places = " × ".join(map(str, units.shape[1:]))
    return f"{len(units)} maps of {places} places"


def _drawn(question: Question, name: str, units: Array, shown: Array) -> Value:
    """The chosen units (units, *places) as pictures, as a heat map over steps or words, or as bars."""
    title, chosen = f"What layer `{name}` gives", units[shown]
    names = tuple(f"unit {unit}" for unit in shown)
    if units.ndim == 1:
        return Value(Bars(names=names, title="answer", signed=bool(units.min() < 0)), chosen, title)
    if units.ndim == 3:
        signed, most = bool(units.min() < 0), reach(units)
        pictures = 0.5 + chosen / (2 * most) if signed else chosen / most
        note = (
            f"Grey is 0, white {most:.3g}, black {-most:.3g}." if signed else f"Black is 0, white {most:.3g}."
        ) + " Below each its number and its largest answer."
        if isinstance(field_of(question)[1], Audio):
            pictures, note = pictures[:, ::-1], f"{note} Pitch goes upwards, as in a spectrogram."
        heads = np.array([f"{unit}: {one.max():.2g}" for unit, one in zip(shown, chosen, strict=True)])
        kind = Image(channels=1, height=units.shape[1], width=units.shape[2])
        return Value(kind, np.ascontiguousarray(pictures[:, None], np.float32), title, note, {"captions": heads})
    columns, chosen = _columns(question, chosen.reshape(len(chosen), -1))
    scale = Matrix(rows=names, columns=columns, row_title="unit", column_title="place",
                   scale="diverging" if units.min() < 0 else "sequential")  # fmt: skip
    return Value(scale, chosen, title)


def _columns(question: Question, units: Array) -> tuple[tuple[str, ...], Array]:
    """(Names of places, what units gave there): words where a text has as many, without its padding; else numbers, in
    stretches where there are many."""
    name, kind = field_of(question)
    if isinstance(kind, Tokens) and kind.length == units.shape[1]:
        ids = question.inputs[name][0].tolist()
        at = [place for place, number in enumerate(ids) if number != PAD_ID]
        return tuple(f"{place + 1} {visible(kind.vocabulary[ids[place]])}" for place in at), units[:, at]
    if units.shape[1] > _ACROSS:
        edges = np.linspace(0, units.shape[1], _ACROSS + 1).astype(int)
        means = np.stack([units[:, a:b].mean(1) for a, b in zip(edges, edges[1:], strict=False)], 1)
        return tuple(str(edge + 1) for edge in edges[:-1]), means
    return tuple(str(place + 1) for place in range(units.shape[1])), units
