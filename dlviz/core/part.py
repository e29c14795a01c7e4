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
from functools import cache
from importlib.metadata import entry_points
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from dlviz.core.problems import Problems, WrongInput, nearest
from dlviz.core.setting import Setting
from dlviz.core.wording import mistakes, shown

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
    "templates": "dlviz.templates",
    "illnesses": "dlviz.doctor",
    "probes": "dlviz.probes",
    "explainers": "dlviz.explainers",
    "trials": "dlviz.trust",
    "studies": "dlviz.studies",
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
            problems.add(place, f"must be a mapping with a `kind`. Received: {shown(document)}.")
            return None
        name = document.get("kind")
        if not isinstance(name, str):
            problems.add(place, f"needs a `kind` that names one of the {cls.family}. Received: {shown(name)}.")
            return None
        discover(cls.family)
        chosen = typing.cast("type[Self] | None", _FAMILIES[cls.family].get(name))
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
            for name, sentence in mistakes(cls, error):
                problems.add(f"{place}.{name}" if name else place, sentence)
            return None


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
