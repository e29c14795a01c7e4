"""Redraw: changes of a network's document that a cure may ask for. Each gives None where it does not suit.

Documents are lists of nodes `{"name", "kind", settings…, "inputs": [names]}`, each after its inputs. What comes out is
checked where cures are tested: shapes are known only with torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Node = dict[str, Any]
Nodes = list[Node]

WEIGHTED = ("Linear", "Conv1d", "Conv2d", "Conv3d")
#: Their slope is below 1 nearly everywhere, so gradients fade through many of them.
SQUASHING = ("Sigmoid", "Tanh", "Hardsigmoid", "Hardtanh", "Softsign", "LogSigmoid")
RECTIFYING = ("ReLU", "ReLU6")
BENDS = (*SQUASHING, *RECTIFYING, "LeakyReLU", "ELU", "GELU", "SiLU", "SELU", "CELU", "Mish", "PReLU", "Softplus")
#: Where these stand, a Linear acts on steps, not on a row of features.
_STEPS = ("Embedding", "LSTM", "GRU", "RNN", "MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer")
_NORMALISING = {"Linear": "BatchNorm1d", "Conv1d": "BatchNorm1d", "Conv2d": "BatchNorm2d", "Conv3d": "BatchNorm3d"}
#: Layers that say a width in their settings, which would have to change with what comes in.
_FIXED = ("Reshape", "Add", "Multiply", "Subtract", "Maximum", "Average", "GroupNorm", "LayerNorm", "GLU")


def hidden(nodes: Nodes) -> list[Node]:
    """The layers with weights that another such layer stands behind."""
    weighted = [node for node in nodes if node["kind"] in WEIGHTED]
    return weighted[:-1]


def inner_bends(nodes: Nodes, kinds: Iterable[str]) -> list[Node]:
    """Activations of these kinds that stand before the last layer with weights: what comes after shapes the output."""
    last = max((at for at, node in enumerate(nodes) if node["kind"] in WEIGHTED), default=-1)
    return [node for node in nodes[: max(0, last)] if node["kind"] in kinds]


def with_bends(nodes: Nodes, kinds: Iterable[str], new: str, **settings: Any) -> Nodes | None:
    """Activations of these kinds inside the network replaced by `new`."""
    wrong = {node["name"] for node in inner_bends(nodes, kinds)}
    if not wrong:
        return None
    return [
        {"name": node["name"], "kind": new, **settings, **_place(node)} if node["name"] in wrong else dict(node)
        for node in nodes
    ]  # fmt: skip


def normalised(nodes: Nodes) -> Nodes | None:
    """Batch normalisation between each hidden layer with weights and what reads it."""
    kinds = {node["kind"] for node in nodes}
    if kinds & set(_STEPS) or any("Norm" in kind for kind in kinds):
        return None
    changed = list(nodes)
    for node in hidden(nodes):
        changed = inserted(changed, node["name"], {"kind": _NORMALISING[node["kind"]]}, f"norm_{node['name']}")
    return changed if len(changed) > len(nodes) else None


def shortcut(nodes: Nodes) -> Nodes | None:
    """A shortcut past each hidden Linear (with its activation) of the width of the one before it."""
    changed = list(nodes)
    pairs = _blocks(nodes)
    into = ""
    for (before, _), (here, bend) in zip(pairs, pairs[1:], strict=False):
        if before["out_features"] != here["out_features"] or here["inputs"] != [_end(before, pairs)]:
            into = ""
            continue
        source = into or here["inputs"][0]
        changed = inserted(changed, bend["name"], {"kind": "Add"}, f"add_{here['name']}", extra=source)
        into = f"add_{here['name']}"
    return changed if len(changed) > len(nodes) else None


def widened(nodes: Nodes, factor: int = 4) -> Nodes | None:
    """Every hidden layer with `factor` times the neurons or filters."""
    if {node["kind"] for node in nodes} & {*_FIXED, "Block"}:
        return None
    wide = {node["name"] for node in hidden(nodes)}
    changed = []
    for node in nodes:
        size = "out_features" if node["kind"] == "Linear" else "out_channels"
        grown = node["name"] in wide and isinstance(node.get(size), int)
        changed.append({**node, size: min(node[size] * factor, 4096)} if grown else dict(node))
    return changed if wide else None


def deepened(nodes: Nodes, width: int = 32) -> Nodes | None:
    """A hidden layer with ReLU before the output, where that is a Linear."""
    weighted = [node for node in nodes if node["kind"] in WEIGHTED]
    if not weighted or weighted[-1]["kind"] != "Linear" or not weighted[-1].get("inputs"):
        return None
    source = weighted[-1]["inputs"][0]
    layer = {"kind": "Linear", "out_features": width}
    changed = inserted(list(nodes), source, layer, "hidden", only=weighted[-1]["name"])
    name = next(node["name"] for node in changed if node["name"] not in {node["name"] for node in nodes})
    return inserted(changed, name, {"kind": "ReLU"}, "relu")


def with_dropout(nodes: Nodes, share: float = 0.5) -> Nodes | None:
    """Dropout behind each activation that follows a hidden Linear; where there is some, more of it."""
    if any(node["kind"] == "Dropout" for node in nodes):
        raised = [
            {**node, "p": max(share, node.get("p") or 0)} if node["kind"] == "Dropout" else node for node in nodes
        ]
        return raised if raised != nodes else None
    changed = list(nodes)
    for layer, bend in _blocks(nodes):
        changed = inserted(changed, bend["name"], {"kind": "Dropout", "p": share}, f"dropout_{layer['name']}")
    return changed if len(changed) > len(nodes) else None


def without(nodes: Nodes, kinds: Iterable[str]) -> Nodes | None:
    """The same without the layers of these kinds; what read them reads what they read."""
    gone = {node["name"]: node["inputs"][0] for node in nodes if node["kind"] in kinds and node.get("inputs")}
    if not gone:
        return None

    def source(name: str) -> str:
        while name in gone:
            name = gone[name]
        return name

    kept = [node for node in nodes if node["name"] not in gone]
    return [{**node, "inputs": [source(name) for name in node.get("inputs", [])]} for node in kept]


def replaced(nodes: Nodes, old: Iterable[str], new: str, **settings: Any) -> Nodes | None:
    """Layers of these kinds replaced by `new`, wherever they stand."""
    found = [node for node in nodes if node["kind"] in old]
    if not found:
        return None
    return [
        {"name": node["name"], "kind": new, **settings, **_place(node)} if node in found else dict(node)
        for node in nodes
    ]  # fmt: skip


def inserted(nodes: Nodes, after: str, layer: dict[str, Any], name: str, extra: str = "", only: str = "") -> Nodes:
    """`layer` put behind the node `after`; all that read that node (or the one reader `only`) read the new one.
    `extra` is a second input for it."""
    taken = {node["name"] for node in nodes}
    fresh, number = name, 1
    while fresh in taken:
        number += 1
        fresh = f"{name}_{number}"
    new: Node = {"name": fresh, **layer, "inputs": [after, *([extra] if extra else [])]}
    changed: Nodes = []
    for node in nodes:
        reads = not only or node["name"] == only
        inputs = [fresh if reads and source == after else source for source in node.get("inputs", [])]
        changed.append({**node, "inputs": inputs})
        if node["name"] == after:
            changed.append(new)
    return changed


def _blocks(nodes: Nodes) -> list[tuple[Node, Node]]:
    """Each hidden Linear whose only reader is an activation, with that activation."""
    found = []
    for node in hidden(nodes):
        readers = [other for other in nodes if node["name"] in other.get("inputs", [])]
        if node["kind"] == "Linear" and len(readers) == 1 and readers[0]["kind"] in BENDS:
            found.append((node, readers[0]))
    return found


def _end(layer: Node, pairs: list[tuple[Node, Node]]) -> str:
    return str(next(bend["name"] for node, bend in pairs if node is layer))


def _place(node: Node) -> dict[str, Any]:
    return {key: node[key] for key in ("inputs", "at") if key in node}
