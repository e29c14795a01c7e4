"""Layers that stand for an operation, added to the drawing; what has none is left out and told."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlviz.layers.layer import Layer
from dlviz.network.read_layers import checked_entry
from dlviz.network.read_values import Tensor, Unknown

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader


def added(reader: Reader, kind: str, settings: dict[str, Any], tensors: list[Tensor], line: int) -> Tensor:
    assert reader.drawing is not None
    return reader.drawing.add(checked(reader, kind, settings, line), [tensor.node for tensor in tensors])


def checked(reader: Reader, kind: str, settings: dict[str, Any], line: int) -> dict[str, Any]:
    entry = checked_entry(Layer.kinds()[kind], settings, reader.notes, line)
    assert entry is not None
    return entry


def left_out(reader: Reader, name: str, values: Sequence[Any], it: ast.AST) -> Any:
    """What has no layer passes its first tensor on, and is told."""
    found = [part for value in values for part in (value if isinstance(value, (list, tuple)) else [value])]
    first = next((part for part in found if isinstance(part, Tensor)), None)
    line = getattr(it, "lineno", 0)
    if first is None or reader.drawing is None:
        return Unknown(name, line)
    reader.notes.add(line, f"`{name.rpartition('.')[2][:40] or 'this'}` has no layer in dlviz, so it is left out.")
    return first
