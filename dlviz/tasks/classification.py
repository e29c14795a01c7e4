"""Classification: which of several classes an example belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.setting import setting
from dlviz.core.values import Category, Image, Matrix, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.network.graph import Graph
from dlviz.tasks.class_f1 import class_f1, in_words
from dlviz.tasks.interval import wilson
from dlviz.tasks.plane import surface
from dlviz.tasks.recipes import recipe
from dlviz.tasks.samples import sample_predictions
from dlviz.tasks.starters import is_plane, predictors
from dlviz.tasks.task import Interval, Loss, Networks, Role, Task, as_array, inputs_of


class Classification(Task):
    """Say which of several classes an example belongs to, and how sure that is.

    The loss is the cross-entropy -log p(true class), with p the softmax of the network's outputs (logits). Targets
    are class indices (N,), or probabilities (N, classes) where mix-up or label smoothing has softened them.
    """

    primary: ClassVar[str] = "accuracy"
    higher_is_better: ClassVar[bool] = True

    class_weights: Literal["equal", "balanced"] = setting(
        "equal",
        "How much an error counts. `equal`: each example the same. `balanced`: each class the same in sum, so that "
        "a rare class is not passed over; expect more false alarms for it.",
    )

    def why_not(self, fields: Fields) -> str | None:
        kinds = list(fields.targets.values())
        if len(kinds) != 1 or not isinstance(kinds[0], Category):
            return "Classification needs one target that is a class; " + _targets(fields)
        if len(kinds[0].names) < 2:
            return f"Classification needs at least two classes; this target has {len(kinds[0].names)}."
        return None

    def roles(self, fields: Fields) -> dict[str, Role]:
        shapes = {name: kind.shape() for name, kind in fields.inputs.items()}
        return {"model": Role(shapes, (len(self._names(fields)),), "one logit for each class")}

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        return {title: {"model": graph} for title, graph in predictors(fields).items()}

    def recipe(self, fields: Fields) -> dict[str, Any]:
        return recipe(fields)

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        """Keep the class weights, n / (classes · count), where the loss finds them and devices move them. They are
        no part of what is learned, so no checkpoint holds them."""
        if self.class_weights == "balanced" and train is not None:
            counts = torch.bincount(train.columns[_target(fields)], minlength=len(self._names(fields)))
            weights = len(train) / (len(counts) * counts.clamp(min=1).float())
            networks["model"].register_buffer("class_weights", weights, persistent=False)

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        logits = self.forward(networks, batch, fields)
        weights = getattr(networks["model"], "class_weights", None)
        yield Loss("model", F.cross_entropy(logits, batch[_target(fields)], weight=weights), logits.detach())

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """Logits (N, classes)."""
        logits: Tensor = networks["model"](*inputs_of(batch, fields))
        return logits

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        return F.cross_entropy(outputs.float(), batch[_target(fields)], reduction="none")

    def metrics(self, fields: Fields) -> dict[str, Any]:
        from torchmetrics.classification import MulticlassAccuracy, MulticlassF1Score

        classes = len(self._names(fields))
        made = {
            "accuracy": MulticlassAccuracy(classes, average="micro", validate_args=False),
            "f1": MulticlassF1Score(classes, average="macro", validate_args=False),
        }
        sought = getattr(next(iter(fields.targets.values())), "sought", "")
        if sought in self._names(fields):
            made[f"f1_{sought}"] = class_f1(classes, self._names(fields).index(sought))
        return made

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """(predicted, true) class indices, each (N,)."""
        target = batch[_target(fields)]
        return outputs.argmax(1), target.argmax(1) if target.is_floating_point() else target

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        probabilities = as_array(self.forward(networks, inputs, fields).float().softmax(1))
        name = _target(fields)
        return {name: Value(fields.targets[name], probabilities, name)}

    def targets(self, fields: Fields) -> tuple[str, ...]:
        return self._names(fields)

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        return self.forward(networks, inputs, fields)[:, target]

    def margin(self, networks: Networks, inputs: Batch, target: int, against: int, fields: Fields) -> Tensor:
        logits = self.forward(networks, inputs, fields)
        return logits[:, target] - logits[:, against]

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        predicted, true = self.measured(outputs, examples.columns, fields)
        right, of = int((predicted == true).sum()), len(true)
        low, high = wilson(right, of)
        most = int(torch.bincount(train.columns[_target(fields)]).argmax())
        share = float((true == most).float().mean())
        return Interval("accuracy", right / of, low, high, share, f"always saying “{self._names(fields)[most]}”")

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        views = {}
        fields, names = data.fields, self._names(data.fields)
        true = data.part(part).columns[_target(fields)]
        if outputs is not None:
            views["confusion"] = confusion(outputs.argmax(1), true, names)
            probabilities = as_array(outputs[:24].float().softmax(1))
            views["samples"] = sample_predictions(
                data,
                part,
                {
                    "probabilities": probabilities,
                    "prediction": probabilities.argmax(1),
                    "target": np.asarray(true[:24].cpu().numpy()),
                    "names": np.asarray(names),
                },
            )
        kind = next(iter(fields.inputs.values()))
        if len(fields.inputs) == 1 and is_plane(kind) and not isinstance(kind, Image):
            drawn = surface(data, part, lambda points: networks["model"](points).softmax(1), names, true)
            if drawn:
                views["surface"] = drawn
        return views

    @staticmethod
    def _names(fields: Fields) -> tuple[str, ...]:
        kind = next(iter(fields.targets.values()))
        assert isinstance(kind, Category)
        return kind.names


def confusion(predicted: Tensor, true: Tensor, names: tuple[str, ...]) -> Value:
    """How often each class (row) was taken for each (column), as counts."""
    size = len(names)
    counts = torch.bincount(true * size + predicted, minlength=size * size).reshape(size, size)
    kind = Matrix(rows=names, columns=names, row_title="true class", column_title="predicted class")
    right, of = int(counts.diagonal().sum()), int(counts.sum())
    note = f"{right} of {of} examples lie on the diagonal: they are predicted right."
    if size == 2:
        note = f"{note} {in_words(counts, names)}".strip()
    return Value(kind, np.asarray(counts.cpu().numpy()), "Confusion matrix", note)


def _target(fields: Fields) -> str:
    return next(iter(fields.targets))


def _targets(fields: Fields) -> str:
    kinds = ", ".join(f"`{name}` ({kind.kind()})" for name, kind in fields.targets.items())
    return f"this data has {kinds or 'no target'}."
