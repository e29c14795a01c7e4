"""Parts: everything a user can pick from a menu declares itself once, as a frozen pydantic model.

A family is a direct subclass with `family="…"`; each further subclass registers itself under its
class name. From the fields alone come the form, the JSON, the error texts and the documentation.

    class Layer(Part, family="layers"): ...
    class Conv2d(Layer): out_channels: int = setting(16, "How many filters it learns.", ge=1)
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dlviz.core.problems import Problems, WrongInput, nearest

#: Where each family's files lie. A new family adds its folder here; a new part adds nothing.
HOMES = {
    "kinds": "dlviz.core.values",
    "layers": "dlviz.layers",
    "encoders": "dlviz.datasets",
    "datasets": "dlviz.datasets",
    "optimizers": "dlviz.optimization.optimizers",
    "schedules": "dlviz.optimization.schedules",
    "regularizers": "dlviz.optimization.regularizers",
    "augmentations": "dlviz.optimization.augmentations",
    "tasks": "dlviz.tasks",
    "explainers": "dlviz.explainers",
}

_FAMILIES: dict[str, dict[str, type[Part]]] = {name: {} for name in HOMES}


class Part(BaseModel):
    """A choice a user can make: its fields are its settings, its family is its menu."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True, use_attribute_docstrings=False
    )

    family: ClassVar[str] = ""

    def __init_subclass__(cls, family: str = "", abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, family: str = "", abstract: bool = False, **_: Any) -> None:
        if family:
            cls.family = family
            _FAMILIES.setdefault(family, {})
        elif not abstract:
            other = _FAMILIES[cls.family].get(cls.__name__)
            if other is not None and other.__module__ != cls.__module__:
                raise TypeError(
                    f"Two {cls.family} are called {cls.__name__}: in {other.__module__} and {cls.__module__}. "
                    "A part's class name is its name in every spec, so it must be unique in its family."
                )
            _FAMILIES[cls.family][cls.__name__] = cls

    @classmethod
    def kind(cls) -> str:
        """The name under which a spec asks for this part: its class name."""
        return cls.__name__

    @classmethod
    def about(cls) -> str:
        """The first paragraph of the class's docstring: what it is, for a student."""
        return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())

    @classmethod
    def settings(cls) -> list[Setting]:
        """Its settings in the order of declaration, ready to make a form of."""
        return [Setting.of(name, info) for name, info in cls.model_fields.items()]

    def document(self, brief: bool = False) -> dict[str, Any]:
        """The part as plain JSON values, `kind` first; `brief` leaves out settings at their default."""
        return {"kind": self.kind(), **self.model_dump(mode="json", exclude_defaults=brief)}

    @classmethod
    def kinds(cls) -> dict[str, type[Self]]:
        """All parts of this family by name, discovered on the first call."""
        discover(cls.family)
        return typing.cast("dict[str, type[Self]]", dict(sorted(_FAMILIES[cls.family].items())))

    @classmethod
    def parse(cls, document: object, place: str = "", problems: Problems | None = None) -> Self | None:
        """Make the part that `document` (`{"kind": …, settings…}`, or the name alone) asks for.

        With `problems`, what is wrong is added there and None returned; without, `WrongInput` is raised.
        """
        found = problems if problems is not None else Problems()
        part = cls._parse(document, place or cls.family, found)
        if problems is None:
            found.raise_if_any()
        return part

    @classmethod
    def _parse(cls, document: object, place: str, problems: Problems) -> Self | None:
        if isinstance(document, cls):
            return document
        if isinstance(document, str):
            document = {"kind": document}
        if not isinstance(document, Mapping):
            problems.add(place, f"must be a mapping with a `kind`. Received: {_shown(document)}.")
            return None
        name = document.get("kind")
        if not isinstance(name, str):
            problems.add(place, f"needs a `kind` that names one of the {cls.family}. Received: {_shown(name)}.")
            return None
        chosen = cls.kinds().get(name)
        if chosen is None:
            problems.add(place, f"there is no `{name}` among the {cls.family}. {nearest(name, cls.kinds())}".strip())
            return None
        return chosen.from_settings({k: v for k, v in document.items() if k != "kind"}, place, problems)

    @classmethod
    def from_settings(cls, settings: Mapping[Any, Any], place: str, problems: Problems) -> Self | None:
        """Make this very part from its settings; every wrong setting becomes one problem."""
        try:
            text = json.dumps(dict(settings), default=str)
        except (TypeError, ValueError, RecursionError) as error:
            problems.add(place, f"must hold plain JSON values only ({error}).")
            return None
        try:
            return cls.model_validate_json(text, strict=True)
        except ValidationError as error:
            for line in _lines(error):
                problems.add(".".join([place, *line.where]), explain(cls, line))
            return None


def setting(
    default: Any = ...,
    help: str = "",
    *,
    advanced: bool = False,
    unit: str = "",
    label: str = "",
    widget: str = "",
    **bounds: Any,
) -> Any:
    """Declare one setting: its default, what it is and what raising it does, and its bounds.

    `bounds` are pydantic's (`ge`, `gt`, `le`, `lt`, `min_length`, …). `advanced` folds it away in forms.
    `widget` may hint at a form element: "log" (a slider over powers of ten), "path", "text".
    """
    extra = {"advanced": advanced, "unit": unit, "label": label, "widget": widget}
    return Field(default, description=help, json_schema_extra=typing.cast(Any, extra), **bounds)


@dataclass(frozen=True)
class Setting:
    """One setting as a form needs it. `type` is one of int, float, bool, text, choice, ints, texts, other."""

    name: str
    label: str
    type: str
    default: Any
    required: bool
    optional: bool
    choices: tuple[Any, ...]
    low: float | None
    high: float | None
    low_open: bool
    high_open: bool
    help: str
    advanced: bool
    unit: str
    widget: str

    @classmethod
    def of(cls, name: str, info: FieldInfo) -> Setting:
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        bounds = _bounds(info.annotation) | _bounds_of(info.metadata)
        form, choices, optional = _form(info.annotation)
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        return cls(
            name=name,
            label=str(extra.get("label") or name.replace("_", " ")),
            type=form,
            default=None if default is PydanticUndefined else default,
            required=info.is_required(),
            optional=optional,
            choices=choices,
            low=bounds.get("ge", bounds.get("gt")),
            high=bounds.get("le", bounds.get("lt")),
            low_open="gt" in bounds,
            high_open="lt" in bounds,
            help=info.description or "",
            advanced=bool(extra.get("advanced")),
            unit=str(extra.get("unit") or ""),
            widget=str(extra.get("widget") or ""),
        )


def _form(annotation: Any) -> tuple[str, tuple[Any, ...], bool]:
    """(form type, choices, may be None) of an annotation. `int | Literal["auto"]` gives ("int", ("auto",), False)."""
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is typing.Annotated:
        return _form(members[0])
    if origin in (Union, UnionType):
        parts = [_form(member) for member in members if member is not NoneType]
        choices = tuple(choice for part in parts for choice in part[1])
        forms = [part[0] for part in parts if part[0] != "choice"] or ["choice"]
        form = "ints" if "ints" in forms else forms[0]
        return form, choices, NoneType in members or any(part[2] for part in parts)
    if origin is Literal:
        return "choice", members, False
    if origin in (tuple, list):
        return ("ints", (), False) if members and _form(members[0])[0] == "int" else ("other", (), False)
    simple = {int: "int", float: "float", bool: "bool", str: "text"}
    return simple.get(annotation, "other"), (), False


def _bounds(annotation: Any) -> dict[str, float]:
    """The bounds that stand inside an annotation. In `int | Literal["auto"]` or `int | tuple[int, int]` they must stand
    there, at each `int` (`Annotated[int, Field(ge=1)]`): pydantic cannot compare a text or a tuple with a number."""
    members = get_args(annotation)
    if get_origin(annotation) is typing.Annotated:
        return _bounds_of([extra for m in members[1:] for extra in (m.metadata if isinstance(m, FieldInfo) else [m])])
    if get_origin(annotation) in (Union, UnionType, tuple, list):
        return {key: bound for member in reversed(members) for key, bound in _bounds(member).items()}
    return {}


def _bounds_of(metadata: list[Any]) -> dict[str, float]:
    return {key: getattr(m, key) for m in metadata for key in ("ge", "gt", "le", "lt") if hasattr(m, key)}


@dataclass(frozen=True)
class _Line:
    where: tuple[str, ...]
    type: str
    received: Any
    context: dict[str, Any]
    message: str


def _lines(error: ValidationError) -> list[_Line]:
    """pydantic's errors, one a field: a union's several complaints about one value become one line."""
    seen: dict[tuple[str, ...], _Line] = {}
    for line in error.errors(include_url=False):
        loc = tuple(str(step) for step in line["loc"][:1])
        seen.setdefault(loc, _Line(loc, line["type"], line["input"], line.get("ctx", {}), line["msg"]))
    return list(seen.values())


def explain(cls: type[BaseModel], line: _Line) -> str:
    """One sentence for one pydantic error: the rule, what came, what would mend it."""
    received = f"Received: {_shown(line.received)}."
    name = line.where[0] if line.where else ""
    if line.type == "extra_forbidden":
        return f"{cls.__name__} has no setting `{name}`. {nearest(name, cls.model_fields)}".strip()
    if line.type == "missing":
        return f"{cls.__name__} needs `{name}`: {_help(cls, name)}"
    if not name:
        return f"{line.message.removeprefix('Value error, ')} {received}"
    info = cls.model_fields.get(name)
    rule = _rule(Setting.of(name, info)) if info is not None else line.message
    if line.type == "value_error":
        rule = line.message.removeprefix("Value error, ")
    return f"{rule} {received}"


def _help(cls: type[BaseModel], name: str) -> str:
    info = cls.model_fields.get(name)
    return (info.description or "it has no default.") if info is not None else "it has no default."


def _rule(s: Setting) -> str:
    words = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "text": "a text",
        "ints": "a whole number or a list of them",
        "texts": "a list of texts",
        "choice": "",
        "other": "of its declared form",
    }
    options = [words[s.type]] if words[s.type] else []
    options += [f"`{choice}`" for choice in s.choices]
    if s.optional:
        options.append("nothing")
    text = "must be " + " or ".join(options)
    if s.low is not None:
        text += f", {'more than' if s.low_open else 'at least'} {s.low:g}"
    if s.high is not None:
        text += f", {'less than' if s.high_open else 'at most'} {s.high:g}"
    return text + "."


def _shown(value: object) -> str:
    text = json.dumps(value, default=repr) if not isinstance(value, str) else f"`{value}`"
    return text if len(text) <= 80 else text[:77] + "…"


@cache
def discover(family: str) -> None:
    """Import every file of a family's folder and every package that the entry-point group names."""
    home = importlib.import_module(HOMES[family])
    for module in pkgutil.iter_modules(getattr(home, "__path__", [])):
        importlib.import_module(f"{home.__name__}.{module.name}")
    _load_third_party()


@cache
def _load_third_party() -> None:
    """Import the modules that other packages name under the entry-point group `dlviz.parts`."""
    for entry in entry_points(group="dlviz.parts"):
        entry.load()


def families() -> list[str]:
    """The names of all families."""
    return list(_FAMILIES)


def family(name: str) -> dict[str, type[Part]]:
    """All parts of the family called `name`."""
    if name not in _FAMILIES:
        raise WrongInput(f"There is no family of parts called `{name}`. {nearest(name, _FAMILIES)}")
    discover(name)
    return dict(sorted(_FAMILIES[name].items()))
