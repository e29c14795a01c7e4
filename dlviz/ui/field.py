"""One setting as one widget: the document is the truth, the widget shows it and hands back what the user made of it."""

from __future__ import annotations

import json
import math
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from dlviz.core.part import Part
from dlviz.core.problems import Problems
from dlviz.core.setting import Setting

_MANTISSAS = (1, 2, 3, 5)
#: So many words of a list are told one by one.
_NAMED = 2


#: What draws a setting in place of its plain widget: called with its label, its help, the value now and a key.
Menu = Callable[[str, str, Any, str], Any]


def field(part: type[Part], setting: Setting, document: Mapping[str, Any], key: str, menu: Menu | None = None) -> Any:
    """The widget for one setting of `part`, and under it the sentence about a value that breaks a rule. `menu` stands
    in for the plain one where it is known what can be chosen.

    Returns the new value; where the value is wrong, the one that `document` holds already.
    """
    now = document.get(setting.name, setting.default)
    if menu is not None:
        value: Any = menu(_label(setting), setting.help, now, f"{key}.{setting.name}")
    elif _words_of(part, setting.name):
        value = _several_words(setting, now, f"{key}.{setting.name}")
    else:
        value = _widget(setting, now, f"{key}.{setting.name}")
    wrong = mistake(part, document, setting.name, value)
    if wrong is None:
        _agreed(setting, f"{key}.{setting.name}", value)
        return value
    st.error(_sentence(wrong), icon=":material/error:")
    return now


def mistake(part: type[Part], document: Mapping[str, Any], name: str, value: Any) -> str | None:
    """What the part itself says about `value` for its setting `name`, or None where it is right."""
    problems = Problems()
    settings = {key: old for key, old in document.items() if key in part.model_fields}
    part.from_settings({**settings, name: value}, "", problems)
    return next((problem.message for problem in problems if problem.place == f".{name}"), None)


def shown(value: Any) -> str:
    """A setting's value as a person writes it: `3`, `3 × 5`, `0.001`, `none`, `yes`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], str):
            return ", ".join(value) if len(value) <= _NAMED else f"{value[0]} and {len(value) - 1} more"
        return " × ".join(shown(item) for item in value) if value else "none"
    return f"{value:,}" if isinstance(value, int) else str(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values are one in a document, where a tuple is a list."""
    return json.dumps(one) == json.dumps(other)


def follow(key: str, value: Any) -> Any:
    """Let the widget `key` show `value` where it came from outside (undo, a remedy, another tab); what the user
    has just typed into the widget stays.

    Returns what the widget shows, to be handed to it as its default, too: the session's value travels to the browser
    once, and where two runs of the page follow each other closely it is the second, without it, that is drawn.
    """
    seen = f"{key}~seen"
    if key not in st.session_state or not same(st.session_state.get(seen, value), value):
        st.session_state[key] = value
    st.session_state[seen] = value
    return st.session_state[key]


def follow_among(key: str, options: Sequence[Any], value: Any) -> int:
    """`follow` for a menu: the place among `options` of what it shows."""
    shows = follow(key, value)
    return options.index(shows) if shows in options else 0


def agree(key: str) -> None:
    """What the widget `key` shows now is about to stand in the document: it comes from here, not from outside."""
    st.session_state[f"{key}~seen"] = st.session_state[key]


def _agreed(setting: Setting, key: str, value: Any) -> None:
    for name in (key, f"{key}~mode"):
        if name in st.session_state:
            agree(name)
    if setting.type == "ints":  # 3x5 is written 3 × 5 from now on
        st.session_state[f"{key}~seen"] = "" if value is None else shown(value).replace(",", "")


def _widget(setting: Setting, now: Any, key: str) -> Any:
    label, help = _label(setting), _help(setting)
    if setting.type == "bool" and not setting.choices and not setting.optional:
        return st.toggle(label, value=follow(key, bool(now)), key=key, help=help)
    if setting.type == "choice":
        return _choice(label, help, [*setting.choices, *([None] if setting.optional else [])], now, key)
    if setting.type in ("int", "float"):
        return _number(setting, label, help, now, key)
    if setting.type == "ints":
        return _ints(setting, label, help, now, key)
    if setting.type == "text":
        return _text(setting, label, help, now, key)
    return _json(label, help, now, key)


def _choice(label: str, help: str, options: Sequence[Any], now: Any, key: str) -> Any:
    at = follow_among(key, options, now if now in options else options[0])
    return st.selectbox(label, options, index=at, key=key, help=help, format_func=shown, filter_mode=None)


def _number(setting: Setting, label: str, help: str, now: Any, key: str) -> Any:
    special = [*setting.choices, *([None] if setting.optional else [])]
    number = now if isinstance(now, (int, float)) and not isinstance(now, bool) else None
    if len(special) > 1:
        mode = _choice(label, help, ["number", *special], "number" if number is not None else now, f"{key}~mode")
        if mode != "number":
            return mode
        label, special = f"{label}: number", []
        number = number if number is not None else _some_number(setting)
    if setting.widget == "log" and not special and number is not None:
        options = _powers(setting, float(number))
        at = follow(key, float(number))
        if at not in options:  # an older value of the slider that is not among the new marks
            at = st.session_state[key] = float(number)
        return st.select_slider(label, options, value=at, key=key, help=help, format_func=shown)
    if setting.type == "float" and not special and _sliding(setting, number):
        low, high = float(setting.low or 0), float(setting.high or 1)
        at = follow(key, float(number if number is not None else low))
        high = high - 0.01 if setting.high_open else high
        low = low + 0.01 if setting.low_open else low
        return st.slider(label, low, high, value=at, step=0.01, key=key, help=help, format="%g")
    step: Any = 1 if setting.type == "int" else _step(number if number is not None else 0.0)
    at = follow(key, number if number is None else (int(number) if setting.type == "int" else float(number)))
    empty = special[0] if special else None
    value = st.number_input(  # only one whose default is empty can be emptied again
        label, value=None if special else at, step=step, key=key, help=help,
        format="%d" if setting.type == "int" else "%g",
        placeholder=shown(empty) if special else "",
    )  # fmt: skip
    return value if value is not None else empty


def _some_number(setting: Setting) -> int | float:
    if isinstance(setting.default, (int, float)) and not isinstance(setting.default, bool):
        return setting.default
    low = setting.low if setting.low is not None else 1
    return int(low) + int(setting.low_open) if setting.type == "int" else float(low) + (0.1 if setting.low_open else 0)


def _sliding(setting: Setting, now: int | float | None) -> bool:
    """Whether a slider in hundredths serves: for shares like a dropout rate, not for a beta of 0.999."""
    if setting.low is None or setting.high is None or not 0.2 <= setting.high - setting.low <= 1:
        return False
    numbers = [number for number in (now, setting.default) if isinstance(number, int | float)]
    return all(abs(100 * number - round(100 * number)) < 1e-6 and number > 0.001 or number == 0 for number in numbers)


def _step(number: float) -> float:
    """A step of the number's last digit: 0.999 moves by 0.001, 1e-08 by 1e-08, 0.5 by 0.1, 30 by 1."""
    if not number:
        return 0.1
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return float(f"1e{min(exponent, 0)}") if isinstance(exponent, int) else 0.1


def _powers(setting: Setting, now: float) -> list[float]:
    """1, 2, 3, 5 times every power of ten within the bounds; `now` is always among them."""
    low = setting.low if setting.low else 1e-6
    high = min(setting.high if setting.high is not None else 1.0, 1.0) if low < 1 else (setting.high or 1e6)
    marks = {
        float(f"{mantissa}e{power}")
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for mantissa in _MANTISSAS
    }
    return sorted({mark for mark in marks if low <= mark <= high} | {now})


def _ints(setting: Setting, label: str, help: str, now: Any, key: str) -> Any:
    """One number, or one a side: `3`, or `3 × 5`; the words a setting knows (`same`) may stand there, too."""
    at = follow(key, "" if now is None else shown(now).replace(",", ""))
    text = st.text_input(label, value=at, key=key, help=help, placeholder="3  or  3 × 5").strip()
    if text in setting.choices:
        return text
    if not text or text == "none":
        return None
    numbers = re.findall(r"-?\d+", text)
    if not numbers or re.sub(r"[-\d\s×x*,;()\[\]]", "", text):
        return text  # the part says what is wrong with it
    return int(numbers[0]) if len(numbers) == 1 and not isinstance(now, (list, tuple)) else [int(n) for n in numbers]


def _text(setting: Setting, label: str, help: str, now: Any, key: str) -> Any:
    at = follow(key, "" if now is None else str(now))
    text = st.text_input(label, value=at, key=key, help=help, placeholder="found by itself" if setting.optional else "")
    return None if setting.optional and not text else text


def _words_of(part: type[Part], name: str) -> bool:
    """Whether a setting holds any number of words."""
    annotation = part.model_fields[name].annotation
    return typing.get_origin(annotation) in (tuple, list) and typing.get_args(annotation)[0] is str


def _several_words(setting: Setting, now: Any, key: str) -> list[str]:
    words = list(now or [])
    follow(key, words)
    return st.multiselect(
        _label(setting), words, default=words, key=key, help=setting.help, accept_new_options=True,
        placeholder="type a word and press Enter",
    )  # fmt: skip


def _json(label: str, help: str, now: Any, key: str) -> Any:
    at = follow(key, "" if now is None else json.dumps(now, ensure_ascii=False))
    text = st.text_input(label, value=at, key=key, help=help)
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _label(setting: Setting) -> str:
    label = setting.label[:1].upper() + setting.label[1:]
    return f"{label} ({setting.unit})" if setting.unit else label


def _help(setting: Setting) -> str:
    empty = [*setting.choices[:1], *(["none"] if setting.optional else [])]
    if setting.type in ("int", "float") and len(empty) == 1:
        return f"{setting.help} Left empty: {empty[0]}."
    return setting.help


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
