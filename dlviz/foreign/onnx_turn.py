"""Turn: one ONNX operation as it becomes a module; and the table of those that can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.foreign.onnx_file import array
from dlviz.foreign.steps import Steps
from dlviz.foreign.weighted import Unsupported


@dataclass(frozen=True)
class Turn:
    """One operation with its attributes, among the steps made so far."""

    steps: Steps
    kind: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    attributes: dict[str, Any]
    opset: int

    def add(self, module: nn.Module, takes: Sequence[str] | None = None, gives: Sequence[str] | None = None) -> None:
        self.steps.add(module, self.kind, self.takes if takes is None else takes, gives or self.gives)

    def between(self, module: nn.Module, kind: str) -> str:
        """Put a module of another kind before this one, on its first input; the name of what that gives."""
        made = f"{self.gives[0]}~{kind}"
        self.steps.add(module, kind, self.takes[:1], [made])
        return made

    def has(self, number: int) -> bool:
        """Whether its input of this number is there."""
        return number < len(self.takes) and bool(self.takes[number])

    def weight(self, number: int, what: str) -> Tensor:
        """The input of this number, which must be the same for all examples."""
        found = self.steps.known(self.takes[number]) if self.has(number) else None
        if not isinstance(found, Tensor):
            raise Unsupported(f"its {self.kind} has {what} that are computed from the input")
        return found

    def number(self, name: str, default: float) -> float:
        return float(self.attributes.get(name, default))

    def whole(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def wholes(self, name: str, default: Sequence[int]) -> list[int]:
        return [int(size) for size in self.attributes.get(name, default)]

    def word(self, name: str, default: str) -> str:
        found = self.attributes.get(name, default)
        return found.decode(errors="replace") if isinstance(found, bytes) else str(found)


Converter = Callable[[Turn], None]
CONVERTERS: dict[str, Converter] = {}


def converts(*kinds: str) -> Callable[[Converter], Converter]:
    """Enter a function into the table as what makes modules of these operations."""

    def enter(converter: Converter) -> Converter:
        CONVERTERS.update(dict.fromkeys(kinds, converter))
        return converter

    return enter


class Apply(nn.Module):
    """A function of tensors as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *values: Any) -> Any:
        return self.function(*values)


def tensor(found: Any) -> Tensor:
    """An ONNX tensor as torch's; half precision as float32."""
    return torch.from_numpy(array(found).copy())
