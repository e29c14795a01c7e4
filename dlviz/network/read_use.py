"""Using: how a module that is called in `forward` becomes a node, a block, or several nodes in a row."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlviz.network.marks import marked
from dlviz.network.read_classes import arguments_of
from dlviz.network.read_forward import draw
from dlviz.network.read_layers import kind_of, layer_entry
from dlviz.network.read_lifted import lifted
from dlviz.network.read_values import Chain, Made, Own, Several, State, Tensor, Unknown, plain, written

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader

#: Modules of torch that give a pair: what flows on, and something beside it.
_PAIRS = ("LSTM", "GRU", "RNN", "MultiheadAttention")
#: Groups of layers that learn nothing, so that one module may stand for several nodes.
_FREE = ("activation", "pooling", "dropout", "shape", "merge")
_MOST_COPIES = 64


def apply(reader: Reader, module: Any, arguments: Sequence[Any], known: Mapping[str, Any], it: ast.expr) -> Any:
    """What a module gives for these arguments; nodes are added to the drawing."""
    if reader.drawing is None:
        return Unknown("a module's result", it.lineno)
    given = [*arguments, *known.values()]
    tensors = [value for value in given if isinstance(value, Tensor)]
    beside = [value for value in given if not isinstance(value, Tensor) and isinstance(plain(value), (State, tuple))]
    if beside and isinstance(module, Made):
        reader.notes.add(it.lineno, f"What `{module.label or module.name}` takes beside its first input is left out.")
    if not tensors:
        reader.notes.add(it.lineno, f"What `{getattr(module, 'label', '') or 'a module'}` reads here cannot be known.")
        return Unknown("a module's result", it.lineno)
    return _used(reader, module, tensors, known, it, getattr(module, "label", ""))


def _used(reader: Reader, module: Any, tensors: list[Tensor], known: Mapping[str, Any], it: ast.expr, name: str) -> Any:
    match module:
        case Made():
            return _layer(reader, module, tensors, it, name)
        case Chain():
            return _chain(reader, module, tensors, known, it, name)
        case Own(chain=Chain() as chain) if "forward" not in module.methods:
            return _chain(reader, chain, tensors, known, it, name)
        case Own():
            return _block(reader, module, tensors, known, it, name)
        case Several():
            reader.notes.add(it.lineno, "A list of modules cannot be called; only those in it can.")
        case _:
            reader.notes.add(it.lineno, f"`{name or 'a part'}` is no module that can be read, so it is left out.")
    return tensors[0]


def _layer(reader: Reader, made: Made, tensors: list[Tensor], it: ast.expr, name: str) -> Any:
    assert reader.drawing is not None
    entry = layer_entry(made, reader.notes)
    pair = made.module is None and made.name in _PAIRS
    if entry is None:
        return (tensors[0], Unknown("what it gives beside")) if pair else tensors[0]
    kind = kind_of(made)
    if reader.drawing.again(made) and kind is not None and kind.group not in _FREE:
        reader.notes.add(
            it.lineno, f"`{name or made.name}` is used more than once. In dlviz each use learns weights of its own."
        )
    inputs = [tensor.node for tensor in tensors]
    if made.name == "MultiheadAttention" and made.module is None:
        inputs = _attended(inputs)
    node = reader.drawing.add(entry, _told(reader, inputs, it), name)
    if not pair:
        return node
    return (node, Unknown("the weights") if made.name == "MultiheadAttention" else State(node.node))


def _told(reader: Reader, inputs: list[str], it: ast.expr) -> list[str]:
    """What a node reads as it is drawn: a comment tells of inputs that are not connected."""
    told = marked(reader.comments.get(it.end_lineno or it.lineno, ""))[1].get("inputs")
    assert reader.drawing is not None
    if isinstance(told, list) and all(isinstance(name, str) and reader.drawing.has(name) for name in told):
        return told
    return inputs


def _attended(inputs: list[str]) -> list[str]:
    """Query, key and value as dlviz's layer reads them: each sequence once, then the mask."""
    query, key, value, *rest = [*inputs, "", ""][: max(len(inputs), 3)]
    if query == key == value:
        return [query, *rest]
    return [query, key, *rest] if key == value else [name for name in (query, key, value, *rest) if name]


def _chain(
    reader: Reader, chain: Chain, tensors: list[Tensor], known: Mapping[str, Any], it: ast.expr, name: str
) -> Any:
    copies = _copies(reader, chain, tensors, known, it)
    if copies is not None and reader.drawing is not None:
        entry, inputs = copies
        times = chain.drawn.get("repeat", len(chain.items))
        if isinstance(chain.drawn.get("settings"), dict):
            entry["settings"] = {**entry.get("settings", {}), **chain.drawn["settings"]}
        return reader.drawing.add({**entry, "repeat": times}, inputs, name or str(entry["title"]).lower())
    x: Any = tensors[0]
    for key, item in chain.items:
        reader.notes.step()
        own = getattr(item, "label", "")
        inner = own or (f"{name}_{key}" if name else "" if key.isdigit() else key)
        x = _used(reader, plain(item), [x, *tensors[1:]], known, it, inner)
        if isinstance(x, tuple):
            x = x[0]
        if not isinstance(x, Tensor):
            return x
    return x


def _copies(
    reader: Reader, chain: Chain, tensors: list[Tensor], known: Mapping[str, Any], it: ast.expr
) -> tuple[dict[str, Any], list[str]] | None:
    """The block that all items of the chain are copies of, and what it reads; None where they differ."""
    items = [item for _, item in chain.items]
    if not 2 <= len(items) <= _MOST_COPIES or not all(isinstance(item, Own) and item.chain is None for item in items):
        return None
    if len({item.title for item in items}) > 1:
        return None
    first = _blocked(reader, items[0], tensors, known, it)
    for item in items[1:]:
        if first is None or _blocked(reader, item, tensors, known, it) != first:
            return None
    return first


def _block(reader: Reader, own: Own, tensors: list[Tensor], known: Mapping[str, Any], it: ast.expr, name: str) -> Any:
    assert reader.drawing is not None
    found = _blocked(reader, own, tensors, known, it)
    if found is None:
        reader.notes.add(it.lineno, f"What `{own.title}` gives cannot be read, so it is left out.")
        return tensors[0]
    if reader.drawing.again(own):
        reader.notes.add(
            it.lineno, f"`{name or own.title}` is used more than once. In dlviz each use learns weights of its own."
        )
    entry, inputs = found
    if isinstance(own.drawn.get("repeat"), str):
        entry = {**entry, "repeat": own.drawn["repeat"]}
    return reader.drawing.add(entry, _told(reader, inputs, it), name or own.title.lower())


def _blocked(
    reader: Reader, own: Own, tensors: list[Tensor], known: Mapping[str, Any], it: ast.expr
) -> tuple[dict[str, Any], list[str]] | None:
    """The entry of a block made of an object's `forward`, and the nodes outside that it reads."""
    forward = own.methods.get("forward")
    if forward is None or reader.depth > 16:
        return None
    words = {name: value for name, value in known.items() if isinstance(value, Tensor)}
    scope = arguments_of(reader, forward, [own, *tensors[: len(tensors) - len(words)]], words)
    outside = {name: value for name, value in scope.items() if isinstance(value, Tensor)}
    drawn = draw(reader, own, forward, scope, {name: name for name in outside})
    if drawn is None:
        return None
    nodes, fields = drawn
    names = lifted(nodes)
    settings = {name: written(value) for name, value in own.params.items() if name in names}
    told = own.drawn.get("settings")
    if isinstance(told, dict):
        settings.update(told)
    entry = {
        "kind": "Block",
        "title": own.called or own.title,
        **({"settings": settings} if settings else {}),
        "nodes": nodes,
    }
    return entry, [outside[field].node for field in fields]
