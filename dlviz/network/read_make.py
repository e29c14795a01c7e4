"""Making: how the classes and calls of a text give modules."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlviz.layers.layer import INITS
from dlviz.network.code_modules import is_torch_name, known_modules
from dlviz.network.marks import marked
from dlviz.network.read_layers import kind_of
from dlviz.network.read_values import (
    Builtin,
    Chain,
    Dotted,
    Function,
    Made,
    Method,
    Own,
    Param,
    Several,
    Super,
    Unknown,
    Weight,
    bare,
    is_plain,
    plain,
)
from dlviz.network.repeated import Repeated

if TYPE_CHECKING:
    from dlviz.network.read_python import Reader, Scope

_LONGEST_RANGE = 4096


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
        found = _container(reader, name, arguments, line)
        if isinstance(found, Chain):
            found.drawn = drawn(reader, it)
        return found
    if name in ("TransformerEncoder", "TransformerDecoder") and arguments and isinstance(arguments[0], Made):
        return _stacked(arguments, known, line)
    if "." not in called.path and name in BUILTINS:
        return BUILTINS[name](reader, arguments, known, line)
    third = _of_a_package(called.path)
    if third is not None:
        return Made(name, tuple(arguments), known, line, drawn(reader, it), module=third)
    new = Made(name, tuple(arguments), known, line, drawn(reader, it))
    if is_torch_name(name) or (name[:1].isupper() and kind_of(new) is not None):
        return new
    return Made(name, line=line) if name[:1].isupper() else Unknown(called.path, line)


def drawn(reader: Reader, it: ast.expr) -> Mapping[str, Any]:
    """What the comment on the line of a call says of the drawing."""
    for line in (it.end_lineno or it.lineno, it.lineno):
        settings = marked(reader.comments.get(line, ""))[1]
        if settings:
            return settings
    return {}


def of_class(reader: Reader, title: str, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Own:
    """An object of a class of the text: its `__init__` is read."""
    own = Own(title, _methods(reader, title), line=it.lineno, drawn=drawn(reader, it))
    own.called = marked(reader.comments.get(reader.classes[title].lineno, ""))[0] or title
    _constants(reader, own, title)
    _init(reader, own, title, arguments, known)
    return own


def _constants(reader: Reader, own: Own, title: str) -> None:
    """What stands in the class's body (`expansion = 4`), for all its objects."""
    base = _base(reader, title)
    if base in reader.classes and base != title:
        _constants(reader, own, base)
    for part in reader.classes[title].body:
        match part:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() | ast.UnaryOp() | ast.BinOp() as value):
                own.attributes[name] = reader.value(value, {})


def _init(reader: Reader, own: Own, title: str, arguments: list[Any], known: dict[str, Any]) -> None:
    code = next((part for part in reader.classes[title].body if _is(part, "__init__")), None)
    if code is None:
        base = _base(reader, title)
        if base in reader.classes:
            _init(reader, own, base, arguments, known)
        elif base == "Sequential":
            own.chain = _container(reader, "Sequential", arguments, own.line)
        return
    assert isinstance(code, ast.FunctionDef)
    scope = arguments_of(reader, code, [own, *arguments], known)
    if own.title == title:
        remarks = [reader.comments.get(line, "") for line in range(code.lineno, code.body[0].lineno)]
        told = next((found for one in remarks if (found := marked(one)[1].get("lifted")) is not None), None)
        for name, value in list(scope.items()):
            if isinstance(told, list) and name not in told:
                scope[name] = plain(value)
            elif not isinstance(value, Own) and is_plain(value):
                own.params[name] = value
                scope[name] = Param(name, value)
    scope["__class__"] = title
    drawing, reader.drawing = reader.drawing, None
    try:
        reader.inside(code, scope)
    finally:
        reader.drawing = drawing


def arguments_of(reader: Reader, code: ast.FunctionDef, given: list[Any], known: dict[str, Any]) -> Scope:
    """The names that a call gives to the arguments of a function."""
    names = [argument.arg for argument in [*code.args.posonlyargs, *code.args.args]]
    scope: Scope = {}
    for argument, default in zip(reversed(names), reversed(code.args.defaults), strict=False):
        scope[argument] = reader.value(default, {})
    for word, usual in zip(code.args.kwonlyargs, code.args.kw_defaults, strict=True):
        if usual is not None:
            scope[word.arg] = reader.value(usual, {})
    scope.update(zip(names, given, strict=False))
    if code.args.vararg:
        scope[code.args.vararg.arg] = tuple(given[len(names) :])
    every = {*names, *(argument.arg for argument in code.args.kwonlyargs)}
    scope.update({name: value for name, value in known.items() if name in every})
    if code.args.kwarg:
        scope[code.args.kwarg.arg] = {name: value for name, value in known.items() if name not in every}
    for name in every - set(scope):
        scope[name] = Unknown(name, code.lineno)
    return scope


def method(reader: Reader, own: Own, name: str) -> Function | None:
    """The method of an object, bound to it."""
    code = own.methods.get(name)
    return Function(code, own, own.title) if code is not None else None


def _methods(reader: Reader, title: str, depth: int = 0) -> dict[str, ast.FunctionDef]:
    found = {}
    base = _base(reader, title)
    if base in reader.classes and depth < 8:
        found = _methods(reader, base, depth + 1)
    return {**found, **{part.name: part for part in reader.classes[title].body if isinstance(part, ast.FunctionDef)}}


def _base(reader: Reader, title: str) -> str:
    """The name of what a class is derived from: the first of the text, or torch's."""
    for base in reader.classes[title].bases:
        if isinstance(base, ast.Name) and base.id in reader.classes and base.id != title:
            return base.id
    written = reader.classes[title].bases[:1]
    return ast.unparse(written[0]).rpartition(".")[2] if written else ""


def _is(part: ast.stmt, name: str) -> bool:
    return isinstance(part, ast.FunctionDef) and part.name == name


def put(own: Own, name: str, value: Any) -> None:
    """`self.name = value`: a module takes the name that it bears first."""
    own.attributes[name] = value
    label(value, name)


def label(value: Any, name: str) -> None:
    if isinstance(value, (Made, Own, Chain, Several)) and not value.label:
        value.label = name
    if isinstance(value, Several):
        for key, item in value.items.items():
            label(item, f"{name}_{key}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            label(item, f"{name}_{number}")


def of_super(reader: Reader, called: Method, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """`super().__init__(…)` and the like."""
    parent: Super = called.thing
    base = _base(reader, parent.title)
    if called.name == "__init__":
        if base in reader.classes:
            _init(reader, parent.own, base, arguments, known)
        elif base == "Sequential":
            parent.own.chain = _container(reader, "Sequential", arguments, it.lineno)
        return None
    if called.name == "forward" and parent.own.chain is not None:
        return reader.call(parent.own.chain, arguments, known, it)
    if base in reader.classes:
        code = _methods(reader, base).get(called.name)
        if code is not None:
            return reader.function(Function(code, parent.own, base), arguments, known, it)
    return Unknown(called.name, it.lineno)


def of_method(reader: Reader, called: Method, arguments: list[Any], known: dict[str, Any], it: ast.expr) -> Any:
    """A method of a list, of a container of modules, or of a module."""
    thing, name = called.thing, called.name
    first = plain(arguments[0]) if arguments else None
    match thing, name:
        case list(), "append" if arguments and len(thing) < _LONGEST_RANGE:
            thing.append(arguments[0])
        case list(), "extend" if isinstance(first, (list, tuple)):
            thing.extend(first[: _LONGEST_RANGE - len(thing)])
        case list(), "pop" if thing and not arguments:
            return thing.pop()
        case list(), "insert" if len(arguments) == 2 and type(first) is int:
            thing.insert(first, arguments[1])
        case Several(), "append":
            label(arguments[0], f"{thing.label}_{len(thing.items)}") if thing.label else None
            thing.items[len(thing.items)] = arguments[0]
        case Chain(), "append":
            thing.items.append((str(len(thing.items)), arguments[0]))
        case Several() | Chain(), "add_module" if len(arguments) == 2:
            if isinstance(thing, Chain):
                thing.items.append((str(first), arguments[1]))
            else:
                thing.items[str(first)] = arguments[1]
        case Own(), "add_module" | "register_module" if len(arguments) == 2 and isinstance(first, str):
            if thing.chain is not None:
                thing.chain.items.append((first, arguments[1]))
            else:
                put(thing, first, arguments[1])
        case ((dict() | Several()), "items" | "values" | "keys"):
            found = thing.items if isinstance(thing, Several) else thing
            return list(getattr(found, name)())
        case Own(), "children":
            return [part for part in thing.attributes.values() if isinstance(part, (Made, Own, Chain))]
        case (
            Made() | Own() | Chain() | Several(),
            "to" | "cuda" | "cpu" | "eval" | "train" | "float" | "requires_grad_",
        ):
            return thing
        case ((Own() | Made() | Chain()), "forward"):
            return reader.call(thing, arguments, known, it)
    return Unknown(name, it.lineno)


def _container(reader: Reader, name: str, arguments: list[Any], line: int) -> Any:
    first = plain(arguments[0]) if len(arguments) == 1 else None
    if isinstance(first, Several):
        first = dict(first.items)
    if name == "ModuleList":
        items = reader.items(first) or []
        return Several(dict(enumerate(items)))
    pairs: list[tuple[Any, Any]] = []
    if isinstance(first, dict):
        pairs = list(first.items())
    elif isinstance(first, (list, tuple)):
        pairs = [(one[0], one[1]) for one in map(plain, first) if isinstance(one, (list, tuple)) and len(one) == 2]
    if name in ("OrderedDict", "ModuleDict"):
        named = {key: value for key, value in ((plain(key), value) for key, value in pairs) if isinstance(key, str)}
        return named if name == "OrderedDict" else Several(dict(named))
    if isinstance(first, dict):
        return Chain([(str(key), value) for key, value in first.items()], line=line)
    return Chain([(str(number), item) for number, item in enumerate(arguments)], line=line)


def _stacked(arguments: list[Any], known: dict[str, Any], line: int) -> Chain:
    """torch's TransformerEncoder: copies of one layer in a row, each with its own weights."""
    layer: Made = arguments[0]
    times = plain(arguments[1] if len(arguments) > 1 else known.get("num_layers", 1))
    times = min(max(times, 1), 64) if type(times) is int else 1
    copies = [Made(layer.name, layer.arguments, layer.known, line, layer.drawn) for _ in range(times)]
    norm = plain(known.get("norm"))
    return Chain([(str(number), copy) for number, copy in enumerate([*copies, *([norm] if norm else [])])], line=line)


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


def _range(reader: Reader, arguments: list[Any], known: dict[str, Any], line: int) -> Any:
    numbers = [plain(argument) for argument in arguments]
    if not 1 <= len(numbers) <= 3 or not all(type(number) is int for number in numbers) or numbers[2:] == [0]:
        return Unknown("range(…)", line)
    return list(range(*numbers)[:_LONGEST_RANGE])


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
