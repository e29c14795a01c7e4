"""Operations that change a tensor's shape: view, flatten, transpose, and means over whole dimensions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dlviz.layers.layer import Layer
from dlviz.network.read_added import added, left_out
from dlviz.network.read_values import Side, Tensor, plain

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader


def reshaped(reader: Reader, x: Tensor, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    sizes = [plain(size) for size in (arguments or [known.get("shape", known.get("size", ()))])]
    if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)):
        sizes = [plain(size) for size in sizes[0]]
    batch, rest = sizes[:1], sizes[1:]
    if len(rest) == 1 and not isinstance(rest[0], Tensor):
        if reader.drawing is not None and reader.drawing[x.node]["kind"] == "Flatten":
            return x  # one row already
        return added(reader, "Flatten", {}, [x], it.lineno)
    if not rest or not all(type(size) is int for size in rest):
        return left_out(reader, "view", [x], it)
    whole = isinstance(batch[0], Side) and batch[0].place == 0
    if not whole and (batch[0] != -1 or -1 in rest):
        reader.notes.add(it.lineno, "The first size is that of the batch in dlviz, whatever stands here.")
    return added(reader, "Reshape", {"shape": rest}, [x], it.lineno)


def flattened(reader: Reader, x: Tensor, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    given = dict(zip(("start_dim", "end_dim"), map(plain, arguments), strict=False))
    given.update({name: plain(value) for name, value in known.items()})
    if given.setdefault("start_dim", 0) == 0:
        reader.notes.add(line, "`flatten` from dimension 0 would mix the examples of a batch; it begins at 1 here.")
        given["start_dim"] = 1
    return added(reader, "Flatten", given, [x], line)


def swapped(reader: Reader, x: Tensor, name: str, arguments: list[Any], it: ast.expr) -> Any:
    order = [plain(part) for part in arguments]
    if len(order) == 1 and isinstance(order[0], (list, tuple)):
        order = [plain(part) for part in order[0]]
    pair = name != "permute" and set(map(str, order)) in ({"1", "2"}, {"-1", "-2"}, {"1", "-1"}, {"2", "-2"})
    if (pair or (name == "permute" and order == [0, 2, 1])) and "Transpose" in Layer.kinds():
        return added(reader, "Transpose", {}, [x], it.lineno)
    return left_out(reader, name, [x], it)


def pooled(
    reader: Reader, x: Tensor, name: str, arguments: list[Any], known: dict[str, Any], line: int
) -> Tensor | None:
    """`x.mean(dim=(2, 3))`: one number for each channel; `x.mean(1)`: over the steps of a sequence."""
    dim = plain(arguments[0] if arguments else known.get("dim"))
    dims = sorted(dim) if isinstance(dim, (list, tuple)) and all(type(part) is int for part in dim) else [dim]
    kept = plain(arguments[1] if len(arguments) > 1 else known.get("keepdim", False))
    mode = {"mean": "Avg", "amax": "Max"}.get(name)
    if dims in ([2, 3], [-2, -1]) and mode and f"Adaptive{mode}Pool2d" in Layer.kinds():
        small = added(reader, f"Adaptive{mode}Pool2d", {"output_size": 1}, [x], line)
        return small if kept is True else added(reader, "Flatten", {}, [small], line)
    if dims in ([2], [-1]) and mode and f"Adaptive{mode}Pool1d" in Layer.kinds():
        small = added(reader, f"Adaptive{mode}Pool1d", {"output_size": 1}, [x], line)
        return small if kept is True else added(reader, "Flatten", {}, [small], line)
    if dims == [1] and kept is not True and "PoolSteps" in Layer.kinds():
        return added(reader, "PoolSteps", {"mode": {"amax": "max"}.get(name, name)}, [x], line)
    return None
