"""What a task part is: the contract that lets one training loop serve them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from dlviz.core.part import Part
from dlviz.core.values import Array, Value
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.network.graph import Graph
from dlviz.tasks.told import Told

Networks = Mapping[str, nn.Module]
#: Numbers that go in at a time, about, and examples at least and at most: what a layer makes of more is memory that the
#: system hands out page by page, each time anew.
_NUMBERS, _FEWEST, _MOST = 200_000, 64, 1024


@dataclass(frozen=True)
class Role:
    """One network that a task trains: what goes in (field name → shape without the batch, in the order of the
    network's arguments) and the shape that must come out (None: free; a size of `FREE`: as many as the network
    likes)."""

    inputs: dict[str, tuple[int, ...]]
    output: tuple[int, ...] | None
    about: str = ""


class Loss(NamedTuple):
    """One loss that the loop steps on: the role whose weights it trains, the loss (a scalar tensor with a graph),
    and what the training metrics are computed from without a second pass (or None): as `Task.forward` gives it."""

    role: str
    value: Tensor
    outputs: Tensor | None = None
    #: Over how many things `value` is the mean (tokens, frames), where that is not the number of examples.
    weight: float | None = None


@dataclass(frozen=True)
class Interval:
    """A test figure with its 95 % confidence interval and what a trivial guess would reach."""

    name: str
    value: float
    low: float
    high: float
    baseline: float
    baseline_name: str
    higher_is_better: bool = True


class Task(Part, family="tasks"):
    """What is learned from what.

    The loop knows only this:

        for loss in task.losses(networks, batch, fields):
            optimizers[loss.role].zero_grad(); loss.value.backward(); optimizers[loss.role].step()

    `losses` is a generator: whatever it computes after a `yield` sees the networks already stepped.
    `fields` say which columns of a batch are inputs, in the order of the networks' arguments, and which are targets.
    """

    #: Whether it may be chosen where the spec names no task. False: only when asked for.
    automatic: ClassVar[bool] = True

    #: The metric that says how good a run is ("accuracy"), and whether more is better.
    primary: ClassVar[str] = "loss"
    higher_is_better: ClassVar[bool] = False
    #: Whether its networks work against each other, so that no loss of theirs is meant to fall for good.
    adversarial: ClassVar[bool] = False

    #: Whether its answer lies at a place of a text, so that a token left out would move it to another one.
    by_place: ClassVar[bool] = False
    #: Whether a target means something in one example alone (its own gap, its own answer so far), so that no study can
    #: ask it of others.
    of_one: ClassVar[bool] = False
    #: What goes in beside the input that an explanation is about, in a few words; empty where nothing does.
    beside: ClassVar[str] = ""

    #: What it puts behind a drawn network when it trains it, in a sentence for whoever reads the network's code.
    adds: ClassVar[str] = ""

    def why_not(self, fields: Fields) -> str | None:
        """Why such data cannot serve this task, in a sentence; None: it can."""
        raise NotImplementedError

    def roles(self, fields: Fields) -> dict[str, Role]:
        """The networks it trains."""
        raise NotImplementedError

    def starters(self, fields: Fields) -> dict[str, dict[str, Graph]]:
        """Ready networks for such data: title → role → graph. The first is the default."""
        raise NotImplementedError

    def recipe(self, fields: Fields) -> dict[str, Any]:
        """What a spec that says nothing about it trains with: `{"optimization": …, "training": …}`, brief documents
        as in a spec. It should do well on such data within a minute or so on two cores."""
        return {}

    def prepare(self, networks: Networks, fields: Fields, train: Examples | None) -> None:
        """Give the networks what the task needs inside them, in place, once after they are built and before their
        weights move to a device, are counted or loaded: the scale of the targets, as buffers, for instance. `train`
        is the training part to learn it from; None: a checkpoint is about to be loaded, which holds it."""

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        """Yield one loss after the other, each already a mean over the batch. Called in training mode, and, under
        `no_grad` in evaluation mode, to get validation losses (it must then not need gradients)."""
        raise NotImplementedError

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        """The outputs (N, …) from which metrics are computed: logits, predicted numbers. No gradient is needed.

        Their shape does not depend on how far the batch is padded, and they are small: a whole part's are held
        together. Where a network answers for each step, they are what was made of its answers: the chosen tags, the
        sum of a text's losses."""
        raise NotImplementedError

    def example_losses(self, networks: Networks, outputs: Tensor, batch: Batch, fields: Fields) -> Tensor | None:
        """(N,) the loss of each example alone, from `outputs` as `forward` gives them; None where an example has none
        of its own."""
        return None

    def metrics(self, fields: Fields) -> dict[str, Any]:
        """torchmetrics objects by name; each is updated with `measured(outputs, batch, fields)`, once for
        a whole part (an update costs much more than the arithmetic in it). May be empty. One whose `while_training`
        is False is measured in evaluation alone: steps of training give it nothing."""
        return {}

    def measured(self, outputs: Tensor, batch: Batch, fields: Fields) -> tuple[Tensor, Tensor]:
        """(predictions, targets) as the metrics take them; softened targets are made hard again."""
        raise NotImplementedError

    def predict(self, networks: Networks, inputs: Batch, fields: Fields) -> dict[str, Value]:
        """Values a person can read, by target name: a Category with probabilities (N, classes), a Scalar (N,).
        In the target's own units."""
        raise NotImplementedError

    def targets(self, fields: Fields) -> Sequence[str]:
        """What an explanation can explain: the class names; ("value",) for a number; the steps of a forecast."""
        return ()

    def explains(self, fields: Fields) -> str | None:
        """The input that an explanation gives numbers to; all else that goes in stays as it is. None: there is none."""
        return next(iter(fields.inputs)) if len(fields.inputs) == 1 else None

    def posed(self, inputs: Batch, target: int, fields: Fields) -> Batch:
        """The inputs as the network is shown them when it is asked for a target: with a gap there, for instance."""
        return inputs

    def blank(self, fields: Fields) -> int | None:
        """The token that its network learned to take for one that is not told; it stands in for what an explanation
        hides. None: there is none."""
        return None

    def told(self, networks: Networks, batch: Batch, fields: Fields) -> list[Told] | None:
        """Of a task whose answer is neither one class nor one number: what is said of each example of the batch, and
        what one may ask about; its targets, where the batch holds them, say what is right. None: `predict` says it."""
        return None

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        """(N,) the number that an explanation explains: the logit of class `target`, the predicted number.
        Differentiable in `inputs`."""
        raise NotImplementedError

    def margin(self, networks: Networks, inputs: Batch, target: int, against: int, fields: Fields) -> Tensor:
        """(N,) how far the score of one target is above that of another. A task whose scores come out of one pass
        takes them out of one: some methods must not see a layer called twice."""
        return self.score(networks, inputs, target, fields) - self.score(networks, inputs, against, fields)

    def result(self, outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
        """The test figure against a trivial guess made from the training part."""
        return None

    def views(self, networks: Networks, data: Data, part: str, outputs: Tensor | None) -> dict[str, Value]:
        """What to draw while training (`part` is "validation") and at the end ("test"), by short file name.
        `outputs` are those of the whole part, when the loop has just computed them."""
        return {}


def at_a_time(examples: Examples, fields: Fields) -> int:
    """How many examples are passed together: it follows from the data, so that the figures do."""
    each = sum(examples.columns[name][:1].numel() for name in fields.inputs)
    return max(_FEWEST, min(_MOST, _NUMBERS // max(1, each)))


def in_batches(examples: Examples, size: int, device: torch.device | None = None) -> Iterator[Batch]:
    """All examples in order, `size` at a time, on `device` (else where they lie)."""
    for start in range(0, len(examples), size):
        batch = examples.batch(slice(start, start + size))
        yield batch if device is None else {name: column.to(device) for name, column in batch.items()}


def device_of(networks: Networks) -> torch.device | None:
    """Where the networks compute; None: they have no weights."""
    return next((weight.device for network in networks.values() for weight in network.parameters()), None)


@torch.no_grad()
def forward_all(task: Task, networks: Networks, examples: Examples, fields: Fields) -> Tensor:
    """`task.forward` over all examples, in evaluation mode; the modes are restored."""
    modes = {role: network.training for role, network in networks.items()}
    for network in networks.values():
        network.eval()
    try:
        batches = in_batches(examples, at_a_time(examples, fields), device_of(networks))
        return torch.cat([task.forward(networks, batch, fields) for batch in batches])
    finally:
        for role, network in networks.items():
            network.train(modes[role])


def inputs_of(batch: Batch, fields: Fields) -> list[Tensor]:
    """The input columns of a batch in the order of a network's arguments."""
    return [batch[name] for name in fields.inputs]


def as_array(tensor: Tensor) -> Array:
    return np.asarray(tensor.detach().float().cpu().numpy())
