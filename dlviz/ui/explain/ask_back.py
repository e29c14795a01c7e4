"""Ask back: change the input or mute parts of the network, and see what becomes of the prediction."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
import streamlit as st

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Audio, Image, Series, Table, Text, Tokens, Value, Vector
from dlviz.draw import palette
from dlviz.training.folder import RunFolder
from dlviz.ui import ask_route, chrome, sounds, words
from dlviz.ui.explain.example import Chosen
from dlviz.ui.explain.methods import Method, methods, units_of
from dlviz.ui.gallery import Gallery
from dlviz.ui.pictures import png

#: A column with so few different texts is chosen from a list.
_WORDS = 40
#: A sound's outline is drawn by so many points.
_OUTLINE = 600


@cache
def _component() -> Any:
    return st.components.v2.component(
        "dlviz.ask_back", html='<div class="dlviz-ask"></div>', css="ask_back.css", js="ask_back.js",
        isolate_styles=False,
    )  # fmt: skip


def show(run: RunFolder, chosen: Chosen) -> None:
    """The tools to change it with, and what the network then says."""
    st.markdown(
        ":gray[Change the example, or mute a part of the network: prediction and explanation follow as you go. Nothing "
        "of the run is changed.]"
    )
    try:
        found = [method for method in methods(run) if method.why_not is None]
        layers = units_of(run)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    examples = chosen.examples
    one = Value(examples.inputs.kind, examples.inputs.data[chosen.at : chosen.at + 1])
    ground = palette.ground(chrome.dark())
    _component()(
        key=f"ask-{run.id}-{chosen.part}-{chosen.index}",
        data={
            "run": run.id,
            "address": ask_route.PATH.format(run=run.id),
            "about": chosen.question(),
            "input": _input(one, examples),
            "classes": list(examples.classes),
            "unit": examples.unit,
            "entry": examples.entries[chosen.at],
            "methods": [[method.kind, words.method(method.kind)] for method in _quick(found)],
            "layers": [[name, many] for name, many in layers.items()],
            "dark": chrome.dark(),
            "colors": {"for": ground.positive, "against": ground.negative},
        },
    )


def _quick(found: list[Method]) -> list[Method]:
    """Methods that can follow a hand: those of one pass or few come first, unless they are weak here."""
    order = ("GradCam", "Occlusion", "IntegratedGradients")
    return sorted(
        found,
        key=lambda method: (bool(method.weak), order.index(method.kind) if method.kind in order else len(order)),
    )


def _input(one: Value, examples: Gallery) -> dict[str, Any]:
    """The example as the component takes it."""
    kind, data = one.kind, one.data[0]
    if isinstance(kind, Image):
        return {"kind": "picture", "src": png(data), "width": kind.width, "height": kind.height}
    if isinstance(kind, Text | Tokens):
        return {"kind": "text", "text": str(data)}
    if isinstance(kind, Series):
        return {"kind": "series", "values": np.asarray(data, float).tolist(), "names": list(kind.names)}
    if isinstance(kind, Audio):
        heard = sounds.address(data, kind.rate)
        outline = _outline(np.asarray(data, float))
        return {
            "kind": "sound", "outline": outline, "seconds": len(data) / kind.rate, "samples": len(data), "heard": heard
        }  # fmt: skip
    if isinstance(kind, Table | Vector):
        return {"kind": "columns", "columns": _columns(one, examples.inputs)}
    return {"kind": "none"}


def _columns(one: Value, among: Value) -> list[dict[str, Any]]:
    """Each column with its value, and what others have there: a list of words, or least and greatest."""
    kind = cast("Table | Vector", one.kind)
    names = kind.columns if isinstance(kind, Table) else kind.names
    found: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        value, others = one.data[0][number], among.data[:, number]
        numbers = _numbers(others)
        if numbers is None or str(value) == "":
            words = sorted({str(other) for other in others} | {str(value)})
            found.append({"name": name, "value": str(value), "words": words[:_WORDS]})
            continue
        low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
        whole = bool(np.all(numbers[~np.isnan(numbers)] % 1 == 0))
        found.append({"name": name, "value": float(value), "low": low, "high": high, "whole": whole})
    return found


def _numbers(cells: Array) -> Array | None:
    """Cells as numbers, NaN where one is empty; None where they are words."""
    try:
        return np.array([float(cell) if str(cell) != "" else np.nan for cell in cells])
    except ValueError:
        return None


def _outline(sound: Array) -> list[float]:
    pieces = np.array_split(sound, min(_OUTLINE, len(sound)))
    return [round(float(np.abs(piece).max()), 4) for piece in pieces]
