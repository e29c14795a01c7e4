"""Making: what the classes and functions of libraries give, and how weights start."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from dlviz.layers.layer import INITS
from dlviz.network.code_modules import is_torch_name, known_modules
from dlviz.network.read_builtins import BUILTINS
from dlviz.network.read_classes import drawn, of_class
from dlviz.network.read_containers import container, stacked
from dlviz.network.read_layers import kind_of
from dlviz.network.read_values import Builtin, Chain, Dotted, Function, Made, Unknown, Weight, bare, is_plain
from dlviz.network.repeated import Repeated

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader


def declare(reader: Reader, code: ast.Module) -> None:
    """Make the names known that the text imports and defines, wherever they stand in it."""
    for it in ast.walk(code):
        match it:
            case ast.Import():
                for alias in it.names:
                    if alias.asname:
                        reader.globals[alias.asname] = Dotted(alias.name[:200])
            case ast.ImportFrom(module=str(module)):
                for alias in it.names:
                    reader.globals[alias.asname or alias.name] = Dotted(f"{module}.{alias.name}"[:200])
    known = known_modules()
    for it in code.body:
        match it:
            case ast.FunctionDef():
                reader.globals[it.name] = Function(it)
            case ast.ClassDef():
                source = ast.dump(it)
                if source in known:
                    same = known[source] is Repeated
                    reader.globals[it.name] = Dotted("torch.nn.Sequential") if same else Builtin(known[source])
                else:
                    reader.globals[it.name] = Dotted(it.name)
                    reader.classes[it.name] = it


def made(reader: Reader, called: Builtin | Dotted, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """What the call of a class or of a function of a library gives."""
    line = it.lineno
    if isinstance(called, Builtin):
        return Made(called.module.__name__, tuple(arguments), known, line, drawn(reader, it), module=called.module)
    name = called.last
    if called.path in reader.classes:
        return of_class(reader, called.path, arguments, known, it)
    if ".init." in f".{called.path}":
        initialise(reader, name, arguments, known, line)
        return None
    if name in ("Sequential", "ModuleList", "ModuleDict", "OrderedDict"):
        found = container(reader, name, arguments, line)
        if isinstance(found, Chain):
            found.drawn = drawn(reader, it)
        return found
    if name in ("TransformerEncoder", "TransformerDecoder") and arguments and isinstance(arguments[0], Made):
        return stacked(arguments, known, line)
    if "." not in called.path and name in BUILTINS:
        return BUILTINS[name](reader, arguments, known, line)
    third = _of_a_package(called.path)
    if third is not None:
        return Made(name, tuple(arguments), known, line, drawn(reader, it), module=third)
    new = Made(name, tuple(arguments), known, line, drawn(reader, it))
    if is_torch_name(name) or (name[:1].isupper() and kind_of(new) is not None):
        return new
    return Made(name, line=line) if name[:1].isupper() else Unknown(called.path, line)


def initialise(reader: Reader, name: str, arguments: list[Any], known: dict[str, Any], line: int) -> None:
    """`nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")`: how the weights of a layer start."""
    weight = arguments[0] if arguments else None
    if not isinstance(weight, Weight):
        return
    if weight.name == "bias":
        if name == "zeros_" and weight.made.init != "default":
            return
    else:
        given = {key: bare(value) for key, value in known.items() if is_plain(value)}
        for init, (function, settings) in INITS.items():
            if function == name and given == settings and len(arguments) == 1:
                weight.made.init = init
                return
    reader.notes.add(line, f"This start of a {weight.name} (`{name}`) is none of dlviz's, so it is left out.")


def _of_a_package(path: str) -> Any:
    """The module of another package's layer that is imported under this path."""
    from dlviz.layers.layer import Layer

    for kind in Layer.kinds().values():
        module = getattr(kind, "module", None)
        if module is not None and f"{module.__module__}.{module.__name__}" == path and not path.startswith("torch."):
            return module
    return None
