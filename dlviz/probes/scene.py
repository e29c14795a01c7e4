"""The scene: what probes look at. The stage stands for a whole run; a scene is one moment on it."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from dlviz.core.frames import Frame
from dlviz.core.values import Array, Category
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.layers.layer import Layer
from dlviz.network.block import Block
from dlviz.network.graph import Graph
from dlviz.network.places import Heard, entries, listening, places
from dlviz.probes.channels import along, last_layer
from dlviz.probes.passed import Passed, passed
from dlviz.tasks.task import Networks, Role, Task, forward_all

#: How many training examples go through the networks at each moment, forwards and backwards.
SAMPLE = 64
#: How many validation examples are looked at where the loop has not just measured them all.
JUDGED = 512
#: How many examples are followed one by one.
CHOSEN = 8

Weights = Mapping[str, Mapping[str, Tensor]]


@dataclass(frozen=True)
class Place:
    """A node with a module of its own: its path (`model.conv1`), its layer and its module in the copy. `channels`:
    along which dimension its units lie where it gives more than rows: 1 (pictures), -1 (steps of a text)."""

    path: str
    layer: Layer
    module: nn.Module
    channels: int = 1


@dataclass(frozen=True)
class Judged:
    """Validation examples with the task's outputs, and what the last layer read of them (N, numbers); None: no layer
    stands before it."""

    index: Array
    outputs: Tensor
    hidden: Tensor | None = None


class Stage:
    """What stays the same for all moments of a run: copies of its networks, which examples are looked at."""

    def __init__(
        self, task: Task, networks: Networks, graphs: Mapping[str, Graph], roles: Mapping[str, Role], data: Data
    ) -> None:
        self.task, self.graphs, self.roles, self.data = task, graphs, roles, data
        self.fields: Fields = data.fields
        self.networks = {role: copy.deepcopy(network).eval() for role, network in networks.items()}
        self.device = next((weight.device for network in networks.values() for weight in network.parameters()), None)
        self._live = networks
        self.norms = [part for twin in self.networks.values() for part in twin.modules() if isinstance(part, _NormBase)]
        for norm in self.norms:
            norm.momentum = 0.0  # looking leaves the running figures as they are
        self.entries = {role: entries(graphs[role], each.inputs, each.output) for role, each in roles.items()}
        self.places = [place for role, graph in graphs.items() for place in _places(graph, role, self.networks[role])]
        self.hidden = last_layer(self.networks, graphs)
        self.sample = _moved(data.train.batch(_spread(len(data.train), SAMPLE)), self.device)
        self.chosen = _chosen(data)
        self._kept: dict[str, Any] = {}

    @torch.no_grad()
    def follow(self) -> None:
        """Bring the copies to where the networks stand now."""
        for role, network in self._live.items():
            torch._foreach_copy_(_tensors(self.networks[role]), _tensors(network))

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` made when it was first asked for under this name: grids, choices."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    @cached_property
    def judged(self) -> Examples:
        """The validation examples that are judged at each moment; `rows` are their numbers in the part."""
        index = _spread(len(self.data.validation), JUDGED)
        return Examples(self.validation(index), index)

    @cached_property
    def targets(self) -> Batch:
        """The targets of the whole validation part, where the networks are."""
        columns = self.data.validation.columns
        return _moved({name: columns[name] for name in self.fields.targets}, self.device)

    def role_of_inputs(self) -> list[str]:
        """The roles whose network takes an example as the data has it, and nothing else."""
        shapes = {name: kind.shape() for name, kind in self.fields.inputs.items()}
        return [role for role, each in self.roles.items() if each.inputs == shapes]

    def validation(self, index: list[int] | Tensor) -> Batch:
        """Validation examples, where the networks are."""
        return _moved(self.data.validation.batch(torch.as_tensor(index, dtype=torch.long)), self.device)


@dataclass
class Scene:
    """One moment: the copies as the networks stood at `step`, and what is worked out of them when first asked for.

    `before`: the weights one step earlier, by role and name. `outputs`: those of the whole validation part where the
    loop has just computed them. `previous`: what each probe saw the last time."""

    stage: Stage
    step: int
    epoch: float
    before: Weights | None = None
    outputs: Tensor | None = None
    previous: Mapping[str, Frame] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    #: Seconds spent on what several probes share, by its name.
    shared: dict[str, float] = field(default_factory=dict)
    #: What a probe has worked out for its frame, kept for its signals.
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        return self.stage.task

    @property
    def data(self) -> Data:
        return self.stage.data

    @property
    def fields(self) -> Fields:
        return self.stage.fields

    @property
    def networks(self) -> dict[str, nn.Module]:
        return self.stage.networks

    def listening(self, attention: bool = False) -> AbstractContextManager[Heard]:
        """While it lasts, what passes through the copies is heard (see `network/places.py`)."""
        return listening(self.networks, self.stage.graphs, self.stage.entries, attention)

    @property
    def shared_seconds(self) -> float:
        return sum(self.shared.values())

    @property
    def passed(self) -> Passed:
        """What passes at every node when the sample of training examples goes forwards and its loss back."""
        with self._shared("passed"):
            return self._passed

    @property
    def seen(self) -> Heard:
        """What passes at every node when the chosen validation examples go forwards, attention too."""
        with self._shared("seen"):
            return self._seen

    @property
    def judged(self) -> Judged:
        """What the networks say of some validation examples, spread over the part, always the same."""
        with self._shared("judged"):
            return self._judged

    @property
    def measured(self) -> tuple[Array, Tensor]:
        """(which validation examples, the task's outputs for them): all where the loop has just measured them, else
        those of `judged`."""
        if self.outputs is not None and len(self.outputs) == len(self.data.validation):
            return np.arange(len(self.outputs)), self.outputs
        return self.judged.index, self.judged.outputs

    def frame(self, probe: str, meta: dict[str, Any], arrays: Mapping[str, Array]) -> Frame:
        return Frame(probe, self.step, self.epoch, meta, dict(arrays))

    @cached_property
    def _passed(self) -> Passed:
        return passed(self.stage, self)

    @cached_property
    def _seen(self) -> Heard:
        with torch.no_grad(), self.listening() as heard:
            for _ in self.task.losses(self.networks, self.stage.validation(self.stage.chosen), self.fields):
                pass  # through all networks, in the order of the task
        return heard

    @cached_property
    def _judged(self) -> Judged:
        stage = self.stage
        found: list[Tensor] = []

        def keep(module: nn.Module, given: tuple[Any, ...]) -> None:
            if module is stage.hidden:  # a copy that writes step by step has this hook, too
                found.append(given[0])

        handle = stage.hidden.register_forward_pre_hook(keep) if stage.hidden else None
        try:
            outputs = forward_all(self.task, self.networks, stage.judged, self.fields)
        finally:
            if handle is not None:
                handle.remove()
        once = sum(map(len, found)) == len(outputs)  # a task may ask the network again for what it writes
        return Judged(stage.judged.rows.numpy(), outputs, torch.cat(found).flatten(1) if found and once else None)

    @contextmanager
    def _shared(self, name: str) -> Iterator[None]:
        began = self.clock()
        yield
        self.shared[name] = self.shared.get(name, 0.0) + self.clock() - began


def weights_of(networks: Networks) -> dict[str, dict[str, Tensor]]:
    """Copies of all weights, by role and name."""
    found = {}
    for role, network in networks.items():
        names, weights = zip(*network.named_parameters(), strict=True)
        copies = torch._foreach_add([weight.detach() for weight in weights], 0)
        found[role] = dict(zip(names, copies, strict=True))
    return found


def _places(graph: Graph, role: str, network: nn.Module) -> Iterator[Place]:
    layers, lying = dict(_layers(graph, role)), along(graph, role)
    for path, module, inner in places(graph, role, network):
        if inner is None:
            yield Place(path, layers[path], module, lying[path])


def _layers(graph: Graph, path: str) -> Iterator[tuple[str, Layer]]:
    for node in graph.nodes:
        yield f"{path}.{node.name}", node.layer
        if isinstance(node.layer, Block):
            yield from _layers(node.layer.graph, f"{path}.{node.name}")


def _tensors(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]


def _moved(batch: Batch, device: torch.device | None) -> Batch:
    return {name: column.to(device) for name, column in batch.items()}


def _spread(many: int, wanted: int) -> Tensor:
    """Up to `wanted` positions, evenly spread over `many`."""
    count = min(many, wanted)
    return (torch.arange(count) * many) // max(1, count)


def _chosen(data: Data) -> list[int]:
    """A few validation examples to follow: of each class in turn where there are classes, else the first ones."""
    many = len(data.validation)
    target, kind = next(iter(data.fields.targets.items()), ("", None))
    if not isinstance(kind, Category):
        return list(range(min(many, CHOSEN)))
    classes = data.validation.columns[target][:2000].tolist()
    by_class: dict[int, list[int]] = {}
    for index, each in enumerate(classes):
        by_class.setdefault(int(each), []).append(index)
    rounds = [members[turn] for turn in range(CHOSEN) for _, members in sorted(by_class.items()) if turn < len(members)]
    return sorted(rounds[:CHOSEN])
