"""The modules that torch lacks: their source goes along with exported code, and is known again when code is read."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable
from functools import cache

from torch import nn

from dlviz.layers.layer import Layer
from dlviz.network.repeated import Repeated


def is_torch(module: type[nn.Module]) -> bool:
    return getattr(nn, module.__name__, None) is module


def is_torch_name(name: str) -> bool:
    """Whether torch has a module called so."""
    known = getattr(nn, name, None)
    return isinstance(known, type) and issubclass(known, nn.Module)


def with_parts(module: type[nn.Module]) -> list[type[nn.Module]]:
    """A module class after those of dlviz that it is made of: their names stand in its `__init__`."""
    if not module.__module__.startswith("dlviz."):
        return [module]
    around = vars(sys.modules[module.__module__])
    known = [around.get(name) for name in module.__init__.__code__.co_names]
    own = [part for part in known if isinstance(part, type) and issubclass(part, nn.Module) and not is_torch(part)]
    return [*(before for part in own for before in with_parts(part)), module]


def module_lines(modules: Iterable[type[nn.Module]]) -> list[str]:
    """The source of each module class that torch lacks, or an import where another package brings it."""
    lines: list[str] = []
    for module in dict.fromkeys(part for whole in modules for part in with_parts(whole)):
        if is_torch(module):
            continue
        if module.__module__.startswith("dlviz."):
            lines += ["", "", *_source(module).splitlines()]
        else:
            lines.insert(0, f"from {module.__module__} import {module.__name__}")
    return lines


@cache
def known_modules() -> dict[str, type[nn.Module]]:
    """The source of each module that torch lacks, as a tree → the module."""
    made = [kind.module for kind in Layer.kinds().values() if hasattr(kind, "module")]
    found = {}
    for module in dict.fromkeys([Repeated, *(part for whole in made for part in with_parts(whole))]):
        if not is_torch(module) and module.__module__.startswith("dlviz."):
            found[ast.dump(ast.parse(_source(module)).body[0])] = module
    return found


def _source(module: type[nn.Module]) -> str:
    return textwrap.dedent(inspect.getsource(module)).rstrip()
