"""Operations on tensors in `forward`, torch's functions and a tensor's methods, as the layers that do the same."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlviz.layers.layer import Layer, WeightedLayer
from dlviz.network.read_added import added, checked, left_out
from dlviz.network.read_layers import layer_entry
from dlviz.network.read_reshape import flattened, pooled, reshaped, swapped
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
        return reshaped(reader, x, arguments, known, it)
    if name == "flatten":
        return flattened(reader, x, arguments, known, line)
    if name in ("transpose", "swapaxes", "permute"):
        return swapped(reader, x, name, arguments, it)
    if name in ("mean", "amax", "max", "sum"):
        found = pooled(reader, x, name, arguments, known, line)
        if found is not None:
            return (found, Unknown("places")) if name == "max" else found
    if name == "squeeze":
        return _squeezed(reader, x, line)
    if name in ("eq", "__eq__") and arguments:
        if plain(arguments[0]) == 0 and "PaddingMask" in Layer.kinds():
            return added(reader, "PaddingMask", {}, [x], line)
        return left_out(reader, "==", [x], it)
    if name == "softmax" and not arguments and "dim" not in known:
        known = {"dim": -1}
    return _layer(reader, x, name, arguments, known, it)


def _squeezed(reader: Reader, x: Tensor, line: int) -> Any:
    """A `squeeze` as Flatten: behind a pooling to one number for each channel they are the same."""
    assert reader.drawing is not None
    before = reader.drawing[x.node]
    if before["kind"] == "Flatten":
        return x
    if not before["kind"].startswith("Adaptive") or before.get("output_size", 1) not in (1, [1] * 2, [1] * 3):
        reader.notes.add(line, "`squeeze` is drawn as Flatten, which is the same where all sizes but one are 1.")
    return added(reader, "Flatten", {}, [x], line)


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
    entry = checked(reader, "Concat", {"dim": dim} if is_plain(dim) else {}, it.lineno)
    return reader.drawing.add(entry, [tensor.node for tensor in tensors])


def part(reader: Reader, x: Tensor, key: Any, it: ast.Subscript) -> Any:
    """`x[:, -1]`: the last step; others are left out."""
    if isinstance(key, (list, tuple)):
        parts = [plain(one) for one in key]
        rest = all(one == slice(None) for one in parts[2:])
        if len(parts) in (2, 3) and parts[0] == slice(None) and parts[1] == -1 and rest and reader.drawing is not None:
            if "PoolSteps" in Layer.kinds():
                return added(reader, "PoolSteps", {"mode": "last"}, [x], it.lineno)
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
        return added(reader, "PoolSteps", {"mode": "last"}, [Tensor(node)], it.lineno)
    reader.drawing[node]["output"] = "last"
    return Tensor(node)
