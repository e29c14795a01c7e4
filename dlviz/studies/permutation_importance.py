"""PermutationImportance: how much worse a network does once a column no longer says anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Array, Attribution, Audio, Bars, Image, Kind, Series, Tokens, Value, Vector
from dlviz.core.written import figure as written
from dlviz.datasets.data import Examples, Fields
from dlviz.explainers.explainer import Question, Step, sole_input
from dlviz.explainers.features import Features
from dlviz.explainers.scored import field_of
from dlviz.studies.columns import columns_of, held_out
from dlviz.studies.related import related
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task, as_array, forward_all
from dlviz.training.evaluate import measure

#: Bars that are drawn; all are among the numbers.
_DRAWN = 20
#: A picture is cut into so many cells a side, a series into so many windows.
_CELLS, _WINDOWS = 7, 24


class PermutationImportance(Study):
    """Shuffles one column among the rows of the validation part, so that it says nothing any more, and measures how
    much worse the network does.

    Of pictures and series, whose things always stand in the same place, a cell or a window is a column.
    """

    paper: ClassVar[str] = (
        "Breiman 2001, Random Forests; Fisher, Rudin & Dominici 2019, All Models are Wrong, but Many are Useful, "
        "arXiv:1801.01489"
    )
    reading: ClassVar[str] = (
        "A long bar: without what this column says the network does much worse. About 0: the network does as well "
        "without it. The thin line reaches from the least to the most that one shuffle cost."
    )
    misleads: ClassVar[str] = (
        "Of two columns that say the same, each looks unimportant while the other is there: shuffle them `together`. "
        "And it tells what this network uses, not what the world depends on."
    )
    cost: ClassVar[str] = "`repeats` answers for each example and column"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "columns"

    measured: Literal["metric", "loss"] = setting(
        "metric",
        "By what it is measured. `metric`: the task's own, such as accuracy. `loss`: finer, for it counts how sure "
        "the network is; with few examples the metric moves in steps.",
    )
    repeats: int = setting(10, "How often each column is shuffled. More: surer, slower.", ge=1, le=100)
    examples: int = setting(1000, "How many examples are asked about at most.", ge=10, le=100_000)
    together: float = setting(
        1.0,
        "Columns of numbers whose ranks go together at least so closely (Spearman) are shuffled as one. 1: each alone.",
        ge=0.1,
        le=1.0,
    )
    seed: int = setting(0, "The chance by which it is shuffled.", ge=0, le=2**31, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        name = sole_input(fields)
        if name is None:
            return f"It shuffles the parts of a single input; this data has {len(fields.inputs)}."
        kind = fields.inputs[name]
        if isinstance(kind, (Tokens, Audio)):
            what = "word" if isinstance(kind, Tokens) else "sound"
            return (
                f"It shuffles what stands at the same place of many examples: in each of these another {what} stands "
                "there. MeanAttribution tells what counts."
            )
        if not isinstance(kind, (Vector, Image, Series)):
            return "It needs a table, pictures or series."
        return None if task.metrics(fields) or self.measured == "loss" else f"{task.kind()} has no metric."

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        name, kind = field_of(question)
        part, examples = held_out(question.data)
        at = _some(len(examples), self.examples, self.seed)
        examples = Examples(examples.batch(at), examples.rows[at])
        features = self._features(kind, examples.columns[name], question)
        judge, figure = _judge(question, self.measured)
        whole = judge(examples)
        costs = np.empty((self.repeats, features.count))
        chance = torch.Generator().manual_seed(self.seed)
        done, of = 0, self.repeats * features.count
        for repeat in range(self.repeats):
            for number in range(features.count):
                order = torch.randperm(len(examples), generator=chance)
                costs[repeat, number] = whole - judge(_shuffled(examples, name, features.of == number, order))
                done += 1
                step(done, of)
        value = self._drawn(costs, features, kind, examples.columns[name], figure, part)
        mean = costs.mean(0)
        names = list(features.names) or [_place(number, features, kind) for number in range(features.count)]
        best = int(mean.argmax())
        where = names[best]
        says = (
            f"Without what {where} says, {figure} would be {mean[best]:.3g} worse on the {part} part "
            f"({len(examples)} examples, {self.repeats} shuffles)."
        )
        if mean[best] <= 0:
            says = f"Whatever is shuffled, {figure} of the {part} part gets no worse: the network uses none of it."
        numbers = {
            "importance": dict(zip(names, mean.round(6).tolist(), strict=True)),
            "spread": dict(zip(names, costs.std(0).round(6).tolist(), strict=True)),
            "figure": figure,
        }
        return Finding(says, [value], numbers)

    def _features(self, kind: Kind, rows: Tensor, question: Question) -> Features:
        """What is shuffled as one: a column with all its positions, columns that go together, a cell, a window."""
        if isinstance(kind, Image):
            return Features.cells(kind, max(1, -(-max(kind.height, kind.width) // _CELLS)))
        if isinstance(kind, Series):
            return Features.windows(kind.shape(), max(1, -(-kind.steps // _WINDOWS)))
        assert isinstance(kind, Vector)
        name, _ = field_of(question)
        encoder = question.data.encoders.get(name)
        columns = Features.columns(kind, encoder.groups() if encoder else {})
        if self.together >= 1:
            return columns
        groups = related(columns_of(question.data.fields, question.data.encoders, rows), self.together)
        group = torch.empty(columns.count, dtype=torch.long)
        for number, members in enumerate(groups):
            group[members] = number
        return columns.joined(group, tuple(" + ".join(columns.names[one] for one in members) for members in groups))

    def _drawn(self, costs: Array, features: Features, kind: Kind, inputs: Tensor, figure: str, part: str) -> Value:
        mean = costs.mean(0)
        loss = f"loss of {written(figure)}" if figure != "loss" else "more loss"
        title = f"Importance by shuffling: {loss}"
        if isinstance(kind, Vector):
            order = np.argsort(-mean, kind="stable")[:_DRAWN]
            note = f"{self.reading} Measured on the {part} part."
            if len(order) < len(mean):
                note += f" The {len(order)} longest of {len(mean)} bars."
            bars = Bars(names=tuple(features.names[at] for at in order), title=title, signed=True)
            low, high = costs.min(0)[order], costs.max(0)[order]
            return Value(bars, mean[order], title, note, {"low": low, "high": high})
        over = Attribution(over="picture" if isinstance(kind, Image) else "series", sides=("worse", "better"))
        note = (
            "The darker a place is in blue, the worse the network does without what stands there; under it lies the "
            f"mean of the {part} part. It tells something only where things stand in the same place in all examples."
        )
        everywhere = torch.from_numpy(mean)[features.of]
        more = {"input": as_array(inputs.float().mean(0))}
        if isinstance(kind, Series):
            more["channels"] = np.array(kind.names)
        return Value(over, as_array(everywhere), title, note, more)


def _place(number: int, features: Features, kind: Kind) -> str:
    """Where a cell or a window lies, in words."""
    assert features.grid is not None
    row, column = divmod(number, features.grid[1])
    if isinstance(kind, Series):
        side = -(-kind.steps // features.grid[1])
        return f"{kind.names[row]}, steps {column * side + 1} to {min((column + 1) * side, kind.steps)},"
    return f"the cell in row {row + 1}, column {column + 1} of {features.grid[0]} by {features.grid[1]}"


def _judge(question: Question, measured: str) -> tuple[Callable[[Examples], float], str]:
    """What tells how well the networks do on examples, larger is better, and its name."""
    task, networks, fields = question.task, question.networks, question.data.fields
    metrics = task.metrics(fields)
    if measured == "metric" and metrics:
        figure = task.primary if task.primary in metrics else next(iter(metrics))
        sign = 1.0 if task.higher_is_better else -1.0

        def by_metric(examples: Examples) -> float:
            outputs = forward_all(task, networks, examples, fields)
            found = measure(task, {figure: metrics[figure]}, outputs, examples.columns, fields)[figure]
            return sign * (float("nan") if found is None else found)

        return by_metric, figure

    def by_loss(examples: Examples) -> float:
        outputs = forward_all(task, networks, examples, fields)
        losses = task.example_losses(networks, outputs, examples.columns, fields)
        if losses is None:
            raise WrongInput("An example has no loss of its own in this task. Let it be `measured` by the metric.")
        return -float(losses.double().mean())

    return by_loss, "loss"


def _shuffled(examples: Examples, name: str, places: Tensor, order: Tensor) -> Examples:
    """The examples with what stands at `places` (*shape) of input `name` taken from those at `order`."""
    inputs = examples.columns[name]
    mixed = torch.where(places, inputs[order], inputs)
    return Examples({**examples.columns, name: mixed}, examples.rows)


def _some(count: int, most: int, seed: int) -> Tensor:
    """Up to `most` places, drawn by `seed`, in order."""
    if count <= most:
        return torch.arange(count)
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))[:most].sort().values
