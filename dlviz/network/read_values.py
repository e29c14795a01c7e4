"""What stands behind the names of code that is read: numbers, modules, and what flows between them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

#: Numbers beyond this are no sizes.
LARGEST = 2**40


@dataclass(frozen=True)
class Unknown:
    """A value that reading cannot know; `text` is how it is written."""

    text: str
    line: int = 0


@dataclass(frozen=True)
class Dotted:
    """A name from a library: torch.nn.Conv2d, torch.nn.functional.relu."""

    path: str

    @property
    def last(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class Param:
    """An argument of a class's __init__, so that a setting made from it alone can be lifted out under its name."""

    name: str
    value: Any


@dataclass
class Made:
    """A module of torch with the arguments it is made with: `known` holds those that stand by a name."""

    name: str
    arguments: tuple[Any, ...] = ()
    known: dict[str, Any] = field(default_factory=dict)
    line: int = 0
    #: What the comment on its line adds: settings that the call does not show.
    drawn: Mapping[str, Any] = field(default_factory=dict)
    init: str = "default"
    printed: bool = False
    #: The class behind the name, where it is none of torch.nn.
    module: type[nn.Module] | None = None
    label: str = ""


@dataclass
class Chain:
    """An nn.Sequential: names ("0", "1" … where none are given) and modules."""

    items: list[tuple[str, Any]]
    label: str = ""
    line: int = 0
    drawn: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Several:
    """An nn.ModuleList or nn.ModuleDict: modules that run only where `forward` says so."""

    items: dict[Any, Any]
    label: str = ""


@dataclass
class Own:
    """An object of a class that stands in the text, after its __init__."""

    title: str
    methods: dict[str, ast.FunctionDef]
    attributes: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    bases: list[str] = field(default_factory=list)
    drawn: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0
    label: str = ""
    #: The title of its block, where that is not the class's name.
    called: str = ""
    #: What `super().__init__` of an nn.Sequential was given.
    chain: Chain | None = None


@dataclass(frozen=True)
class Builtin:
    """A class of the text that is the source of one of dlviz's own modules."""

    module: type[nn.Module]


@dataclass(frozen=True)
class Weight:
    """`conv.weight` or `conv.bias`, about to be initialised."""

    made: Made
    name: str


@dataclass(frozen=True)
class Super:
    """`super()` inside a method of `own` that stands in the class `title`."""

    own: Own
    title: str


@dataclass(frozen=True)
class Method:
    """`thing.name`, about to be called."""

    thing: Any
    name: str


@dataclass(frozen=True)
class Function:
    """A function that stands in the text, or a method bound to its object."""

    code: ast.FunctionDef
    own: Own | None = None
    title: str = ""


@dataclass(frozen=True)
class Tensor:
    """What the node called `node` gives."""

    node: str


@dataclass(frozen=True)
class Sizes:
    """`x.shape` of a tensor."""

    tensor: Tensor


@dataclass(frozen=True)
class Side:
    """One size of a tensor; 0 is that of the batch."""

    tensor: Tensor
    place: int


@dataclass(frozen=True)
class State:
    """What a recurrent layer remembers at the end; `place` tells which of its layers and directions, if one."""

    node: str
    place: int | None = None


def plain(value: Any) -> Any:
    """The value without the name of the argument it came in as."""
    while isinstance(value, Param):
        value = value.value
    return value


def is_plain(value: Any, depth: int = 4) -> bool:
    """Whether the value is a number, a text or a short list of such, as a setting is."""
    value = plain(value)
    if isinstance(value, (list, tuple)):
        return depth > 0 and len(value) <= 64 and all(is_plain(item, depth - 1) for item in value)
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    return value is None or isinstance(value, (bool, str)) or (isinstance(value, int) and abs(value) <= LARGEST)


def bare(value: Any) -> Any:
    """A plain value as JSON has it."""
    value = plain(value)
    return [bare(item) for item in value] if isinstance(value, (list, tuple)) else value


def written(value: Any) -> Any:
    """As `bare`, but an argument of the class it stands in is written by its name: "$channels"."""
    return f"${value.name}" if isinstance(value, Param) else bare(value)
