"""Shapes, sizes, costs and problems of a network, known before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping

from dlviz.core.shape import Flags, Ids
from dlviz.layers.linear import Linear
from dlviz.network.examine import examine
from dlviz.network.facts import facts
from dlviz.network.graph import Graph
from dlviz.network.remedies import remedies
from dlviz.network.report import NetworkProblem, Report, Shape

#: Remedies are worked out for so many problems; whoever mends these sees the next.
_MENDED = 12


def infer(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None, mending: bool = True) -> Report:
    """What is known of `graph` when examples of the shapes `inputs` (field → shape without the batch) enter it and
    `output` must come out (None: anything). Each layer is measured once per input shapes, so that after an edit only
    what changed is measured anew. Never raises: what is wrong stands in the report, with remedies unless `mending` is
    False: each of them is tried, which takes longer than the report itself."""
    inputs = {name: _plain(shape) for name, shape in inputs.items()}
    wanted = None if output is None else _plain(output)
    seen = examine(graph, inputs, wanted)
    problems = []
    for number, finding in enumerate(seen.findings):
        offered = remedies(graph, inputs, wanted, seen, finding) if mending and number < _MENDED else ()
        problems.append(NetworkProblem(finding.node, finding.message, offered))
    return Report(seen.nodes, tuple(problems))


def _plain(shape: Shape) -> Shape:
    """A list or torch.Size as a tuple; token ids and masks stay what they are."""
    return shape if isinstance(shape, (Ids, Flags)) else tuple(shape)


def warm() -> None:
    """Pay for torch's first use of `meta` now (about 2 s), from a thread in the background."""
    facts(Linear(out_features=1), ((1,),))
