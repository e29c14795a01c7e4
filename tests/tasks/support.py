"""Small data and networks for the tests of tasks, and a training loop of ten lines."""

from __future__ import annotations

import torch
from torch import nn

from dlviz.core.values import Audio, Category, Image, Kind, Scalar, Series, Tags, Tokens, Vector
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.network.build import build
from dlviz.network.graph import Graph
from dlviz.tasks.task import Loss, Task

PLANE, ROW = Vector(names=("x", "y")), Vector(names=("a", "b", "c"))
DIGIT, PHOTO = Image(channels=1, height=8, width=8), Image(channels=3, height=28, width=24)
WORDS = Tokens(vocabulary=("<pad>", "<unk>", *"abcdefghijkl"), length=9)
SOUND = Audio(rate=1000, samples=400)
SAID = Tokens(vocabulary=("<pad>", "<unk>", " ", "a", "b"), length=3)
CLASSES, NUMBER = Category(names=("no", "yes", "maybe")), Scalar()
EACH = Tags(names=("O", "B-name", "I-name"), length=9)
PAST, AHEAD = Series(names=("a", "b"), steps=8, season=4), Series(names=("a",), steps=3, season=4)


def examples(kind: Kind, target: Kind, count: int, seed: int) -> Examples:
    """Inputs by chance; the target follows from the first of their numbers."""
    random = torch.Generator().manual_seed(seed)
    if isinstance(kind, Tokens):
        inputs = torch.randint(1, len(kind.vocabulary), (count, kind.length), generator=random)
        inputs[torch.arange(kind.length) >= torch.randint(1, kind.length, (count, 1), generator=random)] = 0
        first = inputs[:, 0] / 4 - 1.9
    else:
        inputs = torch.randn(count, *kind.shape(), generator=random)
        first = inputs.flatten(1)[:, 0].contiguous()
    if isinstance(target, Series):
        return Examples({"input": inputs, "target": inputs[:, :1, :3] + 0.1}, torch.arange(count))
    if isinstance(target, Tags):
        tags = (inputs % len(target.names)).masked_fill(inputs == 0, -1)
        return Examples({"input": inputs, "target": tags}, torch.arange(count))
    if isinstance(target, Tokens) and isinstance(kind, Audio):
        said = torch.where(first[:, None] < 0, torch.tensor([3, 0, 0]), torch.tensor([4, 2, 3]))
        return Examples({"input": inputs, "target": said}, torch.arange(count))
    if isinstance(target, Tokens):
        return Examples({"input": inputs, "target": inputs.roll(-1, 1)}, torch.arange(count))
    known = torch.bucketize(first, torch.tensor([-0.4, 0.4])) if isinstance(target, Category) else 1000 + 50 * first
    return Examples({"input": inputs, "target": known}, torch.arange(count))


def data(kind: Kind, target: Kind, count: int = 90) -> Data:
    fields = Fields({"input": kind}, {"target": target}, 3 * count)
    return Data(fields, *(examples(kind, target, count, seed) for seed in range(3)), encoders={})


def networks(task: Task, fields: Fields, train: Examples | None, graphs: dict[str, Graph] | None = None):  # type: ignore[no-untyped-def]
    """The starter's networks, or those of `graphs`, prepared as the worker does it."""
    torch.manual_seed(0)
    graphs = graphs or next(iter(task.starters(fields).values()))
    made = {role: build(graphs[role], known.inputs, known.output) for role, known in task.roles(fields).items()}
    task.prepare(made, fields, train)
    return made


def trained(task: Task, networks: dict[str, nn.Module], data: Data, steps: int = 30, lr: float = 0.01) -> list[Loss]:
    """Train on the whole training part at once; the losses of the last step."""
    optimizers = {role: torch.optim.Adam(network.parameters(), lr=lr) for role, network in networks.items()}
    told: list[Loss] = []
    for _ in range(steps):
        told = []
        for loss in task.losses(networks, data.train.columns, data.fields):
            optimizers[loss.role].zero_grad()
            loss.value.backward()
            optimizers[loss.role].step()
            told.append(loss._replace(value=loss.value.detach()))
    return told
