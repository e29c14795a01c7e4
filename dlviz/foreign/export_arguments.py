"""What stands in a call of a program of `torch.export`: names of values and plain numbers, each by its argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from dlviz.core.problems import WrongInput
from dlviz.foreign.export_file import DTYPES, HALF, Json

#: Kinds of argument that stand for themselves.
_PLAIN = ("as_int", "as_ints", "as_bool", "as_bools", "as_string", "as_strings", "as_int_lists")
_MEMORY = {1: torch.contiguous_format, 2: torch.channels_last, 3: torch.channels_last_3d, 4: torch.preserve_format}


@dataclass(frozen=True)
class Value:
    """The place of a value that is worked out while the program runs: its number among those that a call takes."""

    at: int


@dataclass(frozen=True)
class Call:
    """The arguments of one call by name, with a `Value` for each of `takes`."""

    arguments: dict[str, Any]
    takes: tuple[str, ...]

    def filled(self, values: tuple[Any, ...]) -> dict[str, Any]:
        return {name: _filled(argument, values) for name, argument in self.arguments.items()}


def call(inputs: list[Json]) -> Call:
    """The arguments of a node. Raises `WrongInput` where one is none that a network needs."""
    takes: list[str] = []
    arguments = {str(given["name"]): _argument(given["arg"], takes) for given in inputs}
    return Call(arguments, tuple(takes))


def names(outputs: list[Json]) -> tuple[str, ...]:
    """What the values are called that a node gives."""
    found: list[str] = []
    for output in outputs:
        ((kind, told),) = output.items()
        if kind == "as_tensor":
            found.append(str(told["name"]))
        elif kind == "as_tensors":
            found += [str(each["name"]) for each in told]
        elif kind in ("as_sym_int", "as_sym_bool", "as_sym_float"):
            found.append(str(told["as_name"]))
        elif kind == "as_none":
            found.append("")
        else:
            raise _unknown(kind)
    return tuple(found)


def _argument(given: Json, takes: list[str]) -> Any:
    ((kind, told),) = given.items()
    if kind == "as_none":
        return None
    if kind in _PLAIN:
        return told
    if kind in ("as_float", "as_floats"):
        return [float(each) for each in told] if kind == "as_floats" else float(told)
    if kind == "as_tensor":
        return _value(str(told["name"]), takes)
    if kind == "as_tensors":
        return [_value(str(each["name"]), takes) for each in told]
    if kind == "as_optional_tensor":
        return _argument(told, takes)
    if kind == "as_optional_tensors":
        return [_argument(each, takes) for each in told]
    if kind in ("as_sym_int", "as_sym_bool", "as_sym_float"):
        return _size(told, takes)
    if kind in ("as_sym_ints", "as_sym_bools", "as_sym_floats"):
        return [_size(each, takes) for each in told]
    if kind == "as_scalar_type":
        dtype = DTYPES.get(told, torch.float32)
        return dtype if dtype not in HALF else torch.float32
    if kind == "as_memory_format":
        return _MEMORY.get(told, torch.preserve_format)
    if kind == "as_layout":
        return torch.strided
    if kind == "as_device":
        return torch.device("cpu")
    raise _unknown(kind)


def _size(told: Json, takes: list[str]) -> Any:
    ((kind, value),) = told.items()
    return _value(str(value), takes) if kind == "as_name" else value


def _value(name: str, takes: list[str]) -> Value:
    if name not in takes:
        takes.append(name)
    return Value(takes.index(name))


def _filled(argument: Any, values: tuple[Any, ...]) -> Any:
    if isinstance(argument, Value):
        return values[argument.at]
    return [_filled(each, values) for each in argument] if isinstance(argument, list) else argument


def _unknown(kind: str) -> WrongInput:
    return WrongInput(
        f"A program may call operations with tensors and numbers. Received: {kind[:40]} (a branch, a loop or an object "
        "of its own). Export the model without it."
    )
