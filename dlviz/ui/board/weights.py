"""How the weights of a node start: a histogram, to be seen before anything is trained."""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Shape
from dlviz.ui.board.entries import INPUT
from dlviz.ui.board.known import known
from dlviz.ui.board.lifted import around, resolved
from dlviz.ui.board.scope import entry_at, role_of, split

if TYPE_CHECKING:
    from dlviz.tasks.task import Role

#: Larger layers would take longer to draw than anyone hovers.
MOST_WEIGHTS = 4_000_000
_BINS = 31
_alone = threading.Lock()

Histogram = dict[str, Any]


def weights(document: dict[str, Any], roles: dict[str, Role], path: str) -> Histogram:
    """`{bins: edges, counts, mean, std, number, init}` of the weights of the node at `path`, drawn with the draft's
    seed; biases are not counted. Raises `WrongInput` where they cannot be known."""
    networks = document["networks"]
    entry = entry_at(networks, path)
    role = role_of(path)
    facts = known(networks[role], roles[role]).nodes.get(path.partition(".")[2])
    if entry["kind"] == INPUT or facts is None or not facts.parameters:
        return {"bins": [], "counts": [], "mean": 0, "std": 0, "number": 0, "init": ""}
    if facts.parameters > MOST_WEIGHTS:
        raise WrongInput(
            f"Initial weights are shown of layers with at most {MOST_WEIGHTS:,} of them. This one has "
            f"{facts.parameters:,}."
        )
    settings = resolved(entry, around(networks, split(path)[0]))
    plain = {key: value for key, value in settings.items() if key not in ("inputs", "at")}
    return dict(_histogram(json.dumps(plain), facts.inputs, roles[role].output, int(document.get("seed", 0))))


@lru_cache(maxsize=256)
def _histogram(node: str, shapes: tuple[Shape, ...], output: Shape | None, seed: int) -> Histogram:
    import torch

    from dlviz.network.graph import Graph

    problems = Problems()
    graph = Graph.parse([{**json.loads(node), "inputs": []}], "network", problems)
    problems.raise_if_any()
    assert graph is not None
    layer = graph.nodes[0].layer.sized(output or ())
    with _alone, torch.random.fork_rng(devices=[]):  # torch has one generator for all threads
        torch.manual_seed(seed)
        module = layer.build(*shapes)
    named = [(name, one.detach().flatten()) for name, one in module.named_parameters() if one.is_floating_point()]
    chosen = [one for name, one in named if "bias" not in name.rpartition(".")[2]] or [one for _, one in named]
    values = torch.cat(chosen).float()
    low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts = torch.histc(values, _BINS, low, high)
    edges = [low + (high - low) * number / _BINS for number in range(_BINS + 1)]
    return {
        "bins": [float(f"{edge:.3g}") for edge in edges],
        "counts": [int(count) for count in counts],
        "mean": float(f"{float(values.mean()):.3g}"),
        "std": float(f"{float(values.std(correction=0)):.3g}"),
        "number": values.numel(),
        "init": str(getattr(layer, "init", "default")),
    }
