"""Forms made from declarations: a part's settings, a family's menu, a list of parts. Nothing here knows any part."""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

import streamlit as st

from dlviz.core.choice import Known
from dlviz.core.part import Part
from dlviz.core.setting import Setting
from dlviz.ui.field import agree, field, follow, follow_among, same, shown
from dlviz.ui.named import idle, named

Document = dict[str, Any]
_NOTHING: Known = {}


def part_form(
    part: type[Part],
    document: Mapping[str, Any],
    key: str,
    *,
    columns: int = 1,
    hide: Collection[str] = (),
    known: Known = _NOTHING,
) -> Document:
    """Widgets for the settings of `part`, filled from `document`; advanced ones folded away.

    Returns a new document: `document` with what the user changed. A wrong value shows the part's own sentence at
    its field and changes nothing. `hide` leaves settings out of the form; they stay as they are. `known` is what a run
    has of what settings name: those are menus then, and those that name what it has not are left out.
    """
    settings = [s for s in _settings(part) if s.name not in hide and not idle(part, s, document, known)]
    # the unit of a layer that is not chosen any more names nothing
    lost = [s.name for s in _settings(part) if s.names == "unit" and idle(part, s, document, known)]
    changed = {name: value for name, value in document.items() if name not in lost}
    _grid(part, [s for s in settings if not s.advanced], changed, key, columns, known)
    advanced = [s for s in settings if s.advanced]
    if advanced:
        with st.expander("Advanced", type="compact", key=f"{key}~advanced"):
            _grid(part, advanced, changed, key, columns, known)
    return changed


def family_form(
    family: type[Part],
    document: Mapping[str, Any],
    key: str,
    *,
    label: str = "",
    columns: int = 1,
    why_not: Callable[[type[Part]], str | None] | None = None,
) -> Document:
    """A menu of a family's parts with what each is for, and the chosen part's form under it."""
    kinds = family.kinds()
    now = document.get("kind")
    menu = f"{key}.kind"
    at = follow_among(menu, list(kinds), now if now in kinds else next(iter(kinds)))
    title = label or family.family.capitalize()
    chosen = st.selectbox(title, list(kinds), index=at, key=menu, filter_mode="contains")
    agree(menu)
    part = kinds[chosen]
    st.caption(part.about())
    why = why_not(part) if why_not else None
    if why:
        st.warning(why, icon=":material/info:")
    if chosen != now:
        document = {"kind": chosen, **_shared(part, document)}
    return part_form(part, document, f"{key}.{chosen}", columns=columns)


def list_form(
    family: type[Part],
    documents: list[Document],
    key: str,
    *,
    empty: str,
    add: str,
    columns: int = 2,
    why_not: Callable[[type[Part]], str | None] | None = None,
) -> list[Document]:
    """Several parts of a family: each with its form and a button that removes it, and a menu that adds one.

    Parts that cannot serve stand under the menu with their own reason (`why_not`).
    """
    kinds = family.kinds()
    changed: list[Document] = []
    for number, document in enumerate(documents):
        part = kinds.get(str(document.get("kind")))
        if part is None:
            continue
        with st.container(border=True):
            head, button = st.columns([8, 1], vertical_alignment="center", wrap=False)
            head.markdown(f"**{part.kind()}**", help=part.about())
            gone = button.button(
                "Remove", key=f"{key}.{number}.remove", icon=":material/close:", type="tertiary",
                help=f"Remove {part.kind()}",
            )  # fmt: skip
            why = why_not(part) if why_not else None
            if why:
                st.warning(why, icon=":material/info:")
            entry = part_form(part, document, f"{key}.{number}.{part.kind()}", columns=columns)
            if not gone:
                changed.append(entry)
    if not documents:
        st.caption(empty)
    reasons = {name: why_not(part) if why_not else None for name, part in kinds.items()}
    free = [name for name, reason in reasons.items() if reason is None]
    if free:
        chosen = st.menu_button(
            add, free, key=f"{key}.add", icon=":material/add:", format_func=lambda name: _entry(kinds[name])
        )
        if chosen:
            changed.append({"kind": chosen})
    for name in sorted(set(kinds) - set(free)):
        st.caption(f":material/block: {name}: {reasons[name]}")
    return changed


def summary(part: type[Part], document: Mapping[str, Any], most: int = 3, hide: Collection[str] = ()) -> str:
    """The settings in short, for a line in a list: `out channels 16 · kernel size 3`. Advanced ones only where they
    differ from their default, `hide`den ones never."""
    words = []
    for setting in _settings(part):
        if setting.name in hide:
            continue
        value = document.get(setting.name, setting.default)
        usual = same(value, setting.default)
        if setting.advanced and usual or value in (None, "", [], (), {}):
            continue
        if isinstance(value, bool):
            words.append(setting.label if value else f"no {setting.label}")
        elif not isinstance(value, Mapping):
            words.append(f"{setting.label} {setting.usual if usual and setting.usual else shown(value)}")
    return " · ".join(words[:most])


@cache
def _settings(part: type[Part]) -> list[Setting]:
    """A part's settings never change; a page asks for those of every layer at each edit."""
    return part.settings()


def _grid(part: type[Part], settings: list[Setting], changed: Document, key: str, columns: int, known: Known) -> None:
    """The fields of `settings`, `columns` beside each other; `changed` takes what differs."""
    before = dict(changed)
    places = [st.container()] if columns == 1 else []
    for number, setting in enumerate(settings):
        if columns > 1 and number % columns == 0:
            places = list(st.columns(columns, gap="medium"))
        with places[number % columns]:
            inner = nested(part, setting.name)
            if inner is not None:
                value = _nested_form(inner, setting, before.get(setting.name), f"{key}.{setting.name}")
            else:
                value = field(part, setting, before, key, named(part, setting, before, known))
        if not same(value, before.get(setting.name, setting.default)):
            changed[setting.name] = value


def nested(part: type[Part], name: str) -> type[Part] | None:
    """The part that a setting itself holds (`early_stopping: EarlyStopping | None`), or None."""
    annotation = part.model_fields[name].annotation
    members = typing.get_args(annotation) or (annotation,)
    return next((member for member in members if isinstance(member, type) and issubclass(member, Part)), None)


def _nested_form(part: type[Part], setting: Setting, document: Document | None, key: str) -> Document | None:
    at = follow(key, document is not None)
    wanted = st.toggle(setting.label[:1].upper() + setting.label[1:], value=at, key=key, help=setting.help)
    agree(key)
    if not wanted:
        return None
    return part_form(part, document or {}, f"{key}~form")


def _shared(part: type[Part], document: Mapping[str, Any]) -> Document:
    """The settings that the newly chosen part knows too (`path` of one upload, say) and accepts."""
    required = {s.name for s in part.settings() if s.required}
    return {name: value for name, value in document.items() if name in required}


def _entry(part: type[Part]) -> str:
    about = part.about()
    first = about.split(". ")[0].rstrip(".")
    return f"**{part.kind()}**  {first}" if len(first) < 90 else f"**{part.kind()}**"
