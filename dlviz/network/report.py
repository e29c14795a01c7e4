"""What is known of a network before anything is trained: shapes, sizes, costs, problems and what mends them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from dlviz.core.shape import Shape
from dlviz.network.graph import Graph

__all__ = ["NetworkProblem", "NodeReport", "Remedy", "Report", "Shape"]


@dataclass(frozen=True)
class Remedy:
    """An edit that would mend a problem: a short imperative for a button, and the graph after the edit."""

    title: str
    graph: Graph


@dataclass(frozen=True)
class NetworkProblem:
    """What is wrong at a node ("" for the network as a whole): the rule, what came, what was expected."""

    node: str
    message: str
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class NodeReport:
    """One node: shapes without the batch, learned numbers, floating-point operations for one example's forward
    pass (a multiplication and its addition are two), and numbers that it leaves in memory for the backward pass of
    one example. `shape` is None where it cannot be known.

    `field` is how much of the data one place of the result sees (`field.py`), in pixels (height, width) or steps; None
    where the data has no places. `padded`: some of its steps may be padding. Of a block, the figures are those of all
    copies together, and `inner` is the first copy's report, its problems named from inside and without remedies."""

    name: str
    inputs: tuple[Shape, ...] = ()
    shape: Shape | None = None
    parameters: int = 0
    flops: int = 0
    activations: int = 0
    field: tuple[int, ...] | None = None
    padded: bool = False
    inner: Report | None = None

    def largest(self) -> int:
        """The most numbers that it, or a layer inside it, gives at once."""
        own = math.prod(self.shape) if self.shape is not None else 0
        return max([own, *(node.largest() for node in (self.inner.nodes.values() if self.inner else ()))])


@dataclass(frozen=True)
class Report:
    """A whole network: its nodes by name, in order, and its problems."""

    nodes: dict[str, NodeReport] = field(default_factory=dict)
    problems: tuple[NetworkProblem, ...] = ()

    @property
    def parameters(self) -> int:
        return sum(node.parameters for node in self.nodes.values())

    @property
    def flops(self) -> int:
        return sum(node.flops for node in self.nodes.values())

    def training_bytes(self, batch_size: int, state_per_weight: int) -> int:
        """Memory for one training step in bytes: weights, gradients, the optimizer's state, and what the backward
        pass needs of the forward one, all as float32."""
        weights = self.parameters * (2 + state_per_weight)
        kept = sum(node.activations for node in self.nodes.values())
        # gradients come and go: the layer under way holds its result and that result's gradient
        passing = 2 * max((node.largest() for node in self.nodes.values()), default=0)
        return 4 * (weights + batch_size * (kept + passing))
