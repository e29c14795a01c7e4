"""The component in which one example or several are chosen, by picture or row."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast

import numpy as np
import streamlit as st
from PIL import Image as Pillow

from dlviz.core.values import Array, Audio, Image, Notes, Series, Table, Text, Value, Vector
from dlviz.datasets.spectrogram import kind_of_picture, spectrograms
from dlviz.ui import sparks
from dlviz.ui.words import number

#: A thumbnail's side in pixels, at most.
_SIDE = 96
#: So many columns of a table stand beside the answer.
_COLUMNS = 8


def picker(
    value: Value,
    titles: Sequence[Sequence[str]],
    *,
    key: str,
    label: str,
    heads: Sequence[str],
    chosen: int | None,
    pick: Callable[[int], None],
    ids: Sequence[int] | None = None,
    marked: Sequence[bool] = (),
) -> None:
    """Show the examples of `value` with `titles` (a few words for each, under `heads` in a table; `marked` ones stand
    out). The place of the chosen one (or its id of `ids`) comes to `pick` before the page runs again."""

    def changed() -> None:
        picked = st.session_state[key].get("pick")
        if picked is not None:
            pick(int(picked))

    names = list(ids) if ids is not None else list(range(len(value.data)))
    data = _data(value, titles, names, heads, marked) | {"label": label, "chosen": str(chosen)}
    _component()(key=key, data=data, on_pick_change=changed)


def several(
    value: Value,
    titles: Sequence[Sequence[str]],
    *,
    key: str,
    label: str,
    heads: Sequence[str],
    chosen: Collection[int],
    pick: Callable[[list[int]], None],
    ids: Sequence[int],
) -> None:
    """The same for any number of examples: the ids of those that are chosen among the shown come to `pick`."""

    def changed() -> None:
        picked = st.session_state[key].get("pick")
        if picked is not None:
            pick([int(one) for one in picked])

    data = _data(value, titles, ids, heads, ()) | {"label": label, "chosen": [str(id) for id in ids if id in chosen]}
    _component()(key=key, data=data, on_pick_change=changed)


def _data(
    value: Value, titles: Sequence[Sequence[str]], names: Sequence[int], heads: Sequence[str], marked: Sequence[bool]
) -> dict[str, Any]:
    """The examples as the component takes them."""
    if isinstance(value.kind, Audio):
        value = Value(kind_of_picture(), spectrograms(value.data, value.kind.rate))
    if isinstance(value.kind, Series):
        value = Value(Image(channels=1, height=sparks.HEIGHT, width=sparks.WIDTH), sparks.sparks(value.data))
    if isinstance(value.kind, Notes):
        value = Value(Image(channels=1, height=sparks.HEIGHT, width=sparks.WIDTH), sparks.rolls(value.data))
    if isinstance(value.kind, Image):
        items = _pictures(value, titles, names)
        columns = None
    else:
        columns = [*(head for head in heads if head), *_names(value)[:_COLUMNS]]
        items = [
            {"id": str(name), "cells": [*filter(None, words), *_cells(row)]}
            for name, words, row in zip(names, titles, value.data, strict=False)
        ]
    for item, mark in zip(items, marked, strict=False):
        item["mark"] = "marked" if mark else ""
    return {"items": items, "columns": columns}


def thumbnail(picture: Array) -> str:
    """A picture (channels, height, width) of numbers 0 to 1 as a small PNG, ready for an `<img>`."""
    pixels = (np.clip(np.nan_to_num(picture), 0, 1) * 255).round().astype(np.uint8)
    pixels = pixels.transpose(1, 2, 0)[..., : 3 if pixels.shape[0] >= 3 else 1]
    image = Pillow.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if max(image.size) > _SIDE:
        image.thumbnail((_SIDE, _SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _pictures(value: Value, titles: Sequence[Sequence[str]], names: Sequence[int]) -> list[dict[str, Any]]:
    small = max(cast(Image, value.kind).height, cast(Image, value.kind).width) <= 64
    return [
        {
            "id": str(name),
            "src": thumbnail(picture),
            "pixels": small,
            "title": words[0],
            "sub": " · ".join(filter(None, words[1:])),
        }  # fmt: skip
        for name, words, picture in zip(names, titles, value.data, strict=False)
    ]


def _names(value: Value) -> Sequence[str]:
    if isinstance(value.kind, Table):
        return value.kind.columns
    if isinstance(value.kind, Vector):
        return value.kind.names
    return ("text",) if isinstance(value.kind, Text) else ("value",)


def _cells(row: Array) -> list[str]:
    cells = np.atleast_1d(row)[:_COLUMNS]
    return [number(float(cell)) if np.issubdtype(cells.dtype, np.number) else str(cell) for cell in cells]


@cache
def _component() -> Any:
    html = (files("dlviz.ui") / "components" / "picker" / "picker.html").read_text(encoding="utf-8")
    return st.components.v2.component("dlviz.picker", html=html, css="picker.css", js="picker.js")
