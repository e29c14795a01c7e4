"""Muting: what the network still can when some of its units say nothing."""

from __future__ import annotations

import copy
from typing import ClassVar

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Bars, Category, Table, Value
from dlviz.datasets.data import Examples, Fields
from dlviz.explainers.explainer import Step
from dlviz.studies.muted import mute, parse_units, units
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.classification import Classification
from dlviz.tasks.task import Networks, Task, forward_all

#: So many units of a layer are muted one after the other where none is named.
TRIED = 64
NAMED = "conv1:3, conv1:5, linear"


class Muting(Study):
    """Makes units of the network say 0 (neurons, filters, heads, whole layers) and measures what that costs, class by
    class.

    The weights are not changed: it is done to a copy, on examples of the validation part. Without a unit named, each
    of a layer's units is muted alone, to find those on which most depends.
    """

    paper: ClassVar[str] = "Morcos et al. 2018, On the importance of single directions for generalization, ICLR"
    reading: ClassVar[str] = (
        "A class whose accuracy falls needed what was muted. Where nothing falls, others do the same work, or it did "
        "none."
    )
    misleads: ClassVar[str] = (
        "A network that never met a silent unit may fail for the silence alone; and units that can replace each other "
        "seem useless one by one."
    )
    cost: ClassVar[str] = "`examples` answers before, and as many after; without a unit named, for each of them"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "what if"

    units: str = setting(
        "", f"What is muted: layer:number for a unit, the layer's name alone for all of it: {NAMED}. Nothing: each "
        "unit of a layer in turn.", names="units",
    )  # fmt: skip
    layer: str = setting(
        "auto", "Whose units are muted in turn where none is named. `auto`: the last layer before the answer.",
        min_length=1, names="muted", usual="the last before the answer",
    )  # fmt: skip
    examples: int = setting(500, "On how many examples of the validation part it is measured.", ge=20, le=20_000)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        if not task.targets(fields) or len(networks) != 1:
            return "It measures one network that gives a class or a number."
        if task.of_one and len(fields.inputs) > 1:
            return f"Each unit would need all answers of {task.kind()} written anew. Mute some by hand: Ask back."
        (network,) = networks.values()
        return None if units(network) else "This network has no inner layer with units of its own."

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        part = _first(question.data.validation, self.examples)
        before = measured(inquiry, question.networks, part)
        named = parse_units(self.units)
        if not named:
            return self._in_turn(inquiry, part, before, step)
        step(0, 1)
        muted = {role: copy.deepcopy(network) for role, network in question.networks.items()}
        mute(muted, named)
        after = measured(inquiry, muted, part)
        step(1, 1)
        return _told(before, after, ", ".join(map(_worded, ((one.layer, one.number) for one in named))))

    def _in_turn(self, inquiry: Inquiry, part: Examples, before: dict[str, float], step: Step) -> Finding:
        question = inquiry.question
        (network,) = question.networks.values()
        known = units(network)
        layer = list(known)[-1] if self.layer == "auto" else self.layer
        if layer not in known:
            raise WrongInput(f"There is no layer `{layer}` that can be muted. There are {', '.join(known)}.")
        count = min(TRIED, known[layer])
        losses = np.empty(count)
        for number in range(count):
            step(number, count)
            alone = {role: copy.deepcopy(one) for role, one in question.networks.items()}
            mute(alone, parse_units(f"{layer}:{number}"))
            losses[number] = before["all"] - measured(inquiry, alone, part)["all"]
        step(count, count)
        worst = int(losses.argmax())
        names = tuple(str(number) for number in range(count))
        idle = int((np.abs(losses) < 1e-9).sum())
        says = (
            f"Of {count} units of `{layer}`, muting unit {worst} alone costs most: {100 * losses[worst]:.1f} points. "
            f"{idle} can be muted without any loss."
        )
        drawn = Value(
            Bars(names=names, title="loss in points", signed=True), 100 * losses, f"`{layer}`, unit by unit", says
        )
        return Finding(says, [drawn], {"layer": layer, "losses": losses.tolist()})


def measured(inquiry: Inquiry, networks: Networks, part: Examples) -> dict[str, float]:
    """How good the networks are on a part, larger is better: the share that is right, by class and under "all"; of any
    other task its test figure (`Task.result`), turned round where less is better, under "all" alone."""
    question = inquiry.question
    task, fields = question.task, question.data.fields
    outputs = forward_all(task, networks, part, fields)
    kind = next(iter(fields.targets.values()), None)
    if isinstance(kind, Category) and isinstance(task, Classification):
        predicted, true = task.measured(outputs, dict(part.columns), fields)
        right = (predicted == true).double()
        by_class = {name: right[true == number] for number, name in enumerate(kind.names)}
        return {"all": float(right.mean()), **{name: float(of.mean()) for name, of in by_class.items() if len(of)}}
    result = task.result(outputs, part, question.data.train, fields)
    if result is None:
        raise WrongInput(f"{task.kind()} has no figure that says how good it is, so no loss can be measured.")
    return {"all": result.value if result.higher_is_better else -result.value}


def _first(part: Examples, most: int) -> Examples:
    at = torch.arange(min(most, len(part)))
    return Examples(part.batch(at), part.rows[at])


def _told(before: dict[str, float], after: dict[str, float], muted: str) -> Finding:
    names = list(before)
    change = np.array([100 * (after[name] - before[name]) for name in names])
    worst = int(change.argmin())
    if change[worst] > -1e-9:
        says = f"Without {muted} nothing becomes worse."
    elif len(names) == 1:
        says = f"Without {muted} its figure goes from {abs(before['all']):.3g} to {abs(after['all']):.3g}."
    else:
        lost = f"falls by {-change[0]:.1f}" if change[0] < 0 else f"rises by {change[0]:.1f}"
        most = names[1 + int(change[1:].argmin())]
        says = f"Without {muted} the accuracy {lost} points; “{most}” loses most."
    rows: Array = np.array(
        [[name, f"{100 * before[name]:.1f}", f"{100 * after[name]:.1f}", f"{gain:+.1f}"]
         for name, gain in zip(names, change, strict=True)]
    )  # fmt: skip
    return Finding(
        says,
        [
            Value(Bars(names=tuple(names), title="points gained or lost", signed=True), change, "By class", says),
            Value(Table(columns=("class", "before, %", "muted, %", "points")), rows, "Before and after"),
        ],
        {"before": before, "after": after},
    )


def _worded(unit: tuple[str, int | None]) -> str:
    return f"all of `{unit[0]}`" if unit[1] is None else f"unit {unit[1]} of `{unit[0]}`"
