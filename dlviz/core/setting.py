"""Settings: what one field of a part declares, and what a form or an error needs to know of it."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

#: What of a run a setting names, so that a page can offer what there is:
#: `class`, a class of the answer; `number`, a value of an answer that is a number; `column`, columns of a table;
#: `example`, examples of the training part by number; of layers by name `layer`, any whose result can be read, `map`,
#: those that know places, `inner`, those with weights behind them, `muted`, those whose units can be silenced,
#: `weights`, those whose weights can be drawn, and by number `attention`; `unit`, a unit of the layer that the part's
#: other setting names; `units`, several of any layer, `conv1:3, linear`.
Names = Literal[
    "", "class", "number", "column", "example", "layer", "map", "inner", "muted", "weights", "attention", "unit",
    "units",
]  # fmt: skip

#: What an input is.
Sort = Literal["picture", "table", "text", "series", "sound"]


def setting(
    default: Any = ...,
    help: str = "",
    *,
    advanced: bool = False,
    unit: str = "",
    label: str = "",
    widget: str = "",
    names: Names = "",
    usual: str = "",
    only: tuple[Sort, ...] = (),
    **bounds: Any,
) -> Any:
    """Declare one setting: its default, what it is and what raising it does, and its bounds.

    `bounds` are pydantic's (`ge`, `gt`, `le`, `lt`, `min_length`, …). `advanced` folds it away in forms.
    `widget` may hint at a form element: "log" (a slider over powers of ten), "path", "text", "json" (as it is written).
    `names` says what of a run the value names, which a form of that run offers as a menu; a wrong name is still the
    part's to refuse. `usual` says in a menu what the default stands for: “the last convolution”. `only`: it means
    something for inputs of these sorts alone; a form of a run of others leaves it out.
    """
    extra: dict[str, Any] = {"advanced": advanced, "unit": unit, "label": label, "widget": widget}
    extra |= {"names": names, "usual": usual, "only": list(only)}
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
    names: str
    usual: str
    only: tuple[str, ...]

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
            names=str(extra.get("names") or ""),
            usual=str(extra.get("usual") or ""),
            only=tuple(typing.cast("list[str]", extra.get("only") or ())),
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
        several = {"int": "ints", "text": "texts"}
        return several.get(_form(members[0])[0] if members else "", "other"), (), False
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
