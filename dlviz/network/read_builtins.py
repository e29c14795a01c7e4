"""Functions of Python itself that code for networks uses: range, len, zip and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlviz.network.read_values import Chain, Several, Unknown, plain

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader

#: As many numbers as a range or a list of the text may have.
LONGEST_RANGE = 4096


def _range(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    numbers = [plain(argument) for argument in arguments]
    if not 1 <= len(numbers) <= 3 or not all(type(number) is int for number in numbers) or numbers[2:] == [0]:
        return Unknown("range(…)", line)
    return list(range(*numbers)[:LONGEST_RANGE])


def _len(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    thing = plain(arguments[0]) if arguments else None
    if isinstance(thing, (Chain, Several)):
        thing = thing.items
    return len(thing) if isinstance(thing, (list, tuple, dict, str)) else Unknown("len(…)", line)


def _items(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    found = reader.items(arguments[0]) if arguments else []
    return found if found is not None else Unknown("…", line)


def _reversed(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    found = _items(reader, arguments, known, line)
    return found[::-1] if isinstance(found, list) else found


def _enumerate(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    found = _items(reader, arguments[:1], known, line)
    start = plain(known.get("start", arguments[1] if len(arguments) > 1 else 0))
    return list(enumerate(found, start)) if isinstance(found, list) and type(start) is int else Unknown("…", line)


def _zip(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    found = [items for items in map(reader.items, arguments) if items is not None]
    return list(zip(*found, strict=False)) if len(found) == len(arguments) else Unknown("…", line)


def _number(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    value = plain(arguments[0]) if len(arguments) == 1 else None
    return int(value) if isinstance(value, (int, float)) else Unknown("int(…)", line)


def _text(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    value = plain(arguments[0]) if len(arguments) == 1 else None
    return str(value)[:200] if isinstance(value, (int, float, str)) else Unknown("str(…)", line)


def _extreme(name: str) -> Any:
    def chosen(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
        found = [plain(value) for value in (reader.items(arguments[0]) if len(arguments) == 1 else arguments) or []]
        if not found or not all(isinstance(value, (int, float)) for value in found):
            return Unknown(f"{name}(…)", line)
        return max(found) if name == "max" else min(found)

    return chosen


#: The name of a function → what a call of it gives.
BUILTINS = {
    "range": _range,
    "len": _len,
    "list": _items,
    "tuple": _items,
    "reversed": _reversed,
    "enumerate": _enumerate,
    "zip": _zip,
    "int": _number,
    "str": _text,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "dict": lambda reader, arguments, known, line: known or (plain(arguments[0]) if arguments else {}),
}
