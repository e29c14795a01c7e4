"""Operations on tensors in `forward`, torch's functions and a tensor's methods, as the layers that do the same."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlviz.layers.layer import Layer, WeightedLayer
from dlviz.network.read_layers import checked_entry, layer_entry
from dlviz.network.read_values import Made, Side, Sizes, State, Tensor, Unknown, is_plain, plain

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader

#: Methods that leave the numbers as they are.
_SAME = (
    *("contiguous", "clone", "detach", "float", "to", "cuda", "cpu"),
    *("requires_grad_", "double", "half", "type", "long"),
)
_CAT = ("cat", "concat", "concatenate")
_MERGES = {"add": "Add", "add_": "Add", "mul": "Multiply", "mul_": "Multiply", "multiply": "Multiply"}


def has_tensor(values: Sequence[Any]) -> bool:
    return any(
        isinstance(value, (Tensor, Sizes, State))
        or (isinstance(value, (list, tuple)) and any(isinstance(part, (Tensor, State)) for part in value))
        for value in values
    )


def function(reader: Reader, path: str, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """`torch.cat([a, b], 1)`, `F.relu(x)` and the like."""
    name = path.rpartition(".")[2]
    if reader.drawing is None:
        return Unknown(name, it.lineno)
    if name == "len" or name == "print" or name == "isinstance":
        return Unknown(name, it.lineno)
    first = arguments[0] if arguments else next(iter(known.values()))
    if name in _CAT and isinstance(first, (list, tuple)):
        return _joined(reader, list(first), [*arguments[1:], known.get("dim", known.get("axis"))], it)
    first = known.pop("input", known.pop("x", None)) if not arguments else first
    if isinstance(first, Tensor):
        return method(reader, first, name, arguments[1:], known, it)
    return left_out(reader, path, [*arguments, *known.values()], it)


def method(reader: Reader, x: Tensor, name: str, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """`x.view(-1, 256)`, `x.relu()`; functions whose first argument is `x` come here, too."""
    if reader.drawing is None:
        return Unknown(name, it.lineno)
    line = it.lineno
    if name in _SAME:
        return x
    if name in ("size", "dim", "ndim", "numel", "new_zeros", "zeros_like", "ones_like", "randn_like"):
        place = plain(arguments[0]) if arguments else None
        return (
            Side(x, place) if name == "size" and type(place) is int else Sizes(x) if name == "size" else Unknown(name)
        )
    if name in _MERGES and arguments and isinstance(arguments[0], Tensor):
        return _merge(reader, _MERGES[name], [x, arguments[0]])
    if name in ("view", "reshape"):
        return _reshaped(reader, x, arguments, known, it)
    if name == "flatten":
        return _flattened(reader, x, arguments, known, line)
    if name in ("transpose", "swapaxes", "permute"):
        return _swapped(reader, x, name, arguments, it)
    if name in ("mean", "amax", "max", "sum"):
        found = _pooled(reader, x, name, arguments, known, line)
        if found is not None:
            return (found, Unknown("places")) if name == "max" else found
    if name == "squeeze":
        before = reader.drawing[x.node]["kind"]
        return x if before == "Flatten" else _added(reader, "Flatten", {}, [x], line)
    if name in ("eq", "__eq__") and arguments:
        if plain(arguments[0]) == 0 and "PaddingMask" in Layer.kinds():
            return _added(reader, "PaddingMask", {}, [x], line)
        return left_out(reader, "==", [x], it)
    if name == "softmax" and not arguments and "dim" not in known:
        known = {"dim": -1}
    return _layer(reader, x, name, arguments, known, it)


def _layer(reader: Reader, x: Tensor, name: str, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """A function that has a layer of the same name: `max_pool2d` and MaxPool2d."""
    assert reader.drawing is not None
    wanted = {"interpolate": "upsample"}.get(name, name.rstrip("_").replace("_", "")).lower()
    kind = next((kind for title, kind in Layer.kinds().items() if title.lower() == wanted), None)
    learns = (
        kind is None or issubclass(kind, WeightedLayer) or kind.group in ("normalisation", "recurrent", "embedding")
    )
    if kind is None or learns or kind.group in ("input", "merge", "attention"):
        return left_out(reader, name, [x], it)
    entry = layer_entry(Made(kind.kind(), tuple(arguments), known, it.lineno), reader.notes)
    return x if entry is None else reader.drawing.add(entry, [x.node])


def combined(reader: Reader, operation: ast.operator, left: Any, right: Any, line: int) -> Any:
    """`a + b` and `a * b`."""
    kind = {ast.Add: "Add", ast.Mult: "Multiply"}.get(type(operation))
    if reader.drawing is None:
        return Unknown("…", line)
    if kind and isinstance(left, Tensor) and isinstance(right, Tensor):
        return _merge(reader, kind, [left, right])
    rest = next((value for value in (left, right) if isinstance(value, Tensor)), None)
    if rest is None:
        return Unknown("…", line)
    sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"}
    reader.notes.add(line, f"`{sign.get(type(operation), '…')}` with these two has no layer, so it is left out.")
    return rest


def _merge(reader: Reader, kind: str, tensors: list[Tensor]) -> Tensor:
    assert reader.drawing is not None
    return reader.drawing.add({"kind": kind}, [tensor.node for tensor in tensors])


def _joined(reader: Reader, parts: list[Any], dims: list[Any], it: ast.expr) -> Any:
    assert reader.drawing is not None
    states = [part for part in parts if isinstance(part, State)]
    if states and len(states) == len(parts) == 2 and {state.place for state in states} == {-2, -1}:
        return _last(reader, states[0].node, it)
    tensors = [part for part in parts if isinstance(part, Tensor)]
    if len(tensors) < len(parts):
        reader.notes.add(it.lineno, "Something that is joined here cannot be read, so it is left out.")
    if len(tensors) < 2:
        return tensors[0] if tensors else Unknown("…", it.lineno)
    dim = next((plain(value) for value in dims if value is not None), 0)
    entry = _checked(reader, "Concat", {"dim": dim} if is_plain(dim) else {}, it.lineno)
    return reader.drawing.add(entry, [tensor.node for tensor in tensors])


def _reshaped(reader: Reader, x: Tensor, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    sizes = [plain(size) for size in (arguments or [known.get("shape", known.get("size", ()))])]
    if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)):
        sizes = [plain(size) for size in sizes[0]]
    batch, rest = sizes[:1], sizes[1:]
    if len(rest) == 1 and not isinstance(rest[0], Tensor):
        if reader.drawing is not None and reader.drawing[x.node]["kind"] == "Flatten":
            return x  # one row already
        return _added(reader, "Flatten", {}, [x], it.lineno)
    if not rest or not all(type(size) is int for size in rest):
        return left_out(reader, "view", [x], it)
    whole = isinstance(batch[0], Side) and batch[0].place == 0
    if not whole and (batch[0] != -1 or -1 in rest):
        reader.notes.add(it.lineno, "The first size is that of the batch in dlviz, whatever stands here.")
    return _added(reader, "Reshape", {"shape": rest}, [x], it.lineno)


def _flattened(reader: Reader, x: Tensor, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    given = dict(zip(("start_dim", "end_dim"), map(plain, arguments), strict=False))
    given.update({name: plain(value) for name, value in known.items()})
    if given.setdefault("start_dim", 0) == 0:
        reader.notes.add(line, "`flatten` from dimension 0 would mix the examples of a batch; it begins at 1 here.")
        given["start_dim"] = 1
    return _added(reader, "Flatten", given, [x], line)


def _swapped(reader: Reader, x: Tensor, name: str, arguments: list[Any], it: ast.expr) -> Any:
    order = [plain(part) for part in arguments]
    if len(order) == 1 and isinstance(order[0], (list, tuple)):
        order = [plain(part) for part in order[0]]
    pair = name != "permute" and set(map(str, order)) in ({"1", "2"}, {"-1", "-2"}, {"1", "-1"}, {"2", "-2"})
    if (pair or (name == "permute" and order == [0, 2, 1])) and "Transpose" in Layer.kinds():
        return _added(reader, "Transpose", {}, [x], it.lineno)
    return left_out(reader, name, [x], it)


def _pooled(
    reader: Reader, x: Tensor, name: str, arguments: list[Any], known: dict[str, Any], line: int
) -> Tensor | None:
    """`x.mean(dim=(2, 3))`: one number for each channel; `x.mean(1)`: over the steps of a sequence."""
    dim = plain(arguments[0] if arguments else known.get("dim"))
    dims = sorted(dim) if isinstance(dim, (list, tuple)) and all(type(part) is int for part in dim) else [dim]
    kept = plain(arguments[1] if len(arguments) > 1 else known.get("keepdim", False))
    mode = {"mean": "Avg", "amax": "Max"}.get(name)
    if dims in ([2, 3], [-2, -1]) and mode and f"Adaptive{mode}Pool2d" in Layer.kinds():
        small = _added(reader, f"Adaptive{mode}Pool2d", {"output_size": 1}, [x], line)
        return small if kept is True else _added(reader, "Flatten", {}, [small], line)
    if dims in ([2], [-1]) and mode and f"Adaptive{mode}Pool1d" in Layer.kinds():
        small = _added(reader, f"Adaptive{mode}Pool1d", {"output_size": 1}, [x], line)
        return small if kept is True else _added(reader, "Flatten", {}, [small], line)
    if dims == [1] and kept is not True and "PoolSteps" in Layer.kinds():
        return _added(reader, "PoolSteps", {"mode": {"amax": "max"}.get(name, name)}, [x], line)
    return None


def part(reader: Reader, x: Tensor, key: Any, it: ast.Subscript) -> Any:
    """`x[:, -1]`: the last step; others are left out."""
    if isinstance(key, (list, tuple)):
        parts = [plain(one) for one in key]
        rest = all(one == slice(None) for one in parts[2:])
        if len(parts) in (2, 3) and parts[0] == slice(None) and parts[1] == -1 and rest and reader.drawing is not None:
            if "PoolSteps" in Layer.kinds():
                return _added(reader, "PoolSteps", {"mode": "last"}, [x], it.lineno)
    return left_out(reader, "[…]", [x], it)


def last_state(reader: Reader, state: State, key: int, it: ast.expr) -> Any:
    """`h[-1]` of `out, (h, c) = self.lstm(x)`."""
    if reader.drawing is None:
        return Unknown("…", it.lineno)
    entry = reader.drawing[state.node]
    if entry.get("bidirectional"):
        return State(state.node, key)  # both directions are joined later
    if key == -1 or key == entry.get("num_layers", 1) - 1:
        return _last(reader, state.node, it)
    return left_out(reader, "[…]", [Tensor(state.node)], it)


def _last(reader: Reader, node: str, it: ast.expr) -> Tensor:
    """The recurrent layer `node` itself, giving its last state."""
    assert reader.drawing is not None
    if reader.drawing.readers(node):
        reader.notes.add(it.lineno, f"Of `{node}` both all steps and the last state are read; here the last step is.")
        return _added(reader, "PoolSteps", {"mode": "last"}, [Tensor(node)], it.lineno)
    reader.drawing[node]["output"] = "last"
    return Tensor(node)


def left_out(reader: Reader, name: str, values: Sequence[Any], it: ast.AST) -> Any:
    """What has no layer passes its first tensor on, and is told."""
    found = [part for value in values for part in (value if isinstance(value, (list, tuple)) else [value])]
    first = next((part for part in found if isinstance(part, Tensor)), None)
    line = getattr(it, "lineno", 0)
    if first is None or reader.drawing is None:
        return Unknown(name, line)
    reader.notes.add(line, f"`{name.rpartition('.')[2][:40] or 'this'}` has no layer in dlviz, so it is left out.")
    return first


def _added(reader: Reader, kind: str, settings: dict[str, Any], tensors: list[Tensor], line: int) -> Tensor:
    assert reader.drawing is not None
    return reader.drawing.add(_checked(reader, kind, settings, line), [tensor.node for tensor in tensors])


def _checked(reader: Reader, kind: str, settings: dict[str, Any], line: int) -> dict[str, Any]:
    entry = checked_entry(Layer.kinds()[kind], settings, reader.notes, line)
    assert entry is not None
    return entry
